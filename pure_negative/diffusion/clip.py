"""The text models inside a checkpoint, CLIP and OpenCLIP, and their tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import SD2, SDXL, STOCK_TEXT, LdmConfig
from pure_negative.diffusion.stock_tokenizer import stock_tokenizer
from pure_negative.diffusion.tensors import TextSize
from pure_negative.errors import PureNegativeError

POSITION_IDS = "text_model.embeddings.position_ids"
Shapes = Mapping[str, Any]
"""Name → anything with a `shape`."""
_SD2_WIDTH, _SD2_LAYERS = 1024, 23
"""ViT-H-14 and the layers of it that SD 2.x uses, of 24."""
_FILES = ("vocab.json", "merges.txt")


def sizes(config: LdmConfig, tensors: Shapes) -> tuple[TextSize, ...]:
    """The dimensions of the text models, CLIP's before OpenCLIP's, once they are possible and fit the UNet.

    CLIP's are those of `config.json` in the folder that the `.yaml` names, all others those of the tensors.

    Raises:
        PureNegativeError: they can't be read, or are not possible.
    """
    found = _sizes(config, tensors)
    width = sum(size.width for size in found)
    if width != config.context:
        raise PureNegativeError(
            f"the text encoder is {width} wide, but the UNet's context_dim is {config.context}; they must agree."
        )
    return found


def _sizes(config: LdmConfig, tensors: Shapes) -> tuple[TextSize, ...]:
    if config.family == SD2:
        return (_below_the_last(_open_clip_size(tensors, layout.OPEN_CLIP)),)
    if config.family == SDXL:
        return _clip_size(config, tensors, layout.SDXL_CLIP), _open_clip_size(tensors, layout.SDXL_OPEN_CLIP)
    return (_clip_size(config, tensors, layout.CLIP),)


def _below_the_last(size: TextSize) -> TextSize:
    """SD 2.x's text model without its last layer, which is not used, and which some files leave out."""
    return replace(size, layers=_SD2_LAYERS if size.width == _SD2_WIDTH else size.layers - 1)


def _clip_size(config: LdmConfig, tensors: Shapes, prefix: str) -> TextSize:
    if config.text_folder is None:
        return _counted(tensors, f"{prefix}text_model.embeddings", f"{prefix}text_model.encoder.layers.{{}}.mlp.fc1")
    text = _folder_config(config.text_folder)
    size = TextSize(
        text.hidden_size, text.num_hidden_layers, text.num_attention_heads, text.intermediate_size, text.vocab_size
    )
    values = (size.width, size.layers, size.heads, size.inner, size.vocabulary)
    if not all(type(value) is int and 0 < value < 1_000_000 for value in values) or size.width % size.heads:
        raise PureNegativeError(f"{config.text_folder}/config.json has impossible dimensions for a CLIP text model.")
    return size


def _open_clip_size(tensors: Shapes, prefix: str) -> TextSize:
    return _counted(tensors, prefix.rstrip("."), f"{prefix}transformer.resblocks.{{}}.mlp.c_fc")


def _counted(tensors: Shapes, table: str, inner: str) -> TextSize:
    """What a text model's tensors show of its size; the stock one's where the tensors are not there."""
    layers = sum(1 for _ in takewhile(lambda place: f"{inner.format(place)}.weight" in tensors, count()))
    tokens, first = tensors.get(f"{table}.token_embedding.weight"), tensors.get(f"{inner.format(0)}.weight")
    if tokens is None or first is None or len(tokens.shape) != 2:
        return STOCK_TEXT
    vocabulary, width = (int(each) for each in tokens.shape)
    return TextSize(width, layers, max(1, width // layout.HEAD), int(first.shape[0]), vocabulary)


def _folder_config(folder: Path) -> CLIPTextConfig:
    # As for the tokenizer below: without the file, transformers takes a configuration of its own.
    if not (folder / "config.json").is_file():
        raise PureNegativeError(f"{folder} has no CLIP text configuration; put config.json there.")
    try:
        return CLIPTextConfig.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise PureNegativeError(
            f"{folder}/config.json is not a CLIP text configuration: {first_line(error)}."
        ) from None


def _config(size: TextSize, **more: Any) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=size.width, intermediate_size=size.inner, num_hidden_layers=size.layers,
        num_attention_heads=size.heads, vocab_size=size.vocabulary, max_position_embeddings=layout.POSITIONS, **more,
    )  # fmt: skip


def clip(tensors: Mapping[str, Tensor], size: TextSize, folder: Path | None, prefix: str) -> Any:
    """transformers' CLIPTextModel with the checkpoint's weights; `tensors` must hold all of them."""
    with torch.device("meta"):
        model = CLIPTextModel(_config(size) if folder is None else _folder_config(folder))
    part = "" if hasattr(model, "text_model") else "text_model."
    weights = {name: _precise(tensors[f"{prefix}{part}{name}"]) for name, _ in model.named_parameters()}
    model.load_state_dict(weights, strict=False, assign=True)
    # The position ids are no weights: the empty model has none.
    ids = position_ids(tensors, f"{prefix}{POSITION_IDS}")
    getattr(model, "text_model", model).embeddings.position_ids = ids.unsqueeze(0)
    return model.eval().requires_grad_(False)


def open_clip(tensors: Mapping[str, Tensor], size: TextSize, end: int, prefix: str) -> Any:
    """OpenCLIP's text model as transformers' CLIP, for SDXL with the projection; `end` is the end token's id."""
    kind = CLIPTextModelWithProjection if prefix == layout.SDXL_OPEN_CLIP else CLIPTextModel
    with torch.device("meta"):
        model = kind(_config(size, hidden_act="gelu", projection_dim=size.width, eos_token_id=end, bos_token_id=None))
    own = {name: _precise(tensor) for name, tensor in tensors.items() if name.startswith(prefix)}
    converted = convert_open_clip_checkpoint(model, own, prefix=prefix)
    # Newer versions of transformers name CLIPTextModel's parameters without `text_model`.
    names = {name: name if name in converted else f"text_model.{name}" for name, _ in model.named_parameters()}
    model.load_state_dict({name: converted[other] for name, other in names.items()}, strict=False, assign=True)
    getattr(model, "text_model", model).embeddings.position_ids = torch.arange(layout.POSITIONS).unsqueeze(0)
    return model.eval().requires_grad_(False)


def _precise(tensor: Tensor) -> Tensor:
    """No library calculates with fewer than 16 bits."""
    return tensor.half() if tensor.element_size() < 2 else tensor


def position_ids(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """The place that each token is taken to stand at: the file's own, cut to whole numbers as the WebUI does.

    Merging and rounding leave them wrong in some files, such as Anything V3's, and the WebUI's pictures have that in
    them.

    Raises:
        PureNegativeError: they are not as many, or not of the places there are.
    """
    right = torch.arange(layout.POSITIONS)
    stored = tensors.get(name)
    if stored is None:
        return right
    ids = stored.flatten().double().trunc()
    if len(ids) != len(right) or not bool(((ids >= 0) & (ids < len(right))).all()):
        raise PureNegativeError(
            f"{name} holds other numbers than the {len(right)} places 0 to {len(right) - 1}; it is damaged."
        )
    return ids.long()


def tokenizer(config: LdmConfig, size: TextSize) -> Any:
    """transformers' CLIPTokenizer from the folder the `.yaml` names, else the stock one."""
    found = stock_tokenizer() if config.text_folder is None else _own_tokenizer(config.text_folder)
    if found.bos_token_id is None or found.eos_token_id is None:
        raise PureNegativeError(f"{config.text_folder}: this tokenizer has no start and end tokens, as CLIP's has.")
    if not {",</w>", "a", "a</w>"} <= set(found.get_vocab()):
        raise PureNegativeError(f"{config.text_folder}: this tokenizer lacks the letters and commas of CLIP's.")
    if len(found) > size.vocabulary:
        raise PureNegativeError(
            f"{config.text_folder}: the tokenizer has {len(found)} tokens, but the text encoder has {size.vocabulary}."
        )
    return found


def _own_tokenizer(folder: Path) -> Any:
    # Without the files, transformers takes an empty tokenizer, to which every word is one and the same token.
    if not (folder / "tokenizer.json").is_file() and not all((folder / name).is_file() for name in _FILES):
        raise PureNegativeError(f"{folder} has no CLIP tokenizer; put {' and '.join(_FILES)} there.")
    try:
        return CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise PureNegativeError(f"{folder} has no readable CLIP tokenizer: {first_line(error)}.") from None


def first_line(error: Exception) -> str:
    """What a library says of an error, short enough for one sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
