"""Readers of what holds several values, or a line: maps with known keys, lists, names; each with its bound."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

LONGEST_LINE = 2_000
LONGEST_NAME = 200
MOST_LINES = 100
_UNFIT_IN_FILE_NAMES = re.compile(r'[/\\<>:"|?*]')

Reader = Callable[[Any, str], Any]
"""From a value of any type, and the place it came from, to the typed value; or one sentence about what is wrong."""


def read_each(
    entries: Mapping[str, Any], readers: Mapping[str, Reader], where: str, named: Callable[[str], str] = str
) -> dict[str, Any]:
    """Each entry through the reader of its key; an unknown key is an error that names the nearest right one."""
    found = {}
    for key, value in entries.items():
        check_key(key, readers, where)
        found[key] = readers[key](value, f"{where}: {named(key)}")
    return found


def check_key(key: object, known: Mapping[str, object], where: str) -> None:
    """Refuse a key that is not one of the known ones."""
    if key not in known:
        close = validate.nearest(key, list(known))
        raise PureNegativeError(f"{where}: {validate.shown(key)} is not a key{close}; use one of {', '.join(known)}.")


def read_line(value: object, where: str) -> str:
    """A text on one line."""
    return " ".join(validate.text(value, where, LONGEST_LINE).split())


def read_lines(value: object, where: str) -> tuple[str, ...]:
    """One line or a list of them."""
    return tuple(read_line(item, where) for item in read_list(value, where))


def read_list(value: object, where: str, most: int = MOST_LINES) -> list[Any]:
    """A list, or one value in place of it; the bound holds before any item is looked at."""
    found = value if isinstance(value, list) else [value]
    if len(found) > most:
        raise PureNegativeError(f"{where}: there are {len(found)} entries; at most {most} are allowed.")
    return found


def read_map(value: object, where: str, allowed: str, most: int = MOST_LINES) -> dict[str, Any]:
    """A map of keys and values with a bound on its entries."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise validate.refuse(where, value, allowed)
    if len(value) > most:
        raise PureNegativeError(f"{where}: there are {len(value)} entries; at most {most} are allowed.")
    return value


def read_name(value: object, where: str) -> str:
    """A line that is not empty, of a name's length."""
    name = read_line(value, where)
    if not 0 < len(name) <= LONGEST_NAME:
        raise validate.refuse(where, value, f"a name of 1 to {LONGEST_NAME} characters")
    return name


def read_file_name(value: object, where: str) -> str:
    """A file's name without its folder, as every system allows it."""
    name = read_name(value, where)
    if _UNFIT_IN_FILE_NAMES.search(name) or name.startswith("."):
        raise validate.refuse(where, value, "a file's name without its folder")
    return name
