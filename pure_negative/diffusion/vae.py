"""Latents to pictures."""

from __future__ import annotations

from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pure_negative.errors import PureNegativeError

_PIXELS_AT_ONCE = 512 * 512
"""Small pictures are decoded together, larger ones alone: the VAE needs more memory than any other part."""


def pictures(vae: Any, latents: Tensor, scale_factor: float) -> list[Image.Image]:
    """Decode [pictures, 4, height / 8, width / 8] to RGB images.

    Raises:
        PureNegativeError: the VAE gives no finite numbers even in float32.
    """
    together = max(1, _PIXELS_AT_ONCE // (64 * latents[0, 0].numel()))
    parts = [latents[start : start + together] for start in range(0, len(latents), together)]
    return [_picture(decoded) for part in parts for decoded in _decode(vae, part / scale_factor)]


def _decode(vae: Any, latents: Tensor) -> Tensor:
    decoded: Tensor = vae.decode(latents.to(vae.dtype)).sample
    if not bool(decoded.isfinite().all()) and vae.dtype != torch.float32:
        # Some SD 1.x VAEs overflow in half precision; they stay in full precision for the rest of the run.
        decoded = vae.float().decode(latents.float()).sample
    if not bool(decoded.isfinite().all()):
        raise PureNegativeError(
            "the VAE produced NaN or infinite values, so there is no picture; lower the CFG scale or "
            "change the checkpoint."
        )
    return decoded


def _picture(decoded: Tensor) -> Image.Image:
    """-1…1 to 0…255, the fraction cut off as the WebUI does."""
    unit = ((decoded.float() + 1.0) / 2.0).clamp(0.0, 1.0)
    return Image.fromarray((255.0 * unit).to(torch.uint8).permute(1, 2, 0).cpu().numpy())
