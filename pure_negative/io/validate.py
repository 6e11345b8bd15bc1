"""Readers for single values, shared by the command line, presets, the API, infotexts and axes.

Each takes a value of any type and the place it came from, and returns it typed, or raises `PureNegativeError` with one
sentence that names the place, the value and what is allowed. Written by hand because no library for schemas says that
sentence in a WebUI user's words, and the plan must run with nothing but Python and PyYAML.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Unicode's control characters but for the newline, its other line ends, and half characters."""
_DIGITS = re.compile(r"\s*[+-]?[0-9]{1,30}\s*")
MOST_SHOWN = 1_000
"""Values inside each other that a message takes apart."""
DECIMAL = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?", re.ASCII)


def shown(value: object, limit: int = 60) -> str:
    """The value as an error message shows it: quoted, escaped, and cut to about `limit` characters."""
    too_large = f"a value of type {type(value).__name__} too large to show"
    if _is_large(value):
        return too_large
    try:
        text = repr(value[: limit * 4] if isinstance(value, str) else value)
    except (ValueError, RecursionError):  # Python writes no numbers of over 4,300 digits, and no very deep lists
        return too_large
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_large(value: object) -> bool:
    """Whether more values stand inside it than a message shows; one that stands in many places counts in each."""
    waiting, count = [value], 0
    while waiting and count + len(waiting) <= MOST_SHOWN:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, (list, tuple, set, frozenset)):
            waiting += each
    return bool(waiting)


def one_line(text: str, limit: int = 200) -> str:
    """A file's name or another program's message as part of a sentence: unprintable signs escaped, the end cut."""
    line = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[:limit])
    return line if len(text) <= limit else f"{line}…"


def refuse(where: str, value: object, allowed: str) -> PureNegativeError:
    """The error for a value that is not of the allowed kind."""
    return PureNegativeError(f"{where}: {shown(value)} is not allowed; give {allowed}.")


def number(value: object, where: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from `low` to `high`, from a number or a decimal text with a point (`0.564`, `1e-16`)."""
    allowed = "a number written with a point, like 0.564" + _span(low, high) + _in_digits(value)
    written = characters.figures(value).strip() if isinstance(value, str) else ""
    typed = float(written) if DECIMAL.fullmatch(written) else value
    if isinstance(typed, bool) or not isinstance(typed, (int, float)):
        raise refuse(where, value, allowed)
    try:
        result = float(typed)
    except OverflowError:
        raise refuse(where, "a number too large", allowed) from None
    if not math.isfinite(result) or not low <= result <= high:
        raise refuse(where, value, allowed)
    return result


def _span(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f", at least {low:g}"
    return f", from {low:g} to {high:g}"


def _in_digits(value: object) -> str:
    """Which digits to write, where others were typed."""
    others = isinstance(value, str) and any(sign.isdecimal() and not sign.isascii() for sign in value)
    return ", in the digits 0 to 9" if others else ""


def whole(value: object, where: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`, from an int, a float without a fraction, or a text of digits."""
    allowed = f"a whole number from {low} to {high}{_in_digits(value)}"
    typed = characters.figures(value) if isinstance(value, str) else value
    if (isinstance(typed, str) and _DIGITS.fullmatch(typed)) or (isinstance(typed, float) and typed.is_integer()):
        typed = int(typed)
    if isinstance(typed, bool) or not isinstance(typed, int) or not low <= typed <= high:
        raise refuse(where, value, allowed)
    return typed


def text(value: object, where: str, limit: int) -> str:
    """A text of up to `limit` characters; line ends become a single newline, other control characters are refused."""
    if not isinstance(value, str):
        raise refuse(where, value, "a text")
    if len(value) > limit:
        raise PureNegativeError(f"{where}: the text has {len(value)} characters; at most {limit} are allowed.")
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    control = _CONTROL.search(value)
    if control:
        raise PureNegativeError(f"{where}: U+{ord(control[0]):04X} is a control character; remove it.")
    return value


def choice(value: object, where: str, allowed: Collection[str]) -> str:
    """One of the allowed texts, whatever its upper and lower case; the error names the nearest one."""
    by_fold = {name.casefold(): name for name in allowed}
    if isinstance(value, str) and value.strip().casefold() in by_fold:
        return by_fold[value.strip().casefold()]
    raise refuse(where, value, f"one of {', '.join(allowed)}{nearest(value, allowed)}")


def nearest(value: object, allowed: Collection[str]) -> str:
    """` (did you mean …?)` for a text close to an allowed one, else nothing."""
    import difflib

    close = difflib.get_close_matches(value[:80], list(allowed), 1) if isinstance(value, str) else None
    return f" (did you mean {close[0]}?)" if close else ""


def flag(value: object, where: str) -> bool:
    """A yes or no, from a bool or from a text such as `true`, `off`, `yes`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value.strip().lower() in ("true", "yes", "on", "1"):
            return True
        if value.strip().lower() in ("false", "no", "off", "0"):
            return False
    raise refuse(where, value, "true or false")


def tidy(value: float) -> int | float:
    """A whole value as an int, so that it is shown the way the WebUI's sliders show it: 24, but 10.5."""
    return int(value) if value.is_integer() else value


def decimal(value: float) -> str:
    """A number in plain decimals, never with an exponent, and exact: reading it back gives the same float."""
    from decimal import Decimal

    digits = format(Decimal(repr(value)), "f")
    return digits if "." in digits else digits + ".0"
