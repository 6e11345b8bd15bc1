"""The panel's and the tab's current values as a run would see them, with the settings page's defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from pure_negative.panel import events
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.webui.core import apply, settings
from pure_negative.webui.hosts import detect


def read(arguments: Sequence[Any]) -> tuple[Choices, Tab]:
    """The choices and the tab in the panel's values, the tab's (`events.TAB`), and the tab's list of settings, last.

    Raises:
        PureNegativeError: a value of the panel can't be read.
    """
    *shown, overrides = arguments
    here = detect.current()
    found = here.overrides(overrides or [])
    tab_values = here.tab_values(dict(zip(events.TAB, shown[-len(events.TAB) :], strict=True)))
    chosen, tab = events.read([*shown[: -len(events.TAB)], *(tab_values[name] for name in events.TAB)])
    return settings.filled(chosen), dataclasses.replace(tab, **apply.settings_in(found))
