"""An original-layout checkpoint of an SD 1.x model, from file to modules."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from torch import Tensor

from pure_negative.diffusion import (
    clip,
    digest,
    ldm_config,
    other_models,
    preflight,
    safetensors_header,
    tensor_file,
    vae_file,
)
from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.sigmas import NoiseTable
from pure_negative.diffusion.text_encoder import TextEncoder
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import Model

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds, on the CPU, the UNet and the VAE (of diffusers) in the precision of the file."""

    model: Model
    unet: Any
    vae: Any
    text: TextEncoder
    noise_levels: NoiseTable
    scale_factor: float
    parameterization: str
    notes: tuple[str, ...] = ()
    """What is unusual in the file and changes the picture."""


def load(path: Path, vae: Path | None = None, embeddings: Path | None = None) -> Checkpoint:
    """Read a checkpoint, with the dimensions from the `.yaml` of its name where there is one, else stock SD 1.x.

    Args:
        path: the checkpoint's file.
        vae: a file whose VAE takes the place of the checkpoint's own.
        embeddings: a folder of textual inversion embeddings.

    Raises:
        PureNegativeError: a file that is missing, damaged, or not an SD 1.x checkpoint of those dimensions; a
            text encoder folder without its files; a stock tokenizer that cannot be had.
    """
    preflight.file(path)
    tensors = _modern_names(tensor_file.read(path))
    _refuse_other_models(tensors, path)
    config = config_of(path, tensors)
    text_config = clip.read_config(config)
    text_size = clip.size_of(text_config, config)
    dimensions = config.dimensions(text_size)
    model = Model(path.stem, digest.sha256(path)[:10])
    if vae is not None:
        tensors |= vae_file.read(vae, dimensions)
        model = dataclasses.replace(model, vae=vae.name, vae_hash=digest.sha256(vae)[:10])
    _check_tensors(tensors, dimensions, path)
    tokenizer = clip.tokenizer(config, text_size)
    return Checkpoint(
        model=model,
        unet=_from_single_file(UNet2DConditionModel, tensors, config, path, tensors[_UNET_FIRST].dtype),
        vae=_from_single_file(AutoencoderKL, tensors, config, path, tensors[_VAE_FIRST].dtype),
        text=TextEncoder(clip.build(tensors, text_config), tokenizer, embeddings),
        noise_levels=NoiseTable.of(_alphas_cumprod(tensors, config)),
        scale_factor=config.scale_factor,
        parameterization=config.parameterization,
        notes=_notes(tensors),
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """diffusers warns of the precision that it is told to load in, and of nothing else that is not an error."""
    before = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity_error()
    try:
        yield
    finally:
        diffusers_logging.set_verbosity(before)


def config_of(path: Path, tensors: Mapping[str, Tensor]) -> LdmConfig:
    """The configuration of the `.yaml`; without one stock SD 1.x, but what it predicts is what the file itself says."""
    if ldm_config.has_own(path) or not ({"v_pred"} & tensors.keys() or _says_velocity(path)):
        return ldm_config.beside(path)
    return dataclasses.replace(ldm_config.beside(path), parameterization="v")


def _says_velocity(path: Path) -> bool:
    """Whether the file's metadata say so, by Stability's ModelSpec (`modelspec.prediction_type`)."""
    return safetensors_header.metadata(path).get("modelspec.prediction_type", "").lower() in ("v", "v_prediction")


def _notes(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    ids = clip.position_ids(tensors)
    wrong = int((ids != torch.arange(len(ids))).sum())
    if not wrong:
        return ()
    return (f"{wrong} position ids in the file are wrong, as in Anything V3; they are used as the WebUI uses them.",)


def check(path: Path, vae: Path | None = None) -> None:
    """Nothing, where `load` would take these files; of a `.safetensors` file only the names and shapes are read.

    Raises:
        PureNegativeError: as `load` does.
    """
    preflight.file(path)
    tensors = _modern_names(tensor_file.outline(path))
    _refuse_other_models(tensors, path)
    config = config_of(path, tensors)
    dimensions = config.dimensions(clip.size_of(clip.read_config(config), config))
    if vae is not None:
        tensors |= vae_file.read(vae, dimensions)
    _check_tensors(tensors, dimensions, path)


def _modern_names(tensors: Tensors) -> Tensors:
    return {_modern(name): tensor for name, tensor in tensors.items()}


def _modern(name: str) -> str:
    """Early checkpoints name the text model's tensors without `text_model`."""
    rest = name.removeprefix(clip.PREFIX)
    if rest != name and rest.startswith(("embeddings.", "encoder.", "final_layer_norm.")):
        return f"{clip.PREFIX}text_model.{rest}"
    return name


_UNET_FIRST = "model.diffusion_model.input_blocks.0.0.weight"
_VAE_FIRST = "first_stage_model.decoder.conv_in.weight"


def _refuse_other_models(tensors: Mapping[str, Tensor], path: Path) -> None:
    if kind := other_models.kind(tensors):
        raise PureNegativeError(f"{path} is {kind}; give an SD 1.x checkpoint in the original layout.")
    first = tensors.get(_UNET_FIRST)
    if first is not None and first.dim() == 4 and first.shape[1] != layout.LATENT:
        raise PureNegativeError(
            f"{path} is an inpainting or edit model ({first.shape[1]} input channels); give one for txt2img (4)."
        )


def _check_tensors(tensors: Mapping[str, Tensor], dimensions: layout.Dimensions, path: Path) -> None:
    """Every tensor there, in its shape, and no layer more.

    The loaders below would leave a missing one at random values, and make another picture without one too many.
    """
    expected = dict(layout.checkpoint(dimensions))
    for name, shape in expected.items():
        tensor = tensors.get(name)
        if tensor is None:
            raise PureNegativeError(f"{path} is not a complete SD 1.x checkpoint: {name} is missing.")
        if not layout.same(tensor.shape, shape) or not tensor.is_floating_point():
            raise PureNegativeError(
                f"{path} has other dimensions than its .yaml, or stock SD 1.x, says: {name} is "
                f"{layout.shown(tensor.shape)}, expected {layout.shown(shape)}."
            )
    surplus = sorted(name for name in tensors if name.startswith(_LAYERS) and name not in expected)
    if surplus:
        raise PureNegativeError(
            f"{path} has other dimensions than its .yaml, or stock SD 1.x, says: {validate.one_line(surplus[0])} is in "
            "it, and is no part of them."
        )


_LAYERS = (
    "model.diffusion_model.",
    *("first_stage_model.encoder.", "first_stage_model.decoder."),
    f"{clip.PREFIX}text_model.encoder.layers.",
)
"""Where nothing else may stand than what the configuration says."""


def _from_single_file(kind: Any, tensors: Tensors, config: LdmConfig, path: Path, dtype: torch.dtype) -> Any:
    try:
        with _quiet():
            module = kind.from_single_file(dict(tensors), original_config=config.as_original(), torch_dtype=dtype)
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise PureNegativeError(f"{path} can't be loaded as {kind.__name__}: {clip.first_line(error)}.") from None
    return module.eval().requires_grad_(False)


def _alphas_cumprod(tensors: Mapping[str, Tensor], config: LdmConfig) -> Tensor:
    """The checkpoint's own noise schedule where it stores one, as the WebUI loads it; else the configuration's."""
    stored = tensors.get("alphas_cumprod")
    if stored is not None and stored.shape == (config.timesteps,):
        return stored.float()
    roots = torch.linspace(
        math.sqrt(config.linear_start), math.sqrt(config.linear_end), config.timesteps, dtype=torch.float64
    )
    return (1 - roots**2).cumprod(0).float()
