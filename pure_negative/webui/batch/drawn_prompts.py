"""Beside the extension Dynamic Prompts, which draws prompts from templates: `{red|blue}`, `__wildcard__`.

It makes all prompts of a run from its first picture's, and counts the seeds up. So a cell with a template is a run of
its own, in which it draws as in any single run; it is left out of other batches, where there is nothing to draw.
"""

from __future__ import annotations

from typing import Any

_TITLE = "Dynamic Prompts"
_SIGNS = {"dp_parser_variant_start": "{", "dp_parser_wildcard_wrap": "__"}
"""Its settings that say what a template looks like, and what they are where nobody changed them."""


def draws(p: Any, *texts: str) -> bool:
    """Whether the extension is on for this run and one of the texts is a template."""
    return _enabled(p) is not None and any(sign in text for sign in _signs() for text in texts)


def _signs() -> list[str]:
    from modules import shared

    found = (str(getattr(shared.opts, name, usual) or usual) for name, usual in _SIGNS.items())
    return [*found, "{%", "{{"]


def leave_out(p: Any) -> None:
    """Switch the extension off for this run alone."""
    place = _enabled(p)
    if place is not None:
        args = list(p.script_args)
        args[place] = False
        p.script_args = tuple(args)


def _enabled(p: Any) -> int | None:
    """The place of its tick among the run's arguments; None where it is off or not there."""
    for script in getattr(getattr(p, "scripts", None), "alwayson_scripts", ()):
        if script.title().startswith(_TITLE) and script.args_from < len(p.script_args):
            return int(script.args_from) if p.script_args[script.args_from] else None
    return None
