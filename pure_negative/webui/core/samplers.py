"""Checks names of samplers and schedule types, because the WebUI silently replaces an unknown one by another."""

from __future__ import annotations

from pure_negative.io import validate
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Request
from pure_negative.webui.hosts import detect


def check(made: Plan | Request) -> None:
    """Refuse a name that the WebUI would replace; what a plan leaves to the tab is the tab's.

    Raises:
        PureNegativeError: this WebUI has no such sampler or schedule type.
    """
    here = detect.current()
    schedules = here.schedules()
    decided = made.sets if isinstance(made, Plan) else {"sampler", "scheduler"}
    names = [each.name for each in here.samplers()]
    endings = [end for each in schedules for end in (each.label, each.name, *(each.aliases or []))]
    if "sampler" in decided and made.sampler not in {*names, *(f"{name} {end}" for name in names for end in endings)}:
        raise _unknown("sampler", made.sampler, names)
    if "scheduler" in decided and made.scheduler not in {key for each in schedules for key in (each.name, each.label)}:
        raise _unknown("scheduler", made.scheduler, [each.label for each in schedules])


def _unknown(what: str, name: str, known: list[str]) -> Exception:
    return validate.refuse(f"Pure negative: {what}", name, f"one of {', '.join(known)}{validate.nearest(name, known)}")
