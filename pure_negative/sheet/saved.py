"""Grids to keep and share: the axes and choices of a sheet, in the format of `sheet.yaml`, in the user's own folder."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, paths, validate, yaml_reader, yaml_writer
from pure_negative.io.entries import read_each
from pure_negative.planning import choices as choices_room
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.preset import model as preset
from pure_negative.preset import user_store
from pure_negative.sheet import axis, definition, notation, record
from pure_negative.sheet.definition import Host, Sheet

_HEADER = "# A grid to generate: 'sheet --from' with this file, or import it in the WebUI's Pure negative sheet.\n"
_OF_A_RUN = ("made", "model", "cells", "digest")
"""What a sheet's own file says beside, of the pictures that were made."""


@dataclass(frozen=True)
class Grid:
    """What makes a sheet again: its axes as texts like `W: 6[` ("" for none), its choices, and the host's controls."""

    axes: tuple[str, str, str]
    choices: Choices
    tab: Tab | None = None

    def sheet(self, host: Host | None = None, where: str = "sheet") -> Sheet:
        """The sheet; `host` reads the axes that are its own.

        Raises:
            PureNegativeError: there can be none here; an axis may be of another program.
        """
        x, y, z = (axis.read(text, where, host) if text else axis.NONE for text in self.axes)
        return definition.make(self.choices, x, y, z, self.tab, host)


def write(grid: Grid) -> str:
    """The text of a grid's file."""
    entries: dict[str, yaml_writer.Value] = {"sheet": record.VERSION}
    entries |= {name: text for name, text in zip(record.AXES, grid.axes, strict=True) if text}
    if chosen := choices_room.write(grid.choices):
        entries["choices"] = chosen
    return _HEADER + yaml_writer.document(entries)


def read(text: str, where: str = "grid") -> Grid:
    """The grid in a text: of a grid's file, or of a sheet's own `sheet.yaml`.

    Raises:
        PureNegativeError: it is neither, or one of its values is not allowed.
    """
    document = yaml_reader.load(text, where)
    if not isinstance(document, dict) or document.get("sheet") != record.VERSION:
        raise PureNegativeError(f"{where}: this is not a sheet of format {record.VERSION}.")
    entries = {key: value for key, value in document.items() if key not in ("sheet", *_OF_A_RUN)}
    axes = dict.fromkeys(record.AXES, _axis)
    found = read_each(entries, {**axes, "choices": record.read_choices, "tab": record.read_tab}, where)
    texts = [found.get(name, "") for name in record.AXES]
    if not any(texts):
        raise PureNegativeError(f"{where}: there is no axis in it.")
    return Grid((texts[0], texts[1], texts[2]), found.get("choices", Choices()), found.get("tab"))


def _axis(value: object, where: str) -> str:
    text = validate.text(value, where, notation.LONGEST).strip()
    if ":" not in text:
        raise validate.refuse(where, value, "an axis and its values like 'W: 6[, 2[, 0.9'")
    return text


def folder() -> Path:
    """Where the user's own grids are, one file each.

    Raises:
        PureNegativeError: there is no place for the user's data.
    """
    return paths.data_folder() / "grids"


def names() -> list[str]:
    """The names of all grids that are kept, sorted."""
    place = paths.known_data_folder()
    return user_store.ids(place / "grids") if place else []


def load(name: str) -> Grid:
    """The grid of that name.

    Raises:
        PureNegativeError: there is none, or its file is no grid.
    """
    return read(text_of(name), f"{name}.yaml")


def text_of(name: str) -> str:
    """The file's text of the grid of that name.

    Raises:
        PureNegativeError: there is none.
    """
    _refuse_unknown(name)
    return user_store.read_text(user_store.path_of(folder(), name))


def _refuse_unknown(name: str) -> None:
    if name not in names():
        kept = ", ".join(names()) or "none"
        raise PureNegativeError(f"grid: {validate.shown(name)} is not a saved grid; there are: {kept}.")


def from_file(given: str) -> Grid:
    """The grid in a file, in a sheet's folder, or of that name.

    Raises:
        PureNegativeError: there is no such thing.
    """
    path = Path(given)
    if given in names() and not path.exists():
        return load(given)
    if path.is_dir():
        path = path / "sheet.yaml"
    return read(user_store.read_text(path), validate.one_line(path.name))


def save(name: str, text: str, replace: bool = False) -> Path:
    """Keep the text of a grid under a name, as it is.

    Raises:
        PureNegativeError: it is no grid, there is one of that name already, or it can't be written.
    """
    read(text, "grid")
    path = user_store.path_of(folder(), _name(name))
    with _writing(path, "saved"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file.alone(path.parent):
            if os.path.lexists(path) and not replace:
                raise PureNegativeError(f"grid: there is a grid {name} already; choose another name, or overwrite it.")
            atomic_file.replace(path, text.encode("utf-8"))
    return path


def _name(name: str) -> str:
    try:
        return preset.read_id(name)
    except PureNegativeError:
        rule = "lowercase letters, digits, - and _"
        raise PureNegativeError(f"grid: {validate.shown(name)} can't be a grid's name; use {rule}.") from None


def delete(name: str) -> None:
    """Put a grid in the trash, from where `undo` brings it back.

    Raises:
        PureNegativeError: there is none of that name.
    """
    _refuse_unknown(name)
    user_store.delete(folder(), name)


def undo() -> str:
    """Bring back what was deleted last; its name.

    Raises:
        PureNegativeError: nothing was, or there is another of its name now.
    """
    if not user_store.deleted(folder()):
        raise PureNegativeError("grid: nothing to undo: no grid was deleted.")
    return user_store.undo(folder())


def _writing(path: Path, what: str) -> AbstractContextManager[None]:
    return os_errors.told(f"{path.name}: the grid can't be {what}", advice=paths.elsewhere)
