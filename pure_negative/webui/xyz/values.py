"""The values of our axes in the X/Y/Z plot: the same notation as the sheet's, checked before the first cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pure_negative.io import characters
from pure_negative.panel import values
from pure_negative.planning import choices
from pure_negative.preset import library
from pure_negative.sheet import axis, notation
from pure_negative.webui import names
from pure_negative.webui.core import apply, refusal, script_args
from pure_negative.webui.xyz import native_axes

WHERE = "X/Y/Z plot"


def prepare(kind: str, text: str) -> list[axis.Value]:
    """The values behind an axis text; a size may also be given as a ratio."""
    with refusal.in_words():
        if kind != "size":
            found = axis.prepare(kind, text, WHERE)
            for value in found:
                values.check_preset(value.changes.get("preset"), WHERE)
            return found
        parts = notation.split(characters.figure_list(text), WHERE)
        return [value for part in parts for value in axis.prepare(_shape(part), part, WHERE)]


def _shape(part: str) -> str:
    return "ratio" if ":" in part or "/" in part else "size"


def read(kind: str, value: Any) -> axis.Value:
    """What X/Y/Z calls on each value: prepared ones pass, those picked in its dropdown are read here."""
    return value if isinstance(value, axis.Value) else prepare(kind, str(value))[0]


def put(kind: str, p: Any, value: axis.Value, _: Any) -> None:
    """What X/Y/Z calls on a cell's copy of `p`; the run itself starts in `before_process`."""
    setattr(p, names.AXIS_VALUES, {**getattr(p, names.AXIS_VALUES, {}), kind: value})


def presets() -> list[str]:
    """What the axis of presets offers in its dropdown."""
    return library.ids()


def applied(chosen: choices.Choices, cell: Mapping[str, axis.Value]) -> choices.Choices:
    """The choices with a cell's axis values in place of the panel's."""
    for name, value in cell.items():
        kind = axis.kind_named("ratio" if "ratio" in value.changes and name == "size" else name)
        chosen = axis.Axis(kind, (value,)).applied(value, chosen)
    return chosen


def confirm(p: Any, wanted: list[axis.Value]) -> None:
    """Plan every value over the panel's own, so that what can't run is said before the first cell."""
    with refusal.in_words(p):
        native_axes.check(p)
        panel = native_axes.applied(p, script_args.ticked(script_args.arguments(p)))
        for value in wanted:
            apply.plans_of(p, dataclasses.replace(panel, **value.changes))
