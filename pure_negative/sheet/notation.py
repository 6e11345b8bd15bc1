"""The text notation of axis values, as the WebUI's X/Y/Z plot takes it: a list with quotes, ranges, counts.

`0.5, 0.6` · `"a, b", c` · `1-5` · `1-5 (+2)` · `10-5 (-3)` · `0.1-1.0 [10]`, and for W bracket counts `6[`, `3(` and
ranges of them, `2[-24[ (+2)`. Every part comes out as a text for the reader of its axis.

The values are those of the plot (v1.10.1, `process_axis`: csv with `skipinitialspace`, its ranges and counts), but
where a range's ends are concerned: sums are exact, so that 0.1-1.0 (+0.1) is ten values that end at 1.0, none lies
beyond the end (the plot makes 1, 3, 5, 7 of a decimal `1-6 (+2)`), and a range that falls holds its end too (the plot
leaves out the end and the number before it where numbers are whole, and makes nothing of `5-1`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

MOST_VALUES = 1_000
LONGEST = 200_000
"""Characters of one axis."""

_NUMBER = r"(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})"
_RANGE = re.compile(
    rf"\s*([+-]?{_NUMBER})\s*-\s*([+-]?{_NUMBER})\s*"
    rf"(?:\(\s*([+-]?)\s*({_NUMBER})\s*\)|\[\s*([0-9]{{1,9}})\s*\])?\s*"
)
_BRACKETS = re.compile(r"\s*([0-9]{1,4})\s*([\[(])\s*")
_BRACKET_RANGE = re.compile(rf"{_BRACKETS.pattern}-{_BRACKETS.pattern}(?:\(\s*\+?\s*([0-9]{{1,4}})\s*\)\s*)?")


def split(text: str, where: str, blanks: bool = False) -> list[str]:
    """The parts of a comma-separated list, trimmed; a part that begins with a double quote may hold commas and lines.

    As in the plot, `""` inside quotes is a quote, what follows a closing one belongs to the part too, and a quote left
    open reaches to the end. Blank parts are dropped unless `blanks`.

    Raises:
        PureNegativeError: one part is longer than Python's csv takes.
    """
    validate.text(text, where, LONGEST)
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        rows = list(csv.reader(lines, skipinitialspace=True))
    except csv.Error:
        raise PureNegativeError(
            f"{where}: one value has more than {csv.field_size_limit()} characters; is a double quote left open?"
        ) from None
    parts = [part.strip() for row in rows for part in row]
    return parts if blanks else [part for part in parts if part]


def expand(part: str, where: str, whole: bool) -> Iterator[str]:
    """The values of one part that may be a range: each as a plain decimal text.

    Args:
        part: `1-5`, `1-5 (+2)`, `0.1-1.0 [10]`, or anything else, which comes out as it is.
        whole: whether only whole numbers make sense; counts are then rounded to them.

    Raises:
        PureNegativeError: a step of 0 or in the wrong direction, a range of one value, or too many values.
    """
    match = _RANGE.fullmatch(part)
    if not match or validate.DECIMAL.fullmatch(part.strip()):
        yield part
        return
    start, end = Decimal(match[1]), Decimal(match[2])
    if match[5]:
        numbers = _spread(start, end, int(match[5]), whole, part, where)
    else:
        numbers = _steps(start, end, _step(match, start, end), part, where)
    for number in numbers:
        yield _plain(number)


def _step(match: re.Match[str], start: Decimal, end: Decimal) -> Decimal:
    if match[4] is None:
        return Decimal(1) if end >= start else Decimal(-1)
    return Decimal(f"{match[3]}{match[4]}")


def _steps(start: Decimal, end: Decimal, step: Decimal, part: str, where: str) -> list[Decimal]:
    if not step or (end - start) * step < 0:
        raise PureNegativeError(
            f"{where}: {validate.shown(part)} never reaches its end; give a step like (+2) or (-2)."
        )
    count = int((end - start) / step) + 1
    if count == 1 and start != end:
        raise PureNegativeError(
            f"{where}: {validate.shown(part)} is shorter than one step of {_plain(abs(step))}; "
            "give a step like (+0.1), or a count like [10]."
        )
    _check_count(count, part, where)
    return [start + step * index for index in range(count)]


def _spread(start: Decimal, end: Decimal, count: int, whole: bool, part: str, where: str) -> list[Decimal]:
    """So many values from end to end; whole numbers are cut off towards 0, as the plot cuts them: 1-10 [5] holds 3."""
    if count < 1:
        raise PureNegativeError(f"{where}: {validate.shown(part)} asks for {count} values; the least is [1].")
    _check_count(count, part, where)
    if whole and start % 1 == 0 == end % 1:
        return [Decimal(number) for number in _whole_spread(int(start), int(end), count)]
    if whole or count == 1:
        return [start]
    exact = [start + (end - start) * index / (count - 1) for index in range(count)]
    return [start, *(Decimal(f"{number:.15g}") for number in exact[1:-1]), end]


def _whole_spread(start: int, end: int, count: int) -> list[int]:
    """By the plot's own sums in floats, whose rounding decides what is cut off; exact where floats hold no units."""
    if count == 1:
        return [start]
    if max(abs(start), abs(end)) > 2**52:
        return [int(start + Fraction((end - start) * index, count - 1)) for index in range(count)]
    step = (end - start) / (count - 1)
    return [*(int(index * step + start) for index in range(count - 1)), end]


def _check_count(count: int, part: str, where: str) -> None:
    if count > MOST_VALUES:
        raise PureNegativeError(
            f"{where}: {validate.shown(part)} makes {count} values; an axis takes at most {MOST_VALUES}."
        )


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def expand_brackets(part: str, where: str) -> Iterator[str]:
    """The values of a range of bracket counts, `2[-24[ (+2)`, as `2[`, `4[`, …; anything else as it is."""
    match = _BRACKET_RANGE.fullmatch(part)
    if not match:
        yield part
        return
    start, end = _signed(match[1], match[2]), _signed(match[3], match[4])
    step = int(match[5] or 1) * (1 if end >= start else -1)
    for count in _steps(Decimal(start), Decimal(end), Decimal(step), part, where):
        yield f"{abs(int(count))}{'[' if count <= 0 else '('}"


def brackets(part: str) -> int | None:
    """The bracket count in `6[` (-6) or `3(` (3); None where the text is something else."""
    match = _BRACKETS.fullmatch(part)
    return _signed(match[1], match[2]) if match else None


def _signed(count: str, bracket: str) -> int:
    return int(count) if bracket == "(" else -int(count)
