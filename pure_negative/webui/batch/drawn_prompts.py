"""Beside the extension Dynamic Prompts, which draws prompts from templates: `{red|blue}`, `__wildcard__`.

It makes all prompts of a run from its first picture's, and counts the seeds up. So a cell of whose prompts it makes
something else is a run of its own, in which it draws as in any single run; it is left out of other batches, whose
prompts it would leave as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.webui.batch import extensions

_TITLE = "Dynamic Prompts"
_TEMPLATES = {"dp_parser_variant_start": "{", "dp_parser_wildcard_wrap": "__"}
"""Its settings that say what a template looks like, and what they are where nobody changed them."""
_OTHERS = ("#", "$", "%", "\t")
"""What its grammar takes for more than text as well: comments, variables and wraps; it writes blanks for a tab."""
_SQUASHING = "dp_ignore_whitespace"
_COMBINATORIAL = "Combinatorial generation"
_REWRITING = frozenset({"Magic prompt", "I'm feeling lucky", "Attention grabber", "Enable Jinja2 templates"})
"""Its ticks with which it makes something else of any prompt."""


def draws(p: Any, *texts: str) -> bool:
    """Whether the extension is on for this run and makes something else of one of the texts."""
    if not _is_on(p):
        return False
    return bool(extensions.ticked(p, _script(p)) & _REWRITING) or any(map(_is_changed, texts))


def check(p: Any) -> None:
    """See that it makes one picture of each run.

    Raises:
        PureNegativeError: it would make all that a template can become.
    """
    if _is_on(p) and _COMBINATORIAL in extensions.ticked(p, _script(p)):
        raise PureNegativeError(
            f"Dynamic Prompts: {_COMBINATORIAL} makes many pictures of one prompt, and a cell has room for one; "
            "turn it off, and add a seed axis to see what a template can become."
        )


def left(p: Any) -> list[str]:
    """The prompts of a run that is over which are still templates, though the extension was on."""
    if not _is_on(p):
        return []
    texts: Iterable[str] = dict.fromkeys([*(p.all_prompts or ()), *(p.all_negative_prompts or ())])
    return [text for text in texts if any(sign in text for sign in _templates())]


def leave_out(p: Any) -> None:
    """Switch the extension off for this run alone."""
    if _is_on(p):
        args = list(p.script_args)
        args[_script(p).args_from] = False
        p.script_args = tuple(args)


def _script(p: Any) -> Any:
    return extensions.find(p, _TITLE)


def _is_on(p: Any) -> bool:
    return extensions.is_on(p, _script(p))


def _is_changed(text: str) -> bool:
    from modules import shared

    squashed = bool(getattr(shared.opts, _SQUASHING, False)) and text != " ".join(text.split())
    return squashed or any(sign in text for sign in (*_templates(), *_OTHERS))


def _templates() -> list[str]:
    from modules import shared

    return [str(getattr(shared.opts, name, usual) or usual) for name, usual in _TEMPLATES.items()]
