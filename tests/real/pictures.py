"""Comparing pictures."""

from __future__ import annotations

from PIL import Image, ImageChops


def difference(one: Image.Image, other: Image.Image) -> int:
    """The greatest difference of any channel of any pixel, in 1/255."""
    assert one.size == other.size
    extremes = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema()
    return max(high for _, high in extremes)
