"""A folder of pictures as a run to judge: a yield run, a sheet, or any PNGs with their parameters."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pure_negative import fields
from pure_negative.errors import PureNegativeError
from pure_negative.sheet import store as sheets
from pure_negative.yields import picture
from pure_negative.yields.picture import Picture
from pure_negative.yields.said import Run
from pure_negative.yields.store import Judgements

MOST = 100_000
"""Files of one folder."""
LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of a picture that is shown."""


@dataclass(frozen=True)
class Opened:
    """A folder's run, and how many PNGs in it are none to judge, with why not for the first of them."""

    run: Run
    passed: int
    reason: str


def open_run(judgements: Judgements, path: Path) -> Opened:
    """Make the folder's pictures known; what was judged of them before still holds, wherever they were then.

    Raises:
        PureNegativeError: there is no such folder, or it has no picture that can be judged.
    """
    where = fields.one_line(str(path))
    found: list[tuple[Picture, Path]] = []
    problems = []
    for file in _files(path, where):
        known = _read(file)
        if isinstance(known, Picture):
            found.append((known, file))
        else:
            problems.append(known)
    if not found:
        why = f": {problems[0]}" if problems else "; give one with PNGs made here or in the WebUI."
        raise PureNegativeError(f"{where}: there is no picture to judge{why}")
    run = judgements.register(path, found)
    return Opened(run, len(problems), problems[0] if problems else "")


def look(judgements: Judgements, out: Path) -> None:
    """Open what is new in a folder for pictures: its own PNGs, and the yield runs and sheets in it."""
    known = {run.path: run.pictures for run in judgements.runs()}
    for path in (*sorted(out.glob("sheet-*")), out, *sorted(out.glob("yield-*"))):
        with contextlib.suppress(PureNegativeError):
            if path.is_dir() and known.get(path.absolute()) != len([*_files(path, path.name)]):
                open_run(judgements, path)


def _read(file: Path) -> Picture | str:
    """The picture in a file, or the sentence about why it is none."""
    try:
        return picture.of_file(file)
    except PureNegativeError as error:
        return str(error)


def _files(path: Path, where: str) -> Iterator[Path]:
    """The PNGs of a folder in the order of their names; of a sheet, its cells."""
    inside = path / sheets.CELLS if (path / sheets.RECORD).is_file() else path
    try:
        with os.scandir(inside) as entries:
            names = sorted(entry.name for entry in entries if _is_picture(entry))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PureNegativeError(f"{where}: the folder can't be read: {reason}.") from None
    if len(names) > MOST:
        raise PureNegativeError(f"{where}: the folder has {len(names)} pictures; {MOST} are allowed.")
    return (inside / name for name in names)


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(".png") and not entry.name.startswith(".") and entry.is_file()


def content(judgements: Judgements, key: str) -> bytes:
    """A picture's file, if what lies where it was seen last is still that picture.

    Raises:
        PureNegativeError: the picture is not known, or its file is gone, changed or too large.
    """
    path = judgements.file(key)
    where = fields.one_line(path.name)
    if picture.of_file(path).key != key:
        raise PureNegativeError(f"{where}: another picture lies there now; open the folder this one was moved to.")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PureNegativeError(f"{where}: the picture can't be read: {error.strerror}.") from None
    if len(data) > LARGEST_FILE:
        raise PureNegativeError(f"{where}: the file is larger than the {LARGEST_FILE} bytes allowed.")
    return data
