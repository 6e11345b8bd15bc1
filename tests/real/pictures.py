"""Comparing pictures."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops


def opened(path: Path) -> tuple[Image.Image, str]:
    """A saved picture and its parameters, the file closed again."""
    with Image.open(path) as image:
        return image.convert("RGB"), str(image.info.get("parameters", ""))


def difference(one: Image.Image, other: Image.Image) -> int:
    """The greatest difference of any channel of any pixel, in 1/255."""
    assert one.size == other.size
    extremes = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema()
    return max(high for _, high in extremes)
