"""A folder of pictures as a run to judge: a yield run, a sheet, or any pictures with their parameters."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import os_errors, picture_text, validate
from pure_negative.sheet import store as sheets
from pure_negative.yields.db import picture
from pure_negative.yields.db.picture import Picture
from pure_negative.yields.db.records import Run
from pure_negative.yields.db.store import Judgements

MOST = 100_000
"""Files of one folder."""
LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of a picture that is shown."""


@dataclass(frozen=True)
class Opened:
    """A folder's run, and how many picture files in it are none to judge, with why not for the first of them."""

    run: Run
    passed: int
    reason: str


def open_run(judgements: Judgements, path: Path) -> Opened:
    """Make the folder's pictures known; what was judged of them before still holds, wherever they were then.

    Raises:
        PureNegativeError: there is no such folder, or it has no picture that can be judged.
    """
    return _open(judgements, _listed(path))


def look(judgements: Judgements, out: Path) -> None:
    """Open what is new in a folder for pictures: its own pictures, and the yield runs and sheets in it."""
    for path in (*sorted(out.glob("sheet-*")), out, *sorted(out.glob("yield-*"))):
        with contextlib.suppress(PureNegativeError):
            if path.is_dir() and judgements.held((found := _listed(path)).path) != found.held:
                _open(judgements, found)


@dataclass(frozen=True)
class _Listed:
    """A folder however it was spelt, its files in the order of their names, and a hash of those names, sizes and times.

    They are those of pictures; of a sheet, its cells.
    """

    path: Path
    files: tuple[Path, ...]
    held: str

    @property
    def where(self) -> str:
        return validate.one_line(str(self.path))


def _open(judgements: Judgements, listed: _Listed) -> Opened:
    read = [(_read(file), file) for file in listed.files]
    found = [(known, file) for known, file in read if isinstance(known, Picture)]
    problems = [known for known, _ in read if isinstance(known, str)]
    if not found:
        judgements.looked(listed.path, listed.held)
        why = f": {problems[0]}" if problems else "; give a folder of pictures generated here or in the WebUI."
        raise PureNegativeError(f"{listed.where}: there is no picture to judge{why}")
    run = judgements.register(listed.path, _once(found))
    judgements.looked(listed.path, listed.held)
    return Opened(run, len(problems), problems[0] if problems else "")


def _once(found: list[tuple[Picture, Path]]) -> list[tuple[Picture, Path]]:
    """Each picture with that of its files with the shortest name: copies and what Extras made have longer ones."""
    files: dict[str, tuple[Picture, Path]] = {}
    for known, file in found:
        other = files.get(known.key, (known, file))
        files[known.key] = other if len(other[1].name) <= len(file.name) else (known, file)
    return list(files.values())


def _read(file: Path) -> Picture | str:
    """The picture in a file, or the sentence about why it is none."""
    try:
        _check_name(file, validate.one_line(file.name))
        return picture.of_file(file)
    except PureNegativeError as error:
        return str(error)


def _listed(path: Path) -> _Listed:
    """What a folder holds.

    Raises:
        PureNegativeError: it can't be read, or holds too many pictures.
    """
    where = validate.one_line(str(path))
    with os_errors.told(f"{where}: the folder can't be read", ValueError):
        path = Path(os.path.realpath(path))
        inside = path / sheets.CELLS if (path / sheets.RECORD).is_file() else path
        with os.scandir(inside) as entries:
            stamps = sorted((entry.name, _stamp(entry)) for entry in entries if _is_picture(entry))
    if len(stamps) > MOST:
        raise PureNegativeError(f"{where}: the folder has {len(stamps)} pictures; at most {MOST} are allowed.")
    _check_name(path, where)
    held = hashlib.sha256(b"".join(b"%b/%b/" % (os.fsencode(name), stamp) for name, stamp in stamps))
    return _Listed(path, tuple(inside / name for name, _ in stamps), held.hexdigest())


def _check_name(path: Path, where: str) -> None:
    """A name in another encoding than the system's can't be kept."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise PureNegativeError(f"{where}: the name is not valid Unicode; rename it.") from None


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return entry.name.lower().endswith(picture_text.ENDINGS) and not entry.name.startswith(".") and entry.is_file()


def _stamp(entry: os.DirEntry[str]) -> bytes:
    """Size and time of a file, empty where it is gone already."""
    try:
        found = entry.stat()
    except OSError:
        return b""
    return b"%d %d" % (found.st_size, found.st_mtime_ns)


def content(judgements: Judgements, key: str) -> bytes:
    """A picture's file, if what lies where it was seen last is still that picture.

    Raises:
        PureNegativeError: the picture is not known, or its file is gone, changed or too large.
    """
    path = judgements.file(key)
    where = validate.one_line(path.name)
    if picture.of_file(path).key != key:
        raise PureNegativeError(f"{where}: the file is a different picture now; open the folder this one was moved to.")
    with os_errors.told(f"{where}: the picture can't be read"), path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise PureNegativeError(f"{where}: the file is larger than the {LARGEST_FILE} bytes allowed.")
    return data
