"""Latents to pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pure_negative.diffusion import memory, placing
from pure_negative.errors import PureNegativeError

Say = Callable[[str], None]
_PIXELS_AT_ONCE = 512 * 512
"""Small pictures are decoded together, larger ones alone: the VAE needs more memory than any other part."""
TILED = "The picture is decoded in tiles, because memory ran out; seams may be seen."
WIDENED = "The VAE's numbers grew too large for half precision; it goes on in full precision, as the WebUI's does."


def pictures(vae: Any, latents: Tensor, scale_factor: float, say: Say = lambda _: None) -> list[Image.Image]:
    """Decode [pictures, 4, height / 8, width / 8] to RGB images.

    Args:
        vae: diffusers' AutoencoderKL.
        latents: the pictures' latents.
        scale_factor: of the latents, from the checkpoint's configuration.
        say: told what is done differently than usual.

    Raises:
        PureNegativeError: the VAE gives no finite numbers even in float32.
    """
    together = max(1, _PIXELS_AT_ONCE // (64 * latents[0, 0].numel()))
    parts = [latents[start : start + together] for start in range(0, len(latents), together)]
    return [_picture(decoded) for part in parts for decoded in _decode(vae, part / scale_factor, say)]


def _decode(vae: Any, latents: Tensor, say: Say) -> Tensor:
    decoded = _fitted(vae, latents.to(vae.dtype), say)
    if not bool(decoded.isfinite().all()) and vae.dtype != torch.float32:
        # Some VAEs, SDXL's own among them, overflow in half precision; they stay in full for the rest of the run.
        say(WIDENED)
        decoded = _fitted(placing.widen(vae, torch.float32), latents.float(), say)
    if not bool(decoded.isfinite().all()):
        raise PureNegativeError(
            "the VAE produced NaN or infinite values, so there is no picture; lower the CFG scale or "
            "change the checkpoint."
        )
    return decoded


def _fitted(vae: Any, latents: Tensor, say: Say) -> Tensor:
    """Decoded whole; where there is no memory for that, one by one, and in tiles where one is too large."""
    try:
        return _whole(vae, latents)
    except (RuntimeError, MemoryError) as error:
        if not memory.is_out(error):
            raise
    memory.free()
    if len(latents) > 1:
        return torch.cat([_fitted(vae, each, say) for each in latents.unsqueeze(1)])
    vae.enable_tiling()
    try:
        found = _whole(vae, latents)
    finally:
        vae.disable_tiling()
    say(TILED)
    return found


def _whole(vae: Any, latents: Tensor) -> Tensor:
    decoded: Tensor = vae.decode(latents).sample
    return decoded


def _picture(decoded: Tensor) -> Image.Image:
    """-1…1 to 0…255, the fraction cut off as the WebUI does."""
    unit = ((decoded.float() + 1.0) / 2.0).clamp(0.0, 1.0)
    return Image.fromarray((255.0 * unit).to(torch.uint8).permute(1, 2, 0).cpu().numpy())
