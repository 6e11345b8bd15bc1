"""A ratio or a wish to width × height on the 64 px grid, near 512×512 in area (seeds/001, *aspect512*)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import isqrt

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, validate

UNIT = 64
"""Pixels: "the tensors forced the unit of 64px" (seeds/001)."""
MODEL_AREA = 512 * 512
"""Square pixels the SD 1.x models of the research were trained at."""
RULES = ("aspect512", "closest")
WIDEST = 64
FINEST = 10**9
"""The largest denominator of a ratio."""
LARGEST = 8192
_UNITS = MODEL_AREA // UNIT**2


@dataclass(frozen=True)
class Size:
    """Width × height in pixels, both multiples of 64; `wish` is what was asked for when snapping changed it."""

    width: int
    height: int
    wish: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def ratio(self) -> Fraction:
        """The true aspect ratio, width over height."""
        return Fraction(self.width, self.height)

    @property
    def area(self) -> Fraction:
        """The area as a multiple of 512×512."""
        return Fraction(self.width * self.height, MODEL_AREA)


def read_ratio(value: object, where: str = "ratio") -> Fraction:
    """An aspect ratio from `16:9`, `16/9`, `2.35:1`, `16：9` or a plain number; from 1:64 to 64:1.

    It is exact, or the nearest of denominator 10^9, so that its own text `a:b` is always read back.
    """
    allowed = f"width:height like 16:9, from 1:{WIDEST} to {WIDEST}:1"
    sides = [value] if isinstance(value, (int, float)) else re.split(r"[:/]", _figures(value, where))
    if len(sides) > 2:
        raise validate.refuse(where, value, allowed)
    try:
        parts = [validate.number(side, where, 0, WIDEST * FINEST) for side in sides]
    except PureNegativeError:
        raise validate.refuse(where, value, allowed) from None
    if not all(parts):
        raise validate.refuse(where, value, allowed)
    ratio = _exact(parts[0]) / (_exact(parts[1]) if len(parts) == 2 else 1)
    if not Fraction(1, WIDEST) <= ratio <= WIDEST:
        raise validate.refuse(where, value, allowed)
    return ratio.limit_denominator(FINEST)


def _figures(value: object, where: str) -> str:
    return characters.figures(validate.text(value, where, 60))


def _exact(value: float) -> Fraction:
    """The decimal that was written, not the binary fraction next to it."""
    return Fraction(repr(value))


def from_ratio(ratio: Fraction, rule: str = "aspect512") -> Size:
    """The size for a ratio by the named rule."""
    return _closest(ratio) if rule == "closest" else _aspect512(ratio)


def _aspect512(ratio: Fraction) -> Size:
    """Both sides of the rectangle of area 512² floored to 64 px, in whole numbers: 4:3 → 576×384, 16:9 → 640×384."""
    return Size(UNIT * isqrt(int(_UNITS * ratio)), UNIT * isqrt(int(_UNITS / ratio)))


def _closest(ratio: Fraction) -> Size:
    """The size of area 0.8 … 1.0 of 512² whose ratio is nearest by logarithm; of two, the larger: 4:3 → 576×448."""
    sizes = [
        Size(UNIT * columns, UNIT * rows)
        for columns in range(1, _UNITS + 1)
        for rows in range(1, _UNITS // columns + 1)
        if Fraction(columns * rows, _UNITS) >= Fraction(8, 10)
    ]
    return min(sizes, key=lambda size: (_distance(size.ratio, ratio), -size.area, -size.width))


def _distance(one: Fraction, other: Fraction) -> Fraction:
    """Grows with the difference of the logarithms, and is exact."""
    return max(one / other, other / one)


def read_size(value: object, where: str = "size") -> Size:
    """A size from `768x512` (also `768×512`, `768*512`), each side snapped to the nearest multiple of 64."""
    match = re.fullmatch(r"\s*([0-9]{1,6})\s*[x×X*]\s*([0-9]{1,6})\s*", _figures(value, where))
    if not match:
        raise validate.refuse(where, value, f"width x height in pixels like 768x512, up to {LARGEST}")
    width, height = (_snap(int(side), where) for side in match.groups())
    asked = f"{int(match[1])}x{int(match[2])}"
    return Size(width, height, "" if asked == f"{width}x{height}" else asked)


def _snap(side: int, where: str) -> int:
    if not 1 <= side <= LARGEST:
        raise PureNegativeError(f"{where}: {side} px is not allowed; give sides from {UNIT} to {LARGEST} px.")
    return max(UNIT, (side + UNIT // 2) // UNIT * UNIT)


def hints(size: Size) -> list[str]:
    """What the area and the ratio bring, from the seeds' two tables (seeds/001, *General result*)."""
    snapped = [f"Size {size.wish} is not a multiple of 64 px; rounded to {size}."] if size.wish else []
    return [*snapped, _area_hint(size.area), *_ratio_hint(size.ratio)]


def _area_hint(area: Fraction) -> str:
    lead = f"Area {float(area):.2f} × 512²: "
    if area < 1:
        return lead + "expect cropped images."
    if area < Fraction(5, 4):
        return lead + "one ordinary object; slight errors show as tiny regular objects."
    if area <= 2:
        return lead + "either a rich background, or some malformed objects."
    return lead + "several objects may appear, besides what is expected of smaller areas."


def _ratio_hint(ratio: Fraction) -> list[str]:
    lead = f"Aspect ratio {float(ratio):.3f}: "
    if ratio < Fraction(1, 2):
        return [lead + "something may appear on top of a human's head."]
    if ratio > Fraction(3, 4):
        return [lead + "a human, or objects with scenery; an area above 1.0 × 512² is recommended."]
    return []


def warnings(size: Size) -> list[str]:
    """Where the size leaves what the research covers (seeds/001, *General result*)."""
    found = []
    if not Fraction(1, 4) <= size.ratio <= 4:
        found.append(f"Aspect ratio {float(size.ratio):.3f} is outside 1:4 … 4:1, the range the research covers.")
    if size.area > 3:
        found.append(f"Area {float(size.area):.2f} × 512² is above 3 × 512², the largest area the research covers.")
    return found
