"""The comments shown under the gallery after a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pure_negative.planning.plan import Plan
from pure_negative.prompt import syntax
from pure_negative.webui import names
from pure_negative.webui.core import refusal
from pure_negative.webui.core.host import WebuiHost


def warn(p: Any, plans: list[Plan]) -> None:
    """Add the first plan's warnings, those of the host, and those about the hires texts, each once."""
    for text in dict.fromkeys([*plans[0].warnings, *WebuiHost().disabling(plans[0]), *_hires(p)]):
        refusal.tell(p, names.TITLE, text)


def _hires(p: Any) -> Iterator[str]:
    """What the texts for the hires pass hold that does not do what it looks like; without one there are none."""
    for name, where in (("hr_prompt", "hires prompt"), ("hr_negative_prompt", "hires negative prompt")):
        typed = getattr(p, name, None) if getattr(p, "enable_hr", False) else None
        for text in typed if isinstance(typed, list) else [typed]:
            yield from syntax.unseen(text or "", where)
