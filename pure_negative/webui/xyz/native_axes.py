"""The X/Y/Z plot's own axes (CFG Scale, Steps, …) under the tick: the plot's value is used instead of the plan's."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Sequence
from io import StringIO
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import Choices
from pure_negative.webui import names

SEED = "Seed"
RIVALS = {names.AXIS_PREFIX + "CFG ×": "CFG Scale", names.AXIS_PREFIX + "Size": "Size"}
"""An axis of ours → the plot's own that sets the same."""
_TYPES = ("X type", "Y type", "Z type")
_SEARCHING = {"Prompt S/R": 1, "Prompt order": None}
"""An axis that looks for its values in the prompts → for how many of the first."""


def applied(p: Any, chosen: Choices) -> Choices:
    """The choices of a cell: without what an axis of the plot's own sets there; of any other run, as they are."""
    labels, called = chosen_labels(p), _left()
    left = [called[label.casefold()] for label in labels if label.casefold() in called]
    if left:
        chosen = dataclasses.replace(chosen, leave=tuple(dict.fromkeys([*(chosen.leave or ()), *left])))
    return dataclasses.replace(chosen, seed=None) if SEED in labels else chosen


def _left() -> dict[str, str]:
    """What the plot calls an option, in small letters → what a cell of that axis leaves to the tab."""
    return {each.label.casefold(): each.leave for each in options.table().values() if each.label and each.leave}


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
    return [label for label, _ in _chosen_axes(p)]


def searched(p: Any) -> list[str] | None:
    """The texts that axes of the chosen X/Y/Z plot look for in the prompts; None where no plot is chosen.

    A sheet's cell brings its own.
    """
    if (own := vars(p).get(names.SEARCHED)) is not None:
        return list(own)
    if not _is_plot(chosen_script(p)):
        return None
    found: list[str] = []
    for label, text in _chosen_axes(p):
        parts = [part.strip() for row in csv.reader(StringIO(text), skipinitialspace=True) for part in row]
        found += searched_by(label, parts)
    return found


def searched_by(label: str, parts: Sequence[str]) -> Sequence[str]:
    """Those of an axis's values that it looks for in the prompts."""
    return parts[: _SEARCHING[label]] if label in _SEARCHING else ()


def _is_plot(script: Any) -> bool:
    return type(script).__module__ == names.XYZ_PLOT


def _chosen_axes(p: Any) -> list[tuple[str, str]]:
    """The chosen plot's axes by their labels, each with its values as they were typed."""
    plot = chosen_script(p)
    if not _is_plot(plot) or not hasattr(plot, "controls"):
        return []
    values = p.script_args[plot.args_from : plot.args_to]
    places = [place for place, control in enumerate(plot.controls) if control.label in _TYPES and place < len(values)]
    found = [plot.current_axis_options[values[place] or 0] for place in places]
    texts = [str(next(iter(values[place + 1 : place + 2]), None) or "") for place in places]
    return [(option.label, text) for option, text in zip(found, texts, strict=True)]


def chosen_script(p: Any) -> Any:
    """The script that is chosen in the Script list, which makes the pictures; None where none is."""
    place = p.script_args[0] if p.script_args else 0
    if not place or not isinstance(place, int):  # the API's `infotext` field puts a script's title there, and runs none
        return None
    return p.scripts.selectable_scripts[place - 1]
