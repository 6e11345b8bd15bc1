"""What the research says the CFG scale changes, measured: brightness and detail (seeds/001, *General result*), and pale
pictures that have not converged ("if you see pale background, keep increasing STEP": seeds/001, *Basic settings*).

All three are rules of thumb for comparing the cells of one sheet, made for this project:

- brightness: the mean luma (ITU-R 601) of all pixels, 0 … 1;
- detail: the mean of |difference to the right neighbour| plus that of |difference to the lower neighbour| of the luma,
  0 … 2;
- pale: at least half of the background's pixels are light and nearly without colour, min(R,G,B) ≥ 192 and
  max(R,G,B) − min(R,G,B) ≤ 32, and the background's detail is below 0.02. The background is the outer eighth on each
  side. A picture that is meant to have a plain white background is marked too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LIGHT = 192
COLOURLESS = 32
PALE_SHARE = 0.5
EMPTY_DETAIL = 0.02


@dataclass(frozen=True)
class Measure:
    """Brightness 0 … 1, detail 0 … 2, and whether the picture is pale."""

    brightness: float
    detail: float
    pale: bool


def measure(image: Image) -> Measure:
    """The measures of one picture."""
    colours = image.convert("RGB")
    luma = colours.convert("L")
    return Measure(_mean([luma]), _detail([luma]), _is_pale(colours, luma))


def _mean(images: list[Image]) -> float:
    """Over all pixels of several grey pictures, 0 … 1."""
    count = sum(image.width * image.height for image in images)
    total = sum(sum(map(mul, image.histogram(), range(256))) for image in images)
    return total / (255 * count) if count else 0.0


def _detail(lumas: list[Image]) -> float:
    return sum(_mean([_steps(luma, across, 1 - across) for luma in lumas]) for across in (1, 0))


def _steps(luma: Image, across: int, down: int) -> Image:
    """Each pixel's difference to its neighbour."""
    from PIL import ImageChops

    width, height = luma.width - across, luma.height - down
    return ImageChops.difference(
        luma.crop((0, 0, width, height)), luma.crop((across, down, across + width, down + height))
    )


def _is_pale(colours: Image, luma: Image) -> bool:
    grey = list(_border(luma))
    wanted = PALE_SHARE * sum(strip.width * strip.height for strip in grey)
    if sum(sum(strip.histogram()[LIGHT:]) for strip in grey) < wanted:
        return False  # a light pixel's luma is light too, and most pictures need no closer look
    if sum(_light_pixels(strip) for strip in _border(colours)) < wanted:
        return False
    return _detail(grey) < EMPTY_DETAIL


def _border(image: Image) -> Iterator[Image]:
    """The outer eighth on each side, in four strips."""
    width, height = image.size
    across, down = max(1, width // 8), max(1, height // 8)
    if width <= 2 * across or height <= 2 * down:
        yield image
        return
    yield image.crop((0, 0, width, down))
    yield image.crop((0, height - down, width, height))
    yield image.crop((0, down, across, height - down))
    yield image.crop((width - across, down, width, height - down))


def _light_pixels(strip: Image) -> int:
    """How many pixels are light and nearly without colour."""
    from PIL import ImageChops

    lowest, highest = (reduce(choose, strip.split()) for choose in (ImageChops.darker, ImageChops.lighter))
    light = _where(lowest, lambda value: value >= LIGHT)
    plain = _where(ImageChops.subtract(highest, lowest), lambda value: value <= COLOURLESS)
    return ImageChops.darker(light, plain).histogram()[255]


def _where(image: Image, holds: Callable[[int], bool]) -> Image:
    return image.point([255 * holds(value) for value in range(256)])
