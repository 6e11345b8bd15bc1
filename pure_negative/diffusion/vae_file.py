"""A VAE in a file of its own, as the WebUI keeps them in `models/VAE` or beside a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from pure_negative.diffusion import preflight, tensor_file
from pure_negative.diffusion import tensors as layout
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

_PREFIX = "first_stage_model."
_LEFT_BY_TRAINING = ("loss", "model_ema.")
"""What training leaves in a VAE's file."""


def read(path: Path, dimensions: layout.Dimensions) -> dict[str, Tensor]:
    """The VAE's tensors, by the names that they have in a checkpoint.

    Raises:
        PureNegativeError: the file is no VAE of a model of these dimensions; the sentence says what it is.
    """
    preflight.weights(path, "VAE")
    found = {name: tensor for name, tensor in tensor_file.read(path).items() if not name.startswith(_LEFT_BY_TRAINING)}
    shapes = dict(layout.checkpoint(dimensions))
    expected = {name.removeprefix(_PREFIX): shape for name, shape in shapes.items() if name.startswith(_PREFIX)}
    missing = [name for name in expected if name not in found]
    if missing:
        raise PureNegativeError(f"{path} is no VAE of an SD 1.x model: {_kind(found, missing[0])}.")
    for name, shape in expected.items():
        if not layout.same(found[name].shape, shape) or not found[name].is_floating_point():
            raise PureNegativeError(f"{path} is the VAE of another model: {name} is {layout.shown(found[name].shape)}.")
    surplus = sorted(set(found) - set(expected))
    if surplus:
        raise PureNegativeError(f"{path} is no VAE of an SD 1.x model: it has {validate.one_line(surplus[0])} too.")
    return {_PREFIX + name: found[name] for name in expected}


def _kind(found: Mapping[str, Tensor], missing: str) -> str:
    """What a file that is no VAE is instead."""
    if any(name.startswith("model.diffusion_model.") for name in found):
        return "it is a whole checkpoint"
    if any(name.startswith("decoder.up_blocks.") for name in found):
        return "it is one in diffusers' layout; give the original one, as the WebUI loads it"
    if any(name.startswith("decoder.") for name in found) and not any(name.startswith("encoder.") for name in found):
        return "it is a decoder alone"
    return f"{missing} is missing"
