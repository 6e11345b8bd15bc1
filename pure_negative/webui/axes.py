"""Our axes in the WebUI's X/Y/Z plot: the same notation as the sheet's, checked before the first cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pure_negative import choices, library
from pure_negative.panel import values
from pure_negative.sheet import axis, notation
from pure_negative.webui import apply as run
from pure_negative.webui import refusal

ATTRIBUTE = "_pure_negative_axis"
"""Where a cell's axis values travel on its copy of `p`: axis name → value, in a new dict for each (fact 10)."""
OWN_RUN = "_pure_negative_own"
"""Set on a run whose values are complete already."""
WHERE = "X/Y/Z plot"
PREFIX = "[Pure negative] "
KINDS = {"W": "W", "CFG ×": "CFG ×", "Preset": "preset", "Size": "size", "Words": "words"}
"""Label in the X/Y/Z plot → kind of axis."""


def register(*_: object) -> None:
    """Add the axes to the X/Y/Z plot, once; called at import and again before the page is built."""
    module = _plot()
    if module is None or any(option.label.startswith(PREFIX) for option in module.axis_options):
        return
    module.axis_options.extend(_option(module, label, kind) for label, kind in KINDS.items())


def _plot() -> Any:
    from modules import scripts

    found = (data.module for data in scripts.scripts_data if data.script_class.__module__ == "xyz_grid.py")
    return next(found, None)


def _option(module: Any, label: str, kind: str) -> Any:
    return module.AxisOptionTxt2Img(
        PREFIX + label,
        reader(kind),
        setter(kind),
        format_value=lambda _, __, value: value.label,
        confirm=confirm,
        choices=library.ids if kind == "preset" else None,
        prepare=lambda text: prepare(kind, text),
    )


def prepare(kind: str, text: str) -> list[axis.Value]:
    """The values behind an axis text; a size may also be given as a ratio."""
    with refusal.in_words():
        if kind != "size":
            found = axis.prepare(kind, text, WHERE)
            for value in found:
                values.check_preset(value.changes.get("preset"), WHERE)
            return found
        parts = notation.split(text, WHERE)
        return [value for part in parts for value in axis.prepare(_shape(part), part, WHERE)]


def _shape(part: str) -> str:
    return "ratio" if ":" in part or "/" in part else "size"


def reader(kind: str) -> Callable[[Any], axis.Value]:
    """What X/Y/Z calls on each value: prepared ones pass, those picked in its dropdown are read here."""

    def read(value: Any) -> axis.Value:
        return value if isinstance(value, axis.Value) else prepare(kind, str(value))[0]

    return read


def setter(kind: str) -> Callable[[Any, axis.Value, Any], None]:
    """What X/Y/Z calls on a cell's copy of `p`; the run itself starts in `before_process`."""

    def apply(p: Any, value: axis.Value, _: Any) -> None:
        setattr(p, ATTRIBUTE, {**getattr(p, ATTRIBUTE, {}), kind: value})

    return apply


def applied(chosen: choices.Choices, cell: Mapping[str, axis.Value]) -> choices.Choices:
    """The choices with a cell's axis values in place of the panel's."""
    for name, value in cell.items():
        kind = axis.kind_named("ratio" if "ratio" in value.changes and name == "size" else name)
        chosen = axis.Axis(kind, (value,)).applied(value, chosen)
    return chosen


def confirm(p: Any, wanted: list[axis.Value]) -> None:
    """Plan every value over the panel's own, so that what can't run is said before the first cell."""
    from pure_negative.webui import tick

    args = next((p.script_args[script.args_from : script.args_to] for script in tick.loaded(p)), ())
    with refusal.in_words():
        panel = tick.ticked(args)
        for value in wanted:
            run.plans_of(p, dataclasses.replace(panel, **value.changes))
