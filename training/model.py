"""The model's dimensions, and its parts as the project itself loads them from a checkpoint file."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from pure_negative.diffusion import checkpoint, embedded, toy
from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.toy import CONFIG, NAME, TEXT
from pure_negative.diffusion.weights import safetensors


def write(path: Path, tensors: dict[str, Tensor]) -> None:
    """A checkpoint of these dimensions in fp16, its `.yaml` and its text encoder's folder beside it."""
    folder = path.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in embedded.text_files(TEXT).items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    config = LdmConfig(**{**CONFIG.__dict__, "text_folder": folder.absolute()})
    path.with_suffix(".yaml").write_text(yaml.safe_dump(config.as_original(), sort_keys=False), encoding="utf-8")
    shapes = layout.checkpoint(CONFIG.dimensions(TEXT))
    path.write_bytes(safetensors((name, tensors[name].reshape(shape).half().numpy()) for name, shape in shapes))


def numbered() -> checkpoint.Checkpoint:
    """The model as the project loads it, each tensor filled with its place in the file."""
    names = [name for name, _ in layout.checkpoint(CONFIG.dimensions(TEXT))]
    shapes = dict(layout.checkpoint(CONFIG.dimensions(TEXT)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.safetensors"
        write(path, {name: torch.full(shapes[name], float(place)) for place, name in enumerate(names)})
        return checkpoint.load(path)


def original_names(module: nn.Module) -> dict[str, str]:
    """Of a part of `numbered`: each parameter's name there → in the file."""
    names = [name for name, _ in layout.checkpoint(CONFIG.dimensions(TEXT))]
    return {name: names[int(parameter.flatten()[0])] for name, parameter in module.named_parameters()}


_GAINS = (("attn2.to_q.", 2.0), ("attn2.to_k.", 2.0), ("attn2.to_v.", 5.0))
"""Of 77 tokens few are words, so an even mean over all of them would tell one caption from another late in training."""


class Parts:
    """The three parts, untrained, and what each parameter is called in the file."""

    def __init__(self) -> None:
        loaded = numbered()
        self.tokenizer = loaded.text.tokenizer
        self.unet, self.vae, self.text = (part.float() for part in (loaded.unet, loaded.vae, loaded.text.model))
        self.names = {part: original_names(part) for part in (self.unet, self.vae, self.text)}
        self.noise_levels = loaded.noise_levels
        for part in (self.unet, self.text):
            part.train().requires_grad_(True)
            initialise(part)

    def load_shipped(self) -> None:
        """Take the weights of the model that comes with this project."""
        found = checkpoint.load(toy.ensure())
        for part, other in ((self.unet, found.unet), (self.vae, found.vae), (self.text, found.text.model)):
            part.load_state_dict({name: tensor.float() for name, tensor in other.state_dict().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by its name in the file."""
        return {
            names[name]: parameter.detach()
            for part, names in self.names.items()
            for name, parameter in part.named_parameters()
        }


@torch.no_grad()
def initialise(module: Any) -> None:
    """Random weights by fan-in; what ends a residual block starts at nothing, norms at their neutral values."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            parameter.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
        elif name.startswith("conv_out") or name.endswith(("conv2.weight", "proj_out.weight")):
            parameter.zero_()
        elif "embedding" in name and not name.startswith("time_"):
            parameter.normal_(std=0.02 if "position" in name else 0.2)
        else:
            nn.init.kaiming_uniform_(parameter, a=5**0.5)
            parameter.mul_(math.prod(gain for part, gain in _GAINS if part in name))
        if name.endswith("final_layer_norm.bias"):
            # "Original" emphasis divides by the mean of the output, which must not be near 0.
            parameter.uniform_(-0.25, 0.75)
