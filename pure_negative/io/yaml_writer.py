"""Writing YAML that strangers will read: one way for every value, quoted wherever a reader could take it otherwise.

The dialect is the part of YAML that `yaml_reader` reads. Texts come back to the letter, backslashes included, here and
in programs that guess types: what looks like a number, a date or a yes is quoted unless it is meant as one. Written by
hand because PyYAML writes no comments and quotes only what it would itself take for something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pure_negative.io import validate

WIDEST = 100
"""Columns after which a list of words goes on in the next line."""
_PLAIN = re.compile(r"[A-Za-z][\w .;!?'\"+/()-]*(?:, [\w.+/()-][\w .;!?'\"+/()-]*)*", re.ASCII)
_SIZE = re.compile(r"[0-9]{2,5}x[0-9]{2,5}")
_GUESSED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))


@dataclass(frozen=True)
class Words:
    """Texts that stand separated by commas, in one line or in several."""

    texts: tuple[str, ...]


Value: TypeAlias = "str | bool | int | float | Words | Sequence[Value] | Mapping[str, Value]"


def document(entries: Mapping[str, Value]) -> str:
    """The whole text of a map, a key after the other."""
    return "".join(block(key, value) for key, value in entries.items())


def block(key: str, value: Value, indent: int = 0) -> str:
    """The lines of one key and its value."""
    lead = " " * indent + scalar(key) + ":"
    if isinstance(value, Words):
        return lead + _words(value, indent + 2)
    if isinstance(value, Mapping):
        return lead + "\n" + "".join(block(name, inner, indent + 2) for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return lead + "\n" + "".join(_item(item, indent + 2) for item in value)
    return f"{lead} {scalar(value)}\n"


def _item(value: Value, indent: int) -> str:
    """One entry of a list; a map in it begins on the dash's line."""
    dash = " " * indent + "- "
    if not isinstance(value, Mapping):
        return f"{dash}{scalar(value)}\n"
    inner = "".join(block(name, part, indent + 2) for name, part in value.items())
    return dash + inner[indent + 2 :]


def _words(value: Words, indent: int) -> str:
    text = ", ".join(value.texts)
    if len(text) <= WIDEST or not text.isprintable() or "  " in text:
        return f" {scalar(text)}\n"
    lines = [""]
    for word in text.split(", "):
        if lines[-1] and len(lines[-1]) + len(word) + 3 > WIDEST:
            lines[-1] += ","
            lines.append(word)
        else:
            lines[-1] += f", {word}" if lines[-1] else word
    return " >-\n" + "".join(f"{' ' * indent}{line}\n" for line in lines)


def scalar(value: Value) -> str:
    """A single value: numbers and flags as they are, a text plain where that is safe, else in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else validate.decimal(value)
    if not isinstance(value, str):
        return str(value)
    if _SIZE.fullmatch(value) or (_PLAIN.fullmatch(value) and value == value.strip() and value.lower() not in _GUESSED):
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign == "\n":
        return "\\n"
    if sign.isprintable():
        return sign
    return f"\\U{ord(sign):08X}" if ord(sign) > 0xFFFF else f"\\u{ord(sign):04X}"
