"""Other extensions' scripts beside a run, found by their titles, and what their controls are set to."""

from __future__ import annotations

from typing import Any


def find(p: Any, title: str) -> Any:
    """The always-on script whose title begins so (some end in a version); None where there is none."""
    scripts = getattr(getattr(p, "scripts", None), "alwayson_scripts", ())
    return next((each for each in scripts if each.title().startswith(title)), None)


def values(p: Any, script: Any) -> tuple[Any, ...]:
    """What the run has for the script's controls, in their order."""
    return tuple(p.script_args[script.args_from : script.args_to])


def is_on(p: Any, script: Any) -> bool:
    """Whether its first control, which switches it on, is ticked."""
    found = () if script is None else values(p, script)
    return bool(found) and bool(found[0])


def ticked(p: Any, script: Any) -> frozenset[str]:
    """The labels of its controls that are ticked."""
    labels = [control.label for control in getattr(script, "controls", None) or ()]
    return frozenset(label for label, value in zip(labels, values(p, script), strict=False) if value is True)
