"""Files as users have them beside the embedded checkpoint, of random weights: a VAE, embeddings, altered checkpoints.

The reference pictures of `tests/reference/files` were made from these, so what they hold must not change.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor

from pure_negative.diffusion import embedded, tensors, toy, weights

VAE = "first_stage_model."
POSITIONS = "cond_stage_model.transformer.text_model.embeddings.position_ids"
EMBEDDINGS = {"aid210": 8, "aid": 1, "badv3": 2, "toy": 1, "octet": 8}
"""Name → vectors."""

PRESET_VAE = "vae-ft-mse-840000-ema-pruned"
"""The VAE that the AID preset names."""


def vae() -> dict[str, Tensor]:
    """Another VAE of the embedded checkpoint's dimensions."""
    named = tensors.checkpoint(embedded.CONFIG.dimensions(embedded.TEXT))
    shapes = {name.removeprefix(VAE): shape for name, shape in named if name.startswith(VAE)}
    return {name: torch.from_numpy(weights.draw(f"another {name}", shape)) for name, shape in shapes.items()}


def vectors(name: str, width: int = embedded.TEXT.width) -> Tensor:
    """An embedding's [vectors, width], float32."""
    return torch.from_numpy(weights.draw(f"embeddings.{name}", (EMBEDDINGS[name], width))).float()


def save_pickle(content: object, path: Path) -> None:
    """In the older of torch's two formats: the newer one is refused by WebUI v1.10.1, whose torch is older."""
    torch.save(content, path, _use_new_zipfile_serialization=False)


def put_embeddings(folder: Path) -> None:
    """One of each layout: textual inversion's own as a pickle, `.safetensors`, and that of diffusers' concepts."""
    (folder / "more").mkdir(parents=True, exist_ok=True)
    for name in ("aid210", "aid"):
        content = {"string_to_token": {"*": 265}, "string_to_param": {"*": vectors(name)}, "name": "another"}
        save_pickle(content | {"step": 10, "sd_checkpoint": None, "sd_checkpoint_name": None}, folder / f"{name}.pt")
    save_file({"emb_params": vectors("badv3")}, folder / "more" / "badv3.safetensors")
    save_file({"emb_params": vectors("octet")}, folder / "octet.safetensors")
    save_pickle({"<a-toy>": vectors("toy")[0]}, folder / "toy.bin")


def put_checkpoint(folder: Path, name: str) -> Path:
    """The embedded checkpoint under another name, with its `.yaml`."""
    made = embedded.ensure(folder)
    path = folder / f"{name}.safetensors"
    shutil.copyfile(made, path)
    shutil.copyfile(made.with_suffix(".yaml"), path.with_suffix(".yaml"))
    return path


def put_all(models: Path) -> None:
    """Everything the references need, in the WebUI's layout: `models` is its data folder."""
    checkpoints, vaes = models / "models" / "Stable-diffusion", models / "models" / "VAE"
    vaes.mkdir(parents=True, exist_ok=True)
    put_checkpoint(checkpoints, "beside")
    save_file(vae(), checkpoints / "beside.vae.safetensors")
    put_checkpoint(checkpoints, "pickled")
    save_pickle({"state_dict": vae() | {"loss.logvar": torch.zeros(())}}, checkpoints / "pickled.vae.pt")
    save_file(vae(), vaes / "chosen.safetensors")
    save_file(vae(), vaes / f"{PRESET_VAE}.safetensors")
    put_positions(put_checkpoint(checkpoints, "positions"))
    put_parameterization(put_checkpoint(checkpoints, "velocity"))
    toy.ensure(checkpoints)
    put_embeddings(models / "embeddings")
    put_loras(models / "models" / "Lora")


def put_positions(path: Path) -> None:
    """Position ids as merging leaves them: a little below the whole number from the 37th on, one far off."""
    ids = torch.arange(tensors.POSITIONS, dtype=torch.float32).unsqueeze(0)
    ids[0, 37:] -= 0.01
    ids[0, 5] = 9.75
    save_file(load_file(path) | {POSITIONS: ids}, path)


def put_parameterization(path: Path) -> None:
    """The `.yaml` of a model that predicts the velocity."""
    config = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    config["model"]["params"]["parameterization"] = "v"
    path.with_suffix(".yaml").write_text(yaml.safe_dump(config), encoding="utf-8")


RANK = 4
UNET_BLOCKS = ("input_blocks_3_1", "input_blocks_5_1", "output_blocks_2_1", "output_blocks_5_1")
"""Blocks of attention by the original layout, in which the embedded checkpoint's levels have one layer, not two."""


def lora(name: str) -> dict[str, Tensor]:
    """A LoRA for the embedded checkpoint, in the layout of kohya's scripts: of the text encoder and the UNet."""
    width = embedded.TEXT.width
    shapes = {f"lora_te_text_model_encoder_layers_{layer}_mlp_fc1": (256, width) for layer in range(0, 12, 2)}
    shapes |= {f"lora_te_text_model_encoder_layers_{layer}_self_attn_q_proj": (width, width) for layer in range(12)}
    for block in (*UNET_BLOCKS, "mid_block_attentions_0"):
        start = f"lora_unet_{block}_transformer_blocks_0"
        shapes |= {f"{start}_attn{number}_to_{part}": (64, 64) for number in (1, 2) for part in ("q", "v", "out_0")}
        shapes |= {f"{start}_ff_net_0_proj": (512, 64), f"lora_unet_{block}_proj_in": (64, 64, 1, 1)}
    shapes |= {"lora_unet_mid_block_resnets_1_conv1": (64, 64, 3, 3), "lora_unet_input_blocks_2_0_op": (64, 64, 3, 3)}
    # The first is in no checkpoint of attention there, so that the WebUI passes it over.
    shapes |= {"lora_unet_output_blocks_3_1_conv": (64, 64, 3, 3), "lora_unet_time_embed_2": (256, 256)}
    return {key: tensor for layer, shape in shapes.items() for key, tensor in _low_rank(name, layer, shape)}


def _low_rank(name: str, layer: str, shape: tuple[int, ...]) -> list[tuple[str, Tensor]]:
    """A change of a layer that is a good part of its weights, its alpha half the rank."""
    down, up = (RANK, *shape[1:]), (shape[0], RANK, *(1 for _ in shape[2:]))
    drawn = [torch.from_numpy(weights.draw(f"{name} {layer}.{part}", of)) for part, of in (("down", down), ("up", up))]
    return [
        (f"{layer}.lora_down.weight", drawn[0]), (f"{layer}.lora_up.weight", drawn[1]),
        (f"{layer}.alpha", torch.tensor(RANK / 2)),
    ]  # fmt: skip


def put_loras(folder: Path) -> None:
    """One that its trainer named otherwise, and one in a folder within, without metadata."""
    (folder / "more").mkdir(parents=True, exist_ok=True)
    noted = {"ss_output_name": "styled", "ss_base_model_version": "sd_v1"}
    save_file(lora("one"), folder / "style-1.safetensors", noted)
    save_file(lora("two"), folder / "more" / "two.safetensors")


def checkpoint_names() -> list[str]:
    """Every tensor of the embedded checkpoint."""
    return [name for name, _ in tensors.checkpoint(embedded.CONFIG.dimensions(embedded.TEXT))]
