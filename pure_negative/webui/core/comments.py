"""What is said of a run under its gallery."""

from __future__ import annotations

from typing import Any

from pure_negative.planning.plan import Plan
from pure_negative.webui import names
from pure_negative.webui.core.host import WebuiHost


def warn(p: Any, plans: list[Plan]) -> None:
    """Add the first plan's warnings and those of the host, each once."""
    for text in [*plans[0].warnings, *WebuiHost().disabling(plans[0])]:
        p.comment(f"{names.TITLE}: {text}")
