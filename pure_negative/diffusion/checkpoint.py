"""An original-layout checkpoint of an SD 1.x, SD 2.x or SDXL model, from file to modules."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math
import tempfile
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
    diffusers_config,
    digest,
    ldm_config,
    model_config,
    other_models,
    preflight,
    tensor_file,
    text_model,
    vae_file,
)
from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import SD1, SD2, LdmConfig
from pure_negative.diffusion.sigmas import NoiseTable
from pure_negative.diffusion.tensors import LATENT
from pure_negative.diffusion.text_encoder import TextEncoder
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import Model

Tensors = dict[str, Tensor]
_LAST_TIMESTEP = 999


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
    family: str
    notes: tuple[str, ...] = ()
    """What is unusual in the file and changes the picture."""


def load(path: Path, vae: Path | None = None, embeddings: Path | None = None) -> Checkpoint:
    """Read a checkpoint, with the dimensions from the `.yaml` of its name where there is one, else from its tensors.

    Args:
        path: the checkpoint's file.
        vae: a file whose VAE takes the place of the checkpoint's own.
        embeddings: a folder of textual inversion embeddings.

    Raises:
        PureNegativeError: a file that is missing, damaged, or not a checkpoint of those dimensions; a text encoder
            folder without its files; a stock tokenizer that cannot be had.
    """
    preflight.file(path)
    tensors, config, sizes = _checked(tensor_file.read(path), path, vae)
    model = Model(path.stem, digest.sha256(path)[:10])
    if vae is not None:
        model = dataclasses.replace(model, vae=vae.name, vae_hash=digest.sha256(vae)[:10])
    tokenizer = clip.tokenizer(config, sizes[0])
    unet_config = diffusers_config.unet(config, sizes[-1].width)
    unet = _from_single_file(UNet2DConditionModel, tensors, unet_config, path, tensors[_UNET_FIRST].dtype)
    return Checkpoint(
        model=model,
        unet=unet,
        vae=_from_single_file(AutoencoderKL, tensors, diffusers_config.vae(config), path, tensors[_VAE_FIRST].dtype),
        text=TextEncoder(_text_models(tensors, config, sizes, tokenizer.eos_token_id), tokenizer, embeddings),
        noise_levels=NoiseTable.of(_alphas_cumprod(tensors, config)),
        scale_factor=config.scale_factor,
        parameterization=_predicts(path, tensors, config, unet),
        family=config.family,
        notes=_notes(tensors),
    )


def _checked(tensors: Tensors, path: Path, vae: Path | None) -> tuple[Tensors, LdmConfig, tuple[layout.TextSize, ...]]:
    """The tensors by their modern names, the other VAE's among them, with what the model is by them."""
    tensors = _modern_names(tensors)
    _refuse_other_models(tensors, path)
    config = model_config.config_of(path, tensors)
    sizes = clip.sizes(config, tensors)
    dimensions = config.dimensions(*sizes)
    if vae is not None:
        tensors |= vae_file.read(vae, dimensions)
    _check_tensors(tensors, dimensions, path, config.family)
    return tensors, config, sizes


def _text_models(
    tensors: Tensors, config: LdmConfig, sizes: tuple[layout.TextSize, ...], end: int
) -> tuple[text_model.TextModel, ...]:
    if config.family == SD2:
        return (text_model.OpenClip(clip.open_clip(tensors, sizes[0], end, layout.OPEN_CLIP)),)
    if config.family == SD1:
        return (text_model.TextModel(clip.clip(tensors, sizes[0], config.text_folder, layout.CLIP)),)
    first = clip.clip(tensors, sizes[0], config.text_folder, layout.SDXL_CLIP)
    second = clip.open_clip(tensors, sizes[1], end, layout.SDXL_OPEN_CLIP)
    return text_model.SdxlClip(first), text_model.SdxlOpenClip(second, sizes[0].width)


def _predicts(path: Path, tensors: Tensors, config: LdmConfig, unet: Any) -> str:
    """What the model predicts; of an SD 2.x file that nothing tells it of, what the UNet itself shows."""
    if config.family != SD2 or ldm_config.has_own(path) or model_config.predicts(path, tensors):
        return config.parameterization
    return "v" if _predicts_velocity(unet) else "eps"


@torch.inference_mode()
def _predicts_velocity(unet: Any) -> bool:
    """Whether the UNet's answer to almost pure noise is far below that noise, as the WebUI tells SD 2.x's kinds apart.

    A model of the noise gives back what it is given; a model of the velocity gives about minus the picture.
    """
    dtype = torch.float32 if unet.dtype.itemsize < 2 else unet.dtype
    given = torch.full((1, LATENT, 8, 8), 0.5, dtype=dtype)
    text = torch.full((1, 2, unet.config.cross_attention_dim), 0.5, dtype=dtype)
    model = unet if dtype == unet.dtype else copy.deepcopy(unet).to(dtype)
    answer = model(given, torch.tensor(_LAST_TIMESTEP), encoder_hidden_states=text, return_dict=False)[0]
    return bool((answer.float() - given.float()).mean() < -1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """diffusers warns of the precision that it is told to load in, and of nothing else that is not an error."""
    before = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity_error()
    try:
        yield
    finally:
        diffusers_logging.set_verbosity(before)


def _notes(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    prefix = layout.SDXL_CLIP if any(name.startswith(layout.SDXL_CLIP) for name in tensors) else layout.CLIP
    ids = clip.position_ids(tensors, f"{prefix}{clip.POSITION_IDS}")
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
    _checked(tensor_file.outline(path), path, vae)


def _modern_names(tensors: Tensors) -> Tensors:
    return {_modern(name): tensor for name, tensor in tensors.items()}


def _modern(name: str) -> str:
    """Early checkpoints name the text model's tensors without `text_model`."""
    rest = name.removeprefix(layout.CLIP)
    if rest != name and rest.startswith(("embeddings.", "encoder.", "final_layer_norm.")):
        return f"{layout.CLIP}text_model.{rest}"
    return name


_UNET_FIRST = "model.diffusion_model.input_blocks.0.0.weight"
_VAE = "first_stage_model."
_VAE_FIRST = f"{_VAE}decoder.conv_in.weight"


def _refuse_other_models(tensors: Mapping[str, Tensor], path: Path) -> None:
    if kind := other_models.kind(tensors):
        raise PureNegativeError(f"{path} is {kind}; give an SD 1.x, SD 2.x or SDXL checkpoint in the original layout.")
    first = tensors.get(_UNET_FIRST)
    if first is not None and first.dim() == 4 and first.shape[1] != layout.LATENT:
        raise PureNegativeError(
            f"{path} is an inpainting or edit model ({first.shape[1]} input channels); give one for txt2img (4)."
        )


def _check_tensors(tensors: Mapping[str, Tensor], dimensions: layout.Dimensions, path: Path, family: str) -> None:
    """Every tensor there, in its shape, and no layer more.

    The loaders below would leave a missing one at random values, and make another picture without one too many.
    """
    expected = dict(layout.checkpoint(dimensions))
    if _UNET_FIRST in tensors and not any(name.startswith(_VAE) for name in tensors):
        raise PureNegativeError(f"{path} has no VAE inside; name the file of one in --vae.")
    for name, shape in expected.items():
        tensor = tensors.get(name)
        if tensor is None:
            raise PureNegativeError(f"{path} is not a complete {family} checkpoint: {name} is missing.")
        if not layout.same(tensor.shape, shape) or not tensor.is_floating_point():
            raise PureNegativeError(
                f"{path} has other dimensions than its .yaml, or stock {family}, says: {name} is "
                f"{layout.shown(tensor.shape)}, expected {layout.shown(shape)}."
            )
    surplus = sorted(name for name in tensors if name.startswith(_LAYERS) and name not in expected)
    if surplus:
        raise PureNegativeError(
            f"{path} has other dimensions than its .yaml, or stock {family}, says: {validate.one_line(surplus[0])} is "
            "in it, and is no part of them."
        )


_LAYERS = (
    "model.diffusion_model.",
    *("first_stage_model.encoder.", "first_stage_model.decoder."),
    *(f"{prefix}text_model.encoder.layers." for prefix in (layout.CLIP, layout.SDXL_CLIP)),
)
"""Where nothing else may stand than what the configuration says."""


def _from_single_file(kind: Any, tensors: Tensors, config: dict[str, Any], path: Path, dtype: torch.dtype) -> Any:
    try:
        with _quiet(), tempfile.TemporaryDirectory() as folder:
            Path(folder, "config.json").write_text(json.dumps(config), encoding="utf-8")
            module = kind.from_single_file(dict(tensors), config=folder, torch_dtype=dtype, local_files_only=True)
    except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise PureNegativeError(f"{path} can't be loaded as {kind.__name__}: {clip.first_line(error)}.") from None
    return module.eval().requires_grad_(False)


def _alphas_cumprod(tensors: Mapping[str, Tensor], config: LdmConfig) -> Tensor:
    """The checkpoint's own noise schedule where it stores one, as the WebUI loads it; else the configuration's."""
    stored = tensors.get("alphas_cumprod")
    found = _configured(config) if stored is None or stored.shape != (config.timesteps,) else stored.float()
    return _without_signal(found) if config.zero_snr else found


def _configured(config: LdmConfig) -> Tensor:
    roots = torch.linspace(
        math.sqrt(config.linear_start), math.sqrt(config.linear_end), config.timesteps, dtype=torch.float64
    )
    return (1 - roots**2).cumprod(0).float()


_NO_SIGNAL = 4.8973451890853435e-08
"""The last `alphas_cumprod` of a model with zero terminal SNR, in the WebUI: of 0 the noise level would be infinite."""


def _without_signal(alphas_cumprod: Tensor) -> Tensor:
    """The schedule shifted and scaled so that the last timestep is noise alone (Lin et al. 2024, algorithm 1)."""
    roots = alphas_cumprod.sqrt()
    shifted = (roots - roots[-1]) * (roots[0] / (roots[0] - roots[-1]))
    found = shifted**2
    found[-1] = _NO_SIGNAL
    return found
