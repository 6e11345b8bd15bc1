"""The X/Y/Z plot's own axes (CFG Scale, Steps, …) under the tick: the plot's value is used instead of the plan's."""

from __future__ import annotations

import dataclasses
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import Choices
from pure_negative.webui import names

LEFT = {
    "CFG Scale": "cfg",
    "Steps": "steps",
    "Sampler": "sampler",
    "Schedule type": "scheduler",
    "Clip skip": "clip_skip",
    "Size": "size",
}
"""Label in the X/Y/Z plot → what a cell of that axis leaves to the tab."""
SEED = "Seed"
RIVALS = {names.AXIS_PREFIX + "CFG ×": "CFG Scale", names.AXIS_PREFIX + "Size": "Size"}
"""An axis of ours → the plot's own that sets the same."""
_TYPES = ("X type", "Y type", "Z type")


def applied(p: Any, chosen: Choices) -> Choices:
    """The choices of a cell: without what an axis of the plot's own sets there; of any other run, as they are."""
    labels = chosen_labels(p)
    left = [LEFT[label] for label in labels if label in LEFT]
    if left:
        chosen = dataclasses.replace(chosen, leave=tuple(dict.fromkeys([*(chosen.leave or ()), *left])))
    return dataclasses.replace(chosen, seed=None) if SEED in labels else chosen


def check(p: Any) -> None:
    """See that each cell has one value for everything.

    Raises:
        PureNegativeError: an axis of ours and one of the plot's own set the same.
    """
    labels = chosen_labels(p)
    for ours, rival in RIVALS.items():
        if ours in labels and rival in labels:
            raise PureNegativeError(f"X/Y/Z plot: {ours} and {rival} set the same; choose one of them.")


def chosen_labels(p: Any) -> list[str]:
    """The axes of the X/Y/Z plot that is chosen in the Script list; none where another script or none is."""
    plot = _chosen(p)
    if plot is None:
        return []
    places = zip(plot.controls, p.script_args[plot.args_from : plot.args_to], strict=False)
    indices = [value or 0 for control, value in places if control.label in _TYPES]
    return [plot.current_axis_options[index].label for index in indices]


def _chosen(p: Any) -> Any:
    place = p.script_args[0] if p.script_args else 0
    if not place or not isinstance(place, int):  # the API's `infotext` field puts a script's title there, and runs none
        return None
    script = p.scripts.selectable_scripts[place - 1]
    return script if type(script).__module__ == names.XYZ_PLOT else None
