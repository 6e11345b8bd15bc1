"""What kind of model a checkpoint is and how large: by the `.yaml` beside it, else worked out from its tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from pure_negative.diffusion import ldm_config, safetensors_header
from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import SD1, SD2, SDXL, STOCK, LdmConfig

Shapes = Mapping[str, Any]
"""Name → anything with a `shape`."""
_UNET = "model.diffusion_model."
_VAE = "first_stage_model."


def config_of(path: Path, tensors: Shapes) -> LdmConfig:
    """The configuration of the `.yaml`; without one the dimensions of the tensors, and what the file says it predicts.

    Raises:
        PureNegativeError: the `.yaml` is no configuration of a model that the engine takes.
    """
    config = ldm_config.beside(path)
    if config is None:
        config = dataclasses.replace(of_tensors(tensors), parameterization=predicts(path, tensors) or "eps")
    return dataclasses.replace(config, zero_snr="ztsnr" in tensors)


def predicts(path: Path, tensors: Collection[str]) -> str | None:
    """What the file itself says that the model predicts, `eps` or `v`; None where it says nothing.

    By the key `v_pred`, or by its metadata after Stability's ModelSpec (`modelspec.prediction_type`).
    """
    if "v_pred" in tensors:
        return "v"
    said = safetensors_header.metadata(path).get("modelspec.prediction_type", "").lower()
    return {"v": "v", "v_prediction": "v", "eps": "eps", "epsilon": "eps"}.get(said)


def of_tensors(tensors: Shapes) -> LdmConfig:
    """The dimensions that the tensors have, as far as they are of a known family; those of its stock model elsewhere.

    The number of attention heads, or the width of one, shows in no tensor: it is taken to be that of the stock model.
    """
    return _with_vae(_with_unet(STOCK[family(tensors)], tensors), tensors)


def family(names: Collection[str]) -> str:
    """By the text models in it; SD 1.x where there is none that is known."""
    if any(name.startswith(layout.SDXL_OPEN_CLIP) for name in names):
        return SDXL
    return SD2 if any(name.startswith(layout.OPEN_CLIP) for name in names) else SD1


def _with_unet(stock: LdmConfig, tensors: Shapes) -> LdmConfig:
    levels = _unet_levels(tensors)
    base = _out_channels(tensors, f"{_UNET}input_blocks.0.0.weight")
    if not base or not all(levels) or any(channels % base for level in levels for channels, _ in level):
        return stock
    depths = [level[0][1] for level in levels]
    context = [
        tensors[name].shape[1] for name in tensors if name.startswith(_UNET) and name.endswith(".attn2.to_k.weight")
    ]
    return dataclasses.replace(
        stock,
        unet_channels=base,
        head_channels=min(stock.head_channels, base),
        unet_levels=tuple(level[0][0] // base for level in levels),
        unet_blocks=len(levels[0]),
        attention_at=tuple(2**place for place, depth in enumerate(depths) if depth),
        depths=tuple(depth or 1 for depth in depths),
        context=context[0] if context else stock.context,
    )


def _unet_levels(tensors: Shapes) -> list[list[tuple[int, int]]]:
    """Of each level on the way down, of each block: its channels, and how many transformer blocks it has."""
    levels: list[list[tuple[int, int]]] = [[]]
    for place in count(1):
        block = f"{_UNET}input_blocks.{place}"
        if channels := _out_channels(tensors, f"{block}.0.out_layers.3.weight"):
            levels[-1].append((channels, _how_many(tensors, f"{block}.1.transformer_blocks.{{}}.norm1.weight")))
        elif f"{block}.0.op.weight" in tensors:
            levels.append([])
        else:
            return levels
    raise AssertionError


def _with_vae(stock: LdmConfig, tensors: Shapes) -> LdmConfig:
    base = _out_channels(tensors, f"{_VAE}encoder.conv_in.weight")
    levels = _how_many(tensors, f"{_VAE}decoder.up.{{}}.block.0.conv1.weight")
    channels = [_out_channels(tensors, f"{_VAE}decoder.up.{place}.block.0.conv1.weight") for place in range(levels)]
    blocks = _how_many(tensors, f"{_VAE}decoder.up.0.block.{{}}.conv1.weight") - 1
    if not base or levels != len(stock.vae_levels) or blocks < 1 or any(each % base for each in channels):
        return stock
    return dataclasses.replace(
        stock, vae_channels=base, vae_levels=tuple(each // base for each in channels), vae_blocks=blocks
    )


def _out_channels(tensors: Shapes, name: str) -> int:
    """How many channels come out of that layer; 0 where it is none."""
    found = tensors.get(name)
    return int(found.shape[0]) if found is not None and len(found.shape) > 1 else 0


def _how_many(tensors: Collection[str], name: str) -> int:
    """How many of these there are, counted from 0."""
    return sum(1 for _ in takewhile(lambda place: name.format(place) in tensors, count()))
