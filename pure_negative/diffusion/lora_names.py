"""The names of layers in files of LoRAs: those of kohya's scripts, of the original layout, and of diffusers."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

_STARTS = {
    "unet": ("lora_unet_", "unet."),
    "text": ("lora_te_", "lora_te1_", "text_encoder."),
    "text 2": ("lora_te2_", "text_encoder_2."),
}
_RESNET = {
    "norm1": "in_layers_0", "conv1": "in_layers_2", "norm2": "out_layers_0", "conv2": "out_layers_3",
    "time_emb_proj": "emb_layers_1", "conv_shortcut": "skip_connection",
}  # fmt: skip
_SINGLE = {
    "conv_in": "input_blocks_0_0", "conv_out": "out_2", "time_embedding_linear_1": "time_embed_0",
    "time_embedding_linear_2": "time_embed_2", "add_embedding_linear_1": "label_emb_0_0",
    "add_embedding_linear_2": "label_emb_0_2",
}  # fmt: skip
_BLOCK = re.compile(r"(down|mid|up)_block(?:s_([0-9]+))?_(resnets|attentions|downsamplers|upsamplers)_([0-9]+)_(.+)")


def of_file(key: str) -> tuple[str, str]:
    """`unet`, `text` or SDXL's `text 2`, and the layer's name in it with `_` for `.`; `other` for what is in none.

    Args:
        key: what a file names it by: `lora_unet_down_blocks_0_…`, `unet.down_blocks.0.…`, `lora_te_text_model_…`.
    """
    key = key.removeprefix("base_model.model.").replace(".processor.", ".")
    for model, starts in _STARTS.items():
        if key.startswith(starts):
            start = next(each for each in starts if key.startswith(each))
            return model, _flat(key.removeprefix(start)).removeprefix("text_model_")
    return "other", key


def _flat(name: str) -> str:
    return re.sub(r"to_out(?:_lora)?$", "to_out_0", name.replace(".", "_")).removesuffix("_lora")


def of_layer(name: str, layers: int, attended: Container[int]) -> Iterator[str]:
    """The names that a layer of diffusers' UNet may have in a file: its own, and that of the original layout.

    Args:
        name: the layer's, like `down_blocks.0.resnets.1.conv1`.
        layers: how many resnets a level has on the way down.
        attended: the levels on the way up that have attention.
    """
    flat = name.replace(".", "_")
    yield flat
    if flat in _SINGLE:
        yield _SINGLE[flat]
    elif match := _BLOCK.fullmatch(flat):
        way, level, kind, place, rest = match[1], int(match[2] or 0), match[3], int(match[4]), match[5]
        if kind == "upsamplers":
            yield f"output_blocks_{level * (layers + 1) + layers}_{2 if level in attended else 1}_conv"
        else:
            yield _original(way, level, kind, place, rest, layers + 1)


def _original(way: str, level: int, kind: str, place: int, rest: str, width: int) -> str:
    """The original layout counts blocks through, `width` of them to a level, behind a first one on the way down."""
    if kind == "downsamplers":
        return f"input_blocks_{(level + 1) * width}_0_op"
    inner = f"0_{_RESNET.get(rest, rest)}" if kind == "resnets" else f"1_{rest}"
    if way == "mid":
        return f"middle_block_{2 * place if kind == 'resnets' else 1}_{inner[2:]}"
    block = level * width + place
    return f"input_blocks_{block + 1}_{inner}" if way == "down" else f"output_blocks_{block}_{inner}"
