"""The panel's and the tab's current values as a run would see them, with the settings page's defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from pure_negative.panel import events
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.webui.core import apply, settings


def read(arguments: Sequence[Any]) -> tuple[Choices, Tab]:
    """The choices and the tab in the panel's values, the tab's (`events.TAB`), and the tab's list of settings, last.

    Raises:
        PureNegativeError: a value of the panel can't be read.
    """
    from modules import infotext_utils

    *shown, overrides = arguments
    found = infotext_utils.create_override_settings_dict(overrides or [])
    chosen, tab = events.read(shown)
    return settings.filled(chosen), dataclasses.replace(tab, **apply.settings_in(found))
