"""The options of the host's X/Y/Z plot, those that extensions add too, as axes: their labels and their values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.rules import seeds
from pure_negative.sheet import axis, definition, notation
from pure_negative.sheet.axis import Axis, Kind, Value
from pure_negative.webui import names
from pure_negative.webui.xyz import register

_NOTHING = "Nothing"
_VARIATION = "Var. seed"
"""The option whose values -1 and nothing the plot replaces by random seeds."""


@dataclass(frozen=True)
class PlotValue(Value):
    """A value of one of the plot's options, as its own functions want it."""

    raw: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class PlotAxis(Axis):
    """An axis of the plot's."""

    option: Any = field(default=None, compare=False)


def listed() -> dict[str, Any]:
    """Label → option, of all that the plot offers for txt2img now and the sheet has no axis of its own for.

    Of several options with one label, all but the first have a number behind it.
    """
    module = register.plot()
    found: dict[str, Any] = {}
    ours: set[str] = set()
    for option in module.axis_options if module else ():
        label = " ".join(str(option.label).split())
        if getattr(option, "is_img2img", False) or label == _NOTHING or label.startswith(names.AXIS_PREFIX):
            continue
        if axis.known(label) and label not in ours and _is_native(option, module):
            ours.add(label)
            continue
        found[_free(label, {*found, *ours})] = option
    return found


def _is_native(option: Any, module: Any) -> bool:
    """Whether the plot itself brings it: its functions are the plot's, or of the package that its options are of."""
    own = getattr(option.apply, "__globals__", {})
    package = type(option).__module__.partition(".")[0]
    return own is vars(module) or (type(option).__module__ != module.__name__ and _package(own) == package)


def _package(own: dict[str, Any]) -> str:
    return str(own.get("__name__", "")).partition(".")[0]


def _free(label: str, taken: set[str]) -> str:
    number = 2
    name = label
    while name in taken or axis.known(name):
        name, number = f"{label} ({number})", number + 1
    return name


def axis_in(text: str, where: str, p: Any) -> PlotAxis | None:
    """The axis in a text like `Sigma Churn: 0, 1`, its values read for the run `p`; None where it is not the plot's.

    Raises:
        PureNegativeError: the option refuses a value; the sentence is its own.
    """
    options, start = listed(), text.lstrip()
    fitting = [each for each in options if start[: len(each)].casefold() == each.casefold()]
    for label in sorted(fitting, key=len, reverse=True):
        rest = start[len(label) :].lstrip()
        if rest[:1] in (":", "："):
            return _read(label, options[label], rest[1:].strip(), f"{where}: {label}", p)
    return None


def _read(label: str, option: Any, typed: str, where: str, p: Any) -> PlotAxis:
    try:
        raw, typed = _fixed(label, _raw(option, typed, where), typed)
        if option.confirm:
            option.confirm(p, raw)
        values = {str(each): _value(label, option, each, p) for each in raw}
    except PureNegativeError:
        raise
    except Exception as error:
        raise PureNegativeError(f"{where}: {told(error)}") from None
    if not 1 <= len(values) <= notation.MOST_VALUES:
        raise PureNegativeError(f"{where} has {len(values)} values; give 1 to {notation.MOST_VALUES}.")
    return PlotAxis(kind(label, float(option.cost or 0)), tuple(values.values()), typed, option)


def told(error: Exception) -> str:
    """What an extension's function raised, as one sentence."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def kind(label: str, cost: float = 0.0) -> Kind:
    """The kind of an axis of the plot's."""
    return Kind(label, definition.HOST, f"{label}:", _unread, beside=True, cost=cost)


def _unread(text: str, where: str) -> Any:
    raise PureNegativeError(f"{where}: {validate.shown(text)} can be read by the X/Y/Z plot alone.")


def _raw(option: Any, typed: str, where: str) -> list[Any]:
    """The values by the option's own functions; ranges and counts are the sheet's (`sheet.notation`)."""
    parts: Sequence[Any] = option.prepare(typed) if option.prepare else notation.split(typed, where, blanks=True)
    if option.type in (int, float):
        whole = option.type is int
        parts = [each for part in parts if str(part).strip() for each in _expanded(part, where, whole)]
    elif getattr(option.type, "__name__", "") == "str_permutations":
        _check_count(len(parts), where)
        return list(permutations(parts))
    _check(parts, where)
    return [option.type(part) for part in parts]


def _expanded(part: Any, where: str, whole: bool) -> Iterable[Any]:
    return notation.expand(part, where, whole) if isinstance(part, str) else (part,)


def _check(parts: Sequence[Any], where: str) -> None:
    if len(parts) > notation.MOST_VALUES:
        raise PureNegativeError(f"{where} has {len(parts)} values; give 1 to {notation.MOST_VALUES}.")


def _check_count(count: int, where: str) -> None:
    if count > 20 or math.factorial(count) > notation.MOST_VALUES:
        raise PureNegativeError(
            f"{where}: {count} parts have more orders than the {notation.MOST_VALUES} values that an axis takes."
        )


def _fixed(label: str, raw: list[Any], typed: str) -> tuple[list[Any], str]:
    """Variation seeds drawn where they are to be random, as the plot does, so that the sheet can be resumed."""
    if label != _VARIATION or seeds.RANDOM not in raw:
        return raw, typed
    fixed = [seeds.fixed(each) for each in raw]
    return fixed, ", ".join(map(str, fixed))


def _value(label: str, option: Any, raw: Any, p: Any) -> PlotValue:
    text = ", ".join(map(str, raw)) if isinstance(raw, (list, tuple)) else str(raw)
    shown = str(option.format_value(p, option, raw))
    short = shown.removeprefix(f"{option.label}: ")
    return PlotValue(text, {label: text}, shown or f"{label}: (empty)", short or "(empty)", raw)


def choices(option: Any) -> str:
    """All the values that an option offers, as they are typed; "" where it offers none."""
    return ", ".join(axis.quoted(str(each)) for each in option.choices()) if option.choices else ""
