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

from pure_negative.diffusion import embedded, tensors, weights

VAE = "first_stage_model."
POSITIONS = "cond_stage_model.transformer.text_model.embeddings.position_ids"
EMBEDDINGS = {"aid210": 8, "aid": 1, "badv3": 2, "toy": 1}
"""Name → vectors."""


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
    put_positions(put_checkpoint(checkpoints, "positions"))
    put_parameterization(put_checkpoint(checkpoints, "velocity"))
    put_embeddings(models / "embeddings")


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
