"""A sheet's folder: `sheet.yaml`, `cells/…png`, and what is drawn from them when they are all there."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative import output
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, validate
from pure_negative.planning.request import Model
from pure_negative.preset import library
from pure_negative.sheet import journal, record
from pure_negative.sheet.definition import Cell, Host, Sheet
from pure_negative.sheet.record import Record

if TYPE_CHECKING:
    from PIL.Image import Image

RECORD = "sheet.yaml"
CELLS = "cells"
ONE_PROCESS = "one process, without workers"
"""Who made the cells of which nothing else is known, in a sheet's record."""


@dataclass(frozen=True)
class Folder:
    """One sheet on disk. A cell's file is there whole or not at all."""

    path: Path
    record: Record
    mine: bool = field(default=False, kw_only=True, compare=False)
    """Whether the folder is held (`held`) by whoever works with this."""

    @property
    def sheet(self) -> Sheet:
        return self.record.sheet

    @property
    def model(self) -> Model:
        return self.record.model

    def cell_path(self, cell: Cell) -> Path:
        return self.path / CELLS / f"{cell.name}.png"

    def missing(self) -> list[Cell]:
        """The cells that are not made yet; files that a crash of the machine damaged count as not made."""
        noted, files = journal.read(self.path), _names(self.path / CELLS)
        return [
            cell
            for cell in self.sheet.cells
            if f"{cell.name}.png" not in files or not _is_there(self.cell_path(cell), noted.get(cell.name))
        ]

    @property
    def lasting(self) -> bool:
        """Whether it is to be kept; one that is not may stand in memory, in part or whole."""
        return True

    def save(self, cell: Cell, image: Image, text: str) -> None:
        """Keep a finished cell with its infotext, whole.

        Raises:
            PureNegativeError: it can't be written.
        """
        output.save(image, self.cell_path(cell), text)

    def put(self, cell: Cell, png: bytes) -> None:
        """Keep a finished cell, whole, by the bytes of its PNG file, which hold its infotext.

        Raises:
            PureNegativeError: it can't be written.
        """
        path = self.cell_path(cell)
        with os_errors.told(f"{validate.one_line(str(path))}: the picture can't be written"):
            atomic_file.write(path, lambda file: file.write(png))

    def note(self, cells: Iterable[Cell], made_by: str) -> None:
        """Note who made cells that are kept; "" is this process, of which the record says nothing.

        Raises:
            PureNegativeError: it can't be written.
        """
        with told(self.path):
            journal.add(self.path, map(self.cell_path, cells), made_by)

    def picture(self, cell: Cell) -> Image | None:
        """A cell's picture to look at, its infotext under `info["parameters"]`; None where it is not made."""
        import PIL.Image

        try:
            image: Image = PIL.Image.open(self.cell_path(cell))
            image.load()
        except _unreadable():
            return None
        return image

    @contextlib.contextmanager
    def held(self) -> Iterator[Folder]:
        """Nobody else works on this folder meanwhile; what a killed run left half-written is swept away first.

        What it gives is the same sheet, with which whoever holds it may hold it again: to make it, then to draw it.

        Raises:
            PureNegativeError: somebody else does, or the folder can't be written to.
        """
        if self.mine:
            yield self
            return
        place = validate.one_line(str(self.path))
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(atomic_file.alone(self.path, patience=0))
            except TimeoutError:
                raise PureNegativeError(
                    f"{place}: another process is generating this sheet; wait for it or stop it."
                ) from None
            except OSError as error:
                raise PureNegativeError(f"{place} can't be written: {os_errors.reason(error)}.") from None
            self._sweep()
            yield dataclasses.replace(self, mine=True)

    def _sweep(self) -> None:
        for part in [*self.path.glob(".*.part"), *self.path.glob(f"{CELLS}/.*.part")]:
            with contextlib.suppress(OSError):  # on Windows, a file that a virus scanner looks at
                part.unlink()


def _names(place: Path) -> set[str]:
    """What is in a folder; most cells of a large sheet that has just begun need not be looked for one by one."""
    with contextlib.suppress(OSError), os.scandir(place) as found:
        return {entry.name for entry in found}
    return set()


def _is_there(path: Path, noted: journal.Entry | None) -> bool:
    return (noted is not None and journal.is_as_written(path, noted)) or _is_whole(path)


def _is_whole(path: Path) -> bool:
    """Whether the PNG is there, every chunk of it as it was written, and holds its parameters."""
    import PIL.Image

    try:
        with PIL.Image.open(path) as image:
            described = bool(image.info.get("parameters"))
            image.verify()
            return described
    except _unreadable():
        return False


def _unreadable() -> tuple[type[Exception], ...]:
    """What Pillow raises for a file that is not there, cut off or damaged."""
    import PIL.Image

    return OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError


def create(out: Path, sheet: Sheet, model: Model, kind: str = "sheet") -> Folder:
    """A new folder `sheet-0000`, `sheet-0001`, … in `out`, with its `sheet.yaml`; `kind` is the name's first half.

    Raises:
        PureNegativeError: the folder cannot be made, or the sheet's values are too long to be kept.
    """
    known = record.of(sheet, model, today())
    text = record.write(known)
    with told(out):
        out.mkdir(parents=True, exist_ok=True)
        path = _new_folder(out, kind)
        (path / CELLS).mkdir()
        atomic_file.replace(path / RECORD, text.encode())
    return Folder(path, known)


def write_makers(folder: Folder) -> None:
    """Say in a sheet's record who made its cells, once more than one process did; without it the sheet is whole too."""
    made = journal.makers(journal.read(folder.path), [cell.name for cell in folder.sheet.cells])
    if not folder.lasting or set(made) <= {""}:
        return
    known = dataclasses.replace(folder.record, makers={who or ONE_PROCESS: cells for who, cells in made.items()})
    with contextlib.suppress(OSError, PureNegativeError):
        atomic_file.replace(folder.path / RECORD, record.write(known).encode())


def today() -> str:
    """The day that is written on sheets."""
    return date.today().isoformat()


def _new_folder(out: Path, kind: str) -> Path:
    """The first free number; making the folder is what takes it, so that two runs never share one."""
    numbers = (path.name.removeprefix(f"{kind}-") for path in out.glob(f"{kind}-*"))
    taken = [int(number) for number in numbers if number.isdecimal()]
    for number in count(max(taken, default=-1) + 1):
        path = out / f"{kind}-{number:04}"
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError


def find(path: Path, host: Host | None = None) -> Record:
    """The record in a sheet's folder; `host` is the program that is to go on with it.

    Raises:
        PureNegativeError: there is no such folder, or it holds no sheet.
    """
    if not path.is_dir():
        raise PureNegativeError(f"{validate.one_line(path.name)}: there is no such folder to resume.")
    if os.access(path, os.X_OK) and not (path / RECORD).exists():
        where = validate.one_line(str(path))
        raise PureNegativeError(f"{where}: there is no {RECORD} in it; give the folder of a sheet or of a yield run.")
    return record.read(library.read_text(path / RECORD), f"{validate.one_line(path.name)}/{RECORD}", host)


def reopen(path: Path, model: Model, sheet: Sheet | None = None, known: Record | None = None) -> Folder:
    """A sheet that was begun, to go on with.

    Args:
        path: its folder.
        model: the checkpoint that is loaded now.
        sheet: what the user asks for now, if it was asked for again; it must be the same sheet.
        known: the record there, where `find` has given it already: reading it plans every cell.

    Raises:
        PureNegativeError: the folder holds no sheet, or another one; the sentence names what differs.
    """
    known = known or find(path)
    now = record.of(sheet or known.sheet, model, known.made)
    found = record.differences(known, now)
    if found:
        raise PureNegativeError(
            f"{validate.one_line(str(path))}: this folder holds a sheet with other settings: {'; '.join(found)}. "
            "Resume it with its own settings, or start a new one."
        )
    with told(path):
        (path / CELLS).mkdir(exist_ok=True)
    return Folder(path, known)


def told(path: Path) -> AbstractContextManager[None]:
    """What the system refuses to write there, as one sentence."""
    return os_errors.told(f"{validate.one_line(str(path))} can't be written")
