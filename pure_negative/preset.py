"""A preset: one model's words, weight, size, CFG scale, steps and sampler, as a closed, checked YAML file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pure_negative import emphasis, fields, guidance, size, yaml_text
from pure_negative.errors import PureNegativeError

SCHEMA = 1
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
LONGEST_PROMPT = 20_000
MOST_STEPS = 10_000
HIGHEST_CLIP_SKIP = 12
SAMPLER_NAME = re.compile(r"[\w+ .()/-]{1,60}")


@dataclass(frozen=True)
class Preset:
    """What one YAML file says. None means: left to the other controls (in the WebUI, its own)."""

    id: str
    name: str
    words: tuple[str, ...]
    strength: emphasis.Strength
    description: str = ""
    source: tuple[str, ...] = ()
    scope: str = "each"
    notation: str = "weight"
    spaces: bool = False
    prompt: str | None = None
    size: size.Size | None = None
    cfg: guidance.CfgRule = field(default_factory=guidance.CfgRule)
    steps: int | None = None
    sampler: str | None = None
    scheduler: str | None = None
    clip_skip: int | None = None
    hints: tuple[str, ...] = ()


def read(text: str, where: str) -> Preset:
    """The preset in a YAML text; `where` names the text in errors.

    Raises:
        PureNegativeError: with the key at fault, and what is allowed there.
    """
    document = yaml_text.load(text, where)
    if not isinstance(document, dict):
        raise PureNegativeError(f"{where}: a preset is a map of keys and values, like 'w: 0.564'.")
    entries = dict(document)
    _check_schema(entries.pop("schema", None), f"{where}: schema")
    return _assemble(read_entries(entries, _READERS, where), where)


def _check_schema(value: object, where: str) -> None:
    if fields.whole("0" if value is None else value, where, 0, 1_000_000) != SCHEMA:
        raise PureNegativeError(f"{where}: {fields.shown(value)} is not known; this version reads 'schema: {SCHEMA}'.")


def read_entries(
    entries: Mapping[str, Any], readers: Mapping[str, Callable[[Any, str], Any]], where: str
) -> dict[str, Any]:
    """Each entry through the reader of its key; an unknown key is an error that names the nearest right one."""
    found = {}
    for key, value in entries.items():
        if key not in readers:
            close = fields.nearest(key, list(readers))
            known = ", ".join(readers)
            raise PureNegativeError(f"{where}: {fields.shown(key)} is not a key{close}; known are {known}.")
        found[key] = readers[key](value, f"{where}: {key}")
    return found


def _assemble(found: dict[str, Any], where: str) -> Preset:
    if "w" in found and "brackets" in found:
        raise PureNegativeError(f"{where}: give w or brackets, not both.")
    strength = found.pop("w", None) or found.pop("brackets", None)
    for key, value in (("id", found.get("id")), ("words", found.get("words")), ("w", strength)):
        if value is None:
            raise PureNegativeError(f"{where}: the key {key} is missing.")
    found.setdefault("name", found["id"])
    return Preset(strength=strength, **found)


def _read_id(value: object, where: str) -> str:
    if isinstance(value, str) and ID.fullmatch(value):
        return value
    raise fields.refuse(where, value, "a short name of small letters, digits, '-', '_' and '.', like my-model")


def _line(value: object, where: str) -> str:
    return fields.text(value, where, 2_000).strip()


def _lines(value: object, where: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_line(item, where) for item in items)


def read_prompt(value: object, where: str) -> str:
    """A positive prompt, each line trimmed the way the WebUI reads infotexts back."""
    lines = [line.strip() for line in fields.text(value, where, LONGEST_PROMPT).split("\n")]
    if any(line.startswith("Negative prompt:") for line in lines):
        raise PureNegativeError(f"{where}: a line starts with 'Negative prompt:', which infotexts reserve; reword it.")
    return "\n".join(lines).strip()


def read_cfg(value: object, where: str) -> float:
    """A CFG scale, 0 to 1000."""
    return fields.number(value, where, 0, guidance.HIGHEST)


def read_steps(value: object, where: str) -> int:
    """Sampling steps; far above the 150 of the WebUI's slider on purpose (seeds/001, *Endless sampling step*)."""
    return fields.whole(value, where, 1, MOST_STEPS)


def read_sampler(value: object, where: str) -> str:
    """A sampler's or schedule type's name; whether it exists is for the renderer to say."""
    if isinstance(value, str) and SAMPLER_NAME.fullmatch(value.strip()):
        return value.strip()
    raise fields.refuse(where, value, "a name such as Euler, Euler a or DPM++ 2M")


def read_clip_skip(value: object, where: str) -> int:
    """Clip skip as the WebUI counts it: 1 skips nothing."""
    return fields.whole(value, where, 1, HIGHEST_CLIP_SKIP)


def read_scope(value: object, where: str) -> str:
    """`each` or `whole`."""
    return fields.choice(value, where, emphasis.SCOPES)


def read_notation(value: object, where: str) -> str:
    """`weight`, `bracket` or `novelai`."""
    return fields.choice(value, where, emphasis.NOTATIONS)


def _read_cfg_rule(value: object, where: str) -> guidance.CfgRule:
    if not isinstance(value, dict):
        raise fields.refuse(where, value, "a map with base, rule and rows")
    return guidance.CfgRule(**read_entries(value, _CFG_READERS, where))


def _read_rows(value: object, where: str) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, dict):
        raise fields.refuse(where, value, "a map from sizes to CFG scales, like 768x768: 18")
    return tuple((str(_grid_size(key, where)), read_cfg(cfg, f"{where}: {key}")) for key, cfg in value.items())


def _grid_size(value: object, where: str) -> size.Size:
    found = size.read_size(value, where)
    if found.wish:
        raise PureNegativeError(f"{where}: {found.wish} is no multiple of 64 px; the nearest is {found}.")
    return found


_CFG_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "base": read_cfg,
    "rule": lambda value, where: fields.choice(value, where, guidance.RULES),
    "rows": _read_rows,
}

_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "id": _read_id,
    "name": _line,
    "description": _line,
    "source": _lines,
    "words": emphasis.read_words,
    "w": emphasis.read_w,
    "brackets": emphasis.read_brackets,
    "scope": read_scope,
    "notation": read_notation,
    "spaces": fields.flag,
    "prompt": read_prompt,
    "size": _grid_size,
    "cfg": _read_cfg_rule,
    "steps": read_steps,
    "sampler": read_sampler,
    "scheduler": read_sampler,
    "clip_skip": read_clip_skip,
    "hints": _lines,
}
