"""Skips the WebUI's slow prompt-schedule parser for negative prompts without prompt editing.

The WebUI looks for prompt editing (`[a:b:0.5]`) and alternation (`[a|b]`) in every distinct text with a general parser,
which takes 10 to 100 ms for each of a sheet's negative prompts: with small pictures a tenth of the whole sheet. By its
grammar, neither is possible in a text without `|` and without a number between a colon and a closing square bracket;
its answer for such a text is the text itself, from the first step to the last. Everything else goes through the parser.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

GRAMMAR = "c4c7f74260334202dfa693424a2d2fd9c0fe25f7482cd1b7f144c6f38cc6f8d8"
"""SHA-256 of the schedule grammar this holds for: WebUI v1.10.1's (modules/prompt_parser.py:19-28)."""
_CHANGE = re.compile(r"\||:\s*[-+.0-9eE]+\s*\]")

Schedule = list[list[Any]]
"""Pairs of the last step and the text that holds until then."""


def is_plain(text: str) -> bool:
    """Whether the grammar leaves no room for a schedule in the text; brackets and weights are no schedules."""
    return _CHANGE.search(text) is None


def quick(function: Any) -> Any:
    """The WebUI's function from negative prompts to conditionings, its parser passed by where it has nothing to find.

    It is the WebUI's own code, with one of the names that it uses standing for another function. What another extension
    has put in its place, or in its parser's, stays.
    """
    if not isinstance(function, FunctionType):
        return function
    from modules import prompt_parser

    own = vars(prompt_parser)
    parse = prompt_parser.get_learned_conditioning_prompt_schedules
    native = all(getattr(each, "__globals__", None) is own for each in (function, parse))
    if not native or function is not prompt_parser.get_learned_conditioning or not _is_known(prompt_parser):
        return function
    names = {**own, parse.__name__: quick_schedules(parse)}
    return FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)


def _is_known(prompt_parser: Any) -> bool:
    grammar = str(getattr(prompt_parser.schedule_parser, "source_grammar", ""))
    return hashlib.sha256(grammar.encode()).hexdigest() == GRAMMAR


def quick_schedules(parse: Callable[..., list[Schedule]]) -> Callable[..., list[Schedule]]:
    """The WebUI's `get_learned_conditioning_prompt_schedules`, for plain texts without parsing them."""

    def schedules(
        prompts: Sequence[str], base_steps: int, hires_steps: int | None = None, *old_scheduling: bool
    ) -> list[Schedule]:
        """One schedule for each prompt; the second pass counts its own steps, but for the old way of scheduling.

        Some hosts have no old way, and their parser no argument for it: it is handed on as it came.
        """
        last = base_steps if hires_steps is None or any(old_scheduling) else hires_steps
        found: dict[str, Schedule] = {text: [[last, text]] for text in prompts if is_plain(text)}
        others = [text for text in dict.fromkeys(prompts) if text not in found]
        if others:
            found |= dict(zip(others, parse(others, base_steps, hires_steps, *old_scheduling), strict=True))
        return [found[text] for text in prompts]

    return schedules
