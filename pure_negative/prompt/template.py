"""A preset's prompt format: where the style and the typed prompt go, and the way back to what was typed.

A format is one line of comma-separated tags with the places `{prompt}` (once) and `{style}` (at most once), like
`masterpiece, best quality, {prompt}`. Filling is idempotent: a prompt that is in the format already, because it was
pasted back from a picture, comes out as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

STYLE, PROMPT = "{style}", "{prompt}"
PLAIN = PROMPT
"""The format that changes nothing."""
LONGEST = 5_000
LONGEST_STYLE = 1_000
_PLACE = re.compile(r"\{(\w*)\}")
_PAIRS = {")": "(", "]": "["}
_MARK = {STYLE: "\0", PROMPT: "\1"}


def read(value: object, where: str = "prompt_format") -> str:
    """A format, its tags trimmed and joined by `, `.

    Raises:
        PureNegativeError: an unknown place, a place too often or missing, or one that splits a bracket.
    """
    text = validate.text(value, where, LONGEST)
    tags = [tag for tag in (" ".join(part.split()) for part in text.split(",")) if tag]
    places = _PLACE.findall(", ".join(tags))
    for name in places:
        if name not in ("style", "prompt"):
            close = validate.nearest(name, ("style", "prompt"))
            raise PureNegativeError(f"{where}: {{{name}}} is not a placeholder{close}; use {STYLE} or {PROMPT}.")
    if set("{}") & set(_PLACE.sub("", text)):
        raise PureNegativeError(f"{where}: braces are only allowed in {STYLE} and {PROMPT}; remove the others.")
    if places.count("prompt") != 1 or places.count("style") > 1:
        raise validate.refuse(where, value, f"a text with {PROMPT} once and {STYLE} at most once")
    for tag in tags:
        if _PLACE.search(tag) and not _balanced(tag):
            raise PureNegativeError(f"{where}: {validate.shown(tag)} has a placeholder and an unpaired bracket.")
    return ", ".join(tags)


def _balanced(tag: str) -> bool:
    opened: list[str] = []
    for sign in tag:
        if sign in _PAIRS.values():
            opened.append(sign)
        elif sign in _PAIRS and (not opened or opened.pop() != _PAIRS[sign]):
            return False
    return not opened


def read_style(value: object, where: str = "style") -> str:
    """What goes into `{style}`: one trigger or several, separated by commas, as typed; may be empty."""
    text = validate.text(value, where, LONGEST_STYLE)
    if "\n" in text:
        raise validate.refuse(where, value, "one line, like 'by wlop, impasto'")
    return ", ".join(tag for tag in (" ".join(part.split()) for part in text.split(",")) if tag)


def fill(template: str, style: str, typed: str, change: Callable[[str], str] = str) -> str:
    """The whole prompt: the typed one, changed, in its place. Filling the result again gives the same.

    A style that stands in a filled prompt already is kept where no other is chosen.
    """
    there, raw = take_apart(template, style, typed) or ("", typed)
    return apply(template, style or there, change(raw))


def apply(template: str, style: str, prompt: str) -> str:
    """The format with both places filled; a tag whose place stays empty is dropped with its comma."""
    tags = []
    for tag in _with_style_place(template).split(", "):
        if (STYLE in tag and not style) or (PROMPT in tag and not prompt):
            continue
        tags.append(tag.replace(STYLE, style) if STYLE in tag else tag.replace(PROMPT, prompt))
    return ", ".join(tags)


def _with_style_place(template: str) -> str:
    """A format without a place for the style takes it right before the prompt's tag."""
    if STYLE in template:
        return template
    tags = template.split(", ")
    at = next(index for index, tag in enumerate(tags) if PROMPT in tag)
    return ", ".join([*tags[:at], STYLE, *tags[at:]])


def take_apart(template: str, style: str, text: str) -> tuple[str, str] | None:
    """The style and the typed prompt in a text of this format; None for a text that is not of the format.

    The given style is looked for first, then none, then any other between the format's own tags.
    """
    for known in dict.fromkeys((style, "")):
        if text == apply(template, known, ""):
            return known, ""
        prompt = _between(text, *apply(template, known, _MARK[PROMPT]).split(_MARK[PROMPT]))
        if prompt is not None:
            return known, prompt
    return _any_style(template, text)


def _any_style(template: str, text: str) -> tuple[str, str] | None:
    filled = apply(template, _MARK[STYLE], _MARK[PROMPT])
    before, _, after = filled.partition(_MARK[STYLE])
    middle, _, end = after.partition(_MARK[PROMPT])
    rest = _between(text, before, end)
    if not re.search(r"\w", middle) or rest is None or middle not in rest:
        return _style_alone(template, text)
    style, _, prompt = rest.partition(middle)
    return (style, prompt) if style.strip() and prompt.strip() else None


def _style_alone(template: str, text: str) -> tuple[str, str] | None:
    style = _between(text, *apply(template, _MARK[STYLE], "").split(_MARK[STYLE]))
    return None if style is None else (style, "")


def _between(text: str, before: str, after: str) -> str | None:
    if len(text) > len(before) + len(after) and text.startswith(before) and text.endswith(after):
        found = text[len(before) : len(text) - len(after)]
        return found if found.strip() else None
    return None
