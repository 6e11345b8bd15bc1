"""The axes of the host's X/Y/Z plot in a sheet: what they do to a cell's plan, and to the run that makes its batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import axis, definition
from pure_negative.sheet.axis import Axis
from pure_negative.webui import names
from pure_negative.webui.core import apply, checkpoints
from pure_negative.webui.xyz import other_scripts, plot_options, probe

Values = Sequence[tuple[str, str]]
"""An axis by its label, and the text of one of its values; each of a cell's axes of the plot's."""


class PlotAxes(definition.Host):
    """What the run `p` makes of the axes of the plot's, each cell's in the order x, y, z as in the plot."""

    def __init__(self, p: Any) -> None:
        self.p = p
        self._acts: dict[tuple[str, str], probe.Act] = {}
        self._probes: dict[Hashable, probe.Probe] = {}
        self._tab = Tab()

    def axis(self, text: str, where: str) -> Axis | None:
        """As `definition.Host`; the labels of our own axes in the plot are read as ours."""
        if text.lstrip().startswith(names.AXIS_PREFIX):
            return axis.read(text.lstrip().removeprefix(names.AXIS_PREFIX), where)
        if axis.known(text.replace("：", ":").partition(":")[0]):
            return None
        found = plot_options.axis_in(text, where, probe.copied(self.p, None))
        if found is None:
            return None
        acts = [probe.Act(found.option, value, found.values) for value in found.values]  # type: ignore[arg-type]
        self._acts |= {(found.name, act.value.text): act for act in acts}
        return found

    def adapted(self, values: Values, choices: Choices, tab: Tab) -> tuple[Choices, Tab]:
        """As `definition.Host`: what the tick would make of a cell of the plot's.

        A cell whose option raises is planned without it; `applied` will say so.
        """
        if not values:
            return choices, tab
        self._tab = tab
        found = self._probe(values, tab, choices.seed)
        if found.error:
            return choices, tab
        other_scripts.begin(found.p)
        chosen = other_scripts.applied(found.p, choices)
        own = apply.tab_of(found.p, found.p.prompt or "", found.p.negative_prompt or "")
        return chosen, dataclasses.replace(own, seed=int(found.p.seed), hires=tab.hires)

    def fitting(self, checkpoint: str) -> str:
        """As `definition.Host`."""
        model = checkpoints.model(checkpoint)
        return definition.fitting(model.name, *filter(None, [model.hash]))

    def check(self, axes: Sequence[Axis], tab: Tab) -> None:
        """See that each of the plot's axes can act at one of its values at least.

        Raises:
            PureNegativeError: one raises at all of them; the sentence is the first one's.
        """
        for each in axes:
            if isinstance(each, plot_options.PlotAxis):
                errors = [self._probe([(each.name, value.text)], tab, None).error for value in each.values]
                if all(errors):
                    raise PureNegativeError(errors[0])

    def _probe(self, values: Values, tab: Tab, seed: int | None) -> probe.Probe:
        key = (*values, seed, tab)
        if key not in self._probes:
            self._probes[key] = probe.made(self.p, [self._acts[pair] for pair in values], tab, seed)
        return self._probes[key]

    def look_again(self) -> None:
        """Look again: the run has changed since."""
        self._probes.clear()

    def splitting(self, values: Values) -> tuple[tuple[str, str], ...]:
        """Those of a cell's values that its whole batch must share."""
        return tuple(pair for pair in values if not self._probe([pair], self._tab, None).per_picture)

    def applied(self, values: Values) -> Any:
        """A copy of the run on which all that a batch shares has acted; the settings that it changed stay changed.

        Raises:
            PureNegativeError: one of them raised.
        """
        own = probe.copied(self.p, self._tab)
        for pair in values:
            self._acts[pair].on(own)
        return own

    def of_picture(self, values: Values, seed: int) -> Any:
        """The copy of the run that says what one picture has of its own (`probe.PER_PICTURE`).

        Raises:
            PureNegativeError: an option raised.
        """
        found = self._probe(values, self._tab, seed)
        if found.error:
            raise PureNegativeError(found.error)
        return found.p
