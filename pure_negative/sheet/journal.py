"""`.made` in a sheet's folder: a line for each finished cell, with its file as it was written and who made it.

It saves reading every picture when a sheet goes on, and tells who made what even after a kill. A cell that it does not
know, or whose file has changed since, is looked at as a whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pure_negative.io import validate

FILE = ".made"
LARGEST = 16 << 20
"""Bytes that are read of it: 10,000 cells that were each made several times."""
_LINE = re.compile(r"^([^ \n]*) ([0-9]{1,19}) ([0-9]{1,19}) ([^\n]*)\n", re.MULTILINE)
_LAST_CHUNK = b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class Entry:
    """A cell's file as it was written (bytes, and its time in nanoseconds), and who made it; "" is one process."""

    size: int
    time: int
    made_by: str = ""


def add(folder: Path, files: Iterable[Path], made_by: str) -> None:
    """Note cells' files that were just written.

    Raises:
        OSError: it can't be written.
    """
    lines = []
    for path in files:
        found = path.stat()
        lines.append(f"{path.stem} {found.st_size} {found.st_mtime_ns} {validate.one_line(made_by)}\n")
    with (folder / FILE).open("ab") as file:
        file.write("".join(lines).encode())


def read(folder: Path) -> dict[str, Entry]:
    """What is noted, by the cells' names; a line that a kill cut off, or that says nothing, is passed over."""
    try:
        with (folder / FILE).open("rb") as file:
            text = file.read(LARGEST).decode(errors="replace")
    except OSError:
        return {}
    return {name: Entry(int(size), int(time), made_by) for name, size, time, made_by in _LINE.findall(text)}


def is_as_written(path: Path, entry: Entry) -> bool:
    """Whether a cell's file is the one that was noted, to its end."""
    try:
        with path.open("rb", buffering=0) as file:
            found = os.fstat(file.fileno())
            if (found.st_size, found.st_mtime_ns) != (entry.size, entry.time) or entry.size < len(_LAST_CHUNK):
                return False
            file.seek(-len(_LAST_CHUNK), os.SEEK_END)
            return file.read() == _LAST_CHUNK
    except OSError:
        return False


def makers(noted: Mapping[str, Entry], names: Iterable[str]) -> dict[str, str]:
    """Who made which cells: `1-3, 7`, counted from 1 in the order of `names`; those not noted are left out."""
    found: dict[str, list[list[int]]] = {}
    for number, name in enumerate(names, 1):
        if name not in noted:
            continue
        runs = found.setdefault(noted[name].made_by, [])
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return {who: ", ".join(_run(first, last) for first, last in runs) for who, runs in found.items()}


def kinds(noted: Mapping[str, Entry]) -> list[str]:
    """What the workers among those who made the cells draw on, each once: what stands behind a worker's name."""
    return sorted({entry.made_by.partition(": ")[2] for entry in noted.values() if entry.made_by})


def _run(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
