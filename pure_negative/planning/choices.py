"""What a user chose: one closed set of keys, for the command line, the API's dict, the panel and infotexts alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.io.entries import read_each
from pure_negative.prompt import emphasis


@dataclass(frozen=True)
class Choices(options.Options):
    """Every option None means: as the preset has it, else as the host's own controls have it."""


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
    found = read_each(given, options.readers_by_key(), where, named)
    fields = {spelling.key: option.name for option, spelling in options.spelled()}
    return Choices(**{fields[key]: value for key, value in found.items()})


def write(choices: Choices) -> dict[str, str]:
    """The choices as texts under their keys, so that `read` gives the same choices back."""
    texts: dict[str, str] = {}
    for name, option in options.table().items():
        value = getattr(choices, name)
        if value is not None and not option.spellings:
            texts[name] = options.written(value)
    return texts if choices.strength is None else texts | _strength_texts(choices.strength)


def _strength_texts(strength: emphasis.Strength) -> dict[str, str]:
    if strength.brackets is not None:
        return {"brackets": str(strength.brackets)}
    return {"w": validate.decimal(strength.w)}
