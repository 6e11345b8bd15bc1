"""What the WebUI's X/Y/Z plot (v1.10.1) makes of an axis text, told again on csv and numpy: the tests' own oracle.

`tests/standin/test_axis_values.py` holds it against the plot itself where the real WebUI is there.
"""

from __future__ import annotations

import csv
import io
import re

import numpy as np

_ENDS = {int: r"[+-]?\s*\d+", float: r"[+-]?\s*\d+(?:.\d*)?"}
_STEP = {int: r"[+-]\d+", float: r"[+-]\d+(?:.\d*)?"}
_COUNT = {int: r"\d+", float: r"\d+(?:.\d*)?"}


def split(text: str) -> list[str]:
    """The values of an axis of texts."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    return [part.strip() for row in rows for part in row]


def numbers(text: str, kind: type) -> list[int | float]:
    """The values of an axis of whole numbers or decimals.

    Raises:
        ValueError: the plot stops with an error.
    """
    return [value for part in split(text) if part for value in of_part(part, kind)]


def of_part(part: str, kind: type) -> list[int | float]:
    """The values of one part, which may be a range or a count."""
    between = rf"\s*(?P<start>{_ENDS[kind]})\s*-\s*(?P<end>{_ENDS[kind]})"
    if stepped := re.fullmatch(rf"{between}(?:\s*\((?P<step>{_STEP[kind]})\s*\))?\s*", part):
        start, end, step = kind(stepped["start"]), kind(stepped["end"]), kind(stepped["step"] or 1)
        return [*range(start, end + 1, step)] if kind is int else np.arange(start, end + step, step).tolist()
    if counted := re.fullmatch(rf"{between}\s*\[(?P<count>{_COUNT[kind]})\s*\]\s*", part):
        spread = np.linspace(kind(counted["start"]), kind(counted["end"]), int(counted["count"]))
        return [kind(value) for value in spread.tolist()]
    return [kind(part)]


def within_its_ends(part: str, values: list[int | float]) -> list[int | float]:
    """A part's values without those beyond the end that was typed, which the plot makes of decimals."""
    ends = re.match(r"\s*([+-]?[\d.]+)\s*-\s*([+-]?[\d.]+)", part)
    if not ends:
        return values
    low, high = sorted(map(float, ends.groups()))
    return [value for value in values if low - 1e-9 <= value <= high + 1e-9]
