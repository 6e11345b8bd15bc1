"""The choices in a run's `script_args`, as the page or the API sends them for our script."""

from __future__ import annotations

from typing import Any

from pure_negative.panel import values
from pure_negative.planning.choices import Choices
from pure_negative.webui import names
from pure_negative.webui.core import settings


def arguments(p: Any) -> tuple[Any, ...]:
    """Our script's among the arguments of all scripts; none where it does not run with `p`."""
    ours = (script for script in p.scripts.alwayson_scripts if script.title() == names.TITLE)
    return next((tuple(p.script_args[script.args_from : script.args_to]) for script in ours), ())


def ticked(args: tuple[Any, ...]) -> Choices:
    """The choices in the arguments whether the tick is on or not: an axis of ours means that it is."""
    return settings.filled(values.read(args, settings.preset(), ticked=True) or Choices())
