"""What a user chose: one closed set of keys, for the command line, the API's dict, the panel and infotexts alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis, template
from pure_negative.rules import size

JOINS = preset.JOINS
LEAVABLE = ("negative", "size", "cfg", "steps", "sampler", "scheduler", "clip_skip")
"""What can be left to the host's own controls."""
EMPHASES = preset.EMPHASES
HIGHEST_SEED = 2**53 - 1


@dataclass(frozen=True)
class Choices:
    """Every field None means: as the preset has it, else as the host's own controls have it."""

    preset: str | None = None
    strength: emphasis.Strength | None = None
    words: tuple[str, ...] | None = None
    scope: str | None = None
    notation: str | None = None
    spaces: bool | None = None
    join: str | None = None
    embeddings: tuple[str, ...] | None = None
    prompt: str | None = None
    prompt_format: str | None = None
    style: str | None = None
    ladder: bool | None = None
    ratio: Fraction | None = None
    size_rule: str | None = None
    size: size.Size | None = None
    cfg: float | None = None
    cfg_factor: float | None = None
    steps: int | None = None
    sampler: str | None = None
    scheduler: str | None = None
    clip_skip: int | None = None
    emphasis: str | None = None
    seed: int | None = None
    leave: tuple[str, ...] | None = None


def read(entries: Mapping[str, Any], where: str = "choices", named: Callable[[str], str] = str) -> Choices:
    """The choices in a map from keys to values of any type; None and missing mean the default.

    `named` is how the user knows a key, for the sentence about what is wrong with it.

    Raises:
        PureNegativeError: an unknown key, a value that is not allowed, or two keys that contradict each other.
    """
    given = {key: value for key, value in entries.items() if value is not None}
    for keys in (("w", "brackets", "step"), ("ratio", "size"), ("cfg", "cfg_factor")):
        both = [key for key in keys if key in given]
        if len(both) > 1:
            raise PureNegativeError(f"{where}: give only one of {' and '.join(map(named, both))}.")
    found = preset.read_entries(given, READERS, where, named)
    for key in ("w", "brackets", "step"):
        if key in found:
            found["strength"] = found.pop(key)
    return Choices(**found)


def _preset_name(value: object, where: str) -> str:
    name = validate.text(value, where, 1_000).strip()
    if not name or "\n" in name:
        raise validate.refuse(where, value, "a preset's id, or a path to its .yaml file")
    return name


def _leave(value: object, where: str) -> tuple[str, ...]:
    parts = value if isinstance(value, (list, tuple)) else [*filter(None, validate.text(value, where, 200).split(","))]
    return tuple(dict.fromkeys(validate.choice(part, where, LEAVABLE) for part in parts))


READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "preset": _preset_name,
    "w": emphasis.read_w,
    "brackets": emphasis.read_brackets,
    "step": emphasis.read_step,
    "words": emphasis.read_words,
    "scope": preset.read_scope,
    "notation": preset.read_notation,
    "spaces": validate.flag,
    "join": preset.read_join,
    "embeddings": preset.read_embedding_names,
    "prompt": preset.read_prompt,
    "prompt_format": template.read,
    "style": template.read_style,
    "ladder": validate.flag,
    "ratio": size.read_ratio,
    "size_rule": preset.read_size_rule,
    "size": size.read_size,
    "cfg": preset.read_cfg,
    "cfg_factor": preset.read_factor,
    "steps": preset.read_steps,
    "sampler": preset.read_sampler,
    "scheduler": preset.read_sampler,
    "clip_skip": preset.read_clip_skip,
    "emphasis": preset.read_emphasis,
    "seed": lambda value, where: validate.whole(value, where, -1, HIGHEST_SEED),
    "leave": _leave,
}
"""Key → reader; the one list from which options, API keys and infotext fields come."""


def write(choices: Choices) -> dict[str, str]:
    """The choices as texts under their keys, so that `read` gives the same choices back."""
    texts: dict[str, str] = {}
    for key in READERS:
        value = getattr(choices, key, None)
        if value is not None:
            texts[key] = _text(value)
    if choices.strength is not None:
        texts |= _strength_texts(choices.strength)
    return texts


def _strength_texts(strength: emphasis.Strength) -> dict[str, str]:
    if strength.brackets is not None:
        return {"brackets": str(strength.brackets)}
    return {"w": validate.decimal(strength.w)}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(emphasis.escape(item) for item in value)
    if isinstance(value, Fraction):
        return f"{value.numerator}:{value.denominator}"
    if isinstance(value, float):
        return validate.decimal(value)
    return str(value)
