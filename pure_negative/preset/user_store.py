"""The folder of the user's own presets: one file each, nothing shared, so that two programs can write to it at once.

A preset's file is named after its id. Beside it lies its last version as `.yaml.bak`; deleted ones lie in `.trash`; a
file that is no YAML text any more is set aside as `.yaml.damaged`. Links are not followed.
"""

from __future__ import annotations

import codecs
import dataclasses
import os
import time
from contextlib import AbstractContextManager
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, paths, validate, yaml_reader
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Preset

LARGEST_FILE = 512 * 1024
"""Bytes."""
_TRASH = ".trash"


def label(path: Path) -> str:
    """A file's name as error messages show it."""
    return validate.one_line(path.name or str(path))


def read_text(path: Path) -> str:
    """A preset file's text, or one sentence about why it can't be had."""
    shown = label(path)
    with os_errors.told(f"{shown}: the file can't be read", ValueError):
        if not path.is_file():
            raise PureNegativeError(f"{shown}: there is no such file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    return decode(data, shown)


def decode(data: bytes, where: str) -> str:
    """A preset's bytes as text."""
    if len(data) > LARGEST_FILE:
        raise PureNegativeError(f"{where}: the file is larger than the {LARGEST_FILE} bytes allowed.")
    if _is_utf_16(data):
        raise PureNegativeError(
            f"{where}: this is UTF-16 text, as '>' writes it in a Windows shell, which may have changed characters; "
            "write it with --out, or save it as UTF-8."
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise PureNegativeError(f"{where}: the file is not UTF-8 text.") from None


def _is_utf_16(data: bytes) -> bool:
    """By the mark at the beginning, or by a zero beside each of the first signs, which are of ASCII."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    zeros = [sign == 0 for sign in data[:4]]
    return zeros in ([True, False, True, False], [False, True, False, True])


def ids(folder: Path) -> list[str]:
    """The ids the folder has files for, sorted; no file is opened."""
    return sorted(path.stem for path in _files(folder) if is_id(path.stem))


def is_id(name: str) -> bool:
    """Whether a text can be a preset's id."""
    try:
        return bool(preset.read_id(name))
    except PureNegativeError:
        return False


def _files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:  # not there yet, or not ours to read
        return []
    return sorted(Path(entry.path) for entry in files if entry.name.endswith(".yaml"))


def unreadable(folder: Path) -> str:
    """Why the folder can't be looked into, '' where it can or is not there."""
    try:
        os.scandir(folder).close()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{validate.one_line(str(folder))} can't be read: {os_errors.reason(error)}"
    return ""


def path_of(folder: Path, name: str) -> Path:
    """The file of a preset's id, which can lie nowhere but in the folder."""
    path = folder / f"{preset.read_id(name)}.yaml"
    if os.path.islink(path):  # noqa: PTH114 - that of Path raises where the folder is not ours to read
        raise PureNegativeError(
            f"{label(path)}: this is a symbolic link, which is not followed; put the file itself here."
        )
    return path


def load(folder: Path, name: str) -> Preset:
    """The preset in the folder's file of that id.

    Raises:
        PureNegativeError: there is none, it is no valid preset, or it is another one than its file's name says.
    """
    path = path_of(folder, name)
    known = preset.read(read_text(path), label(path))
    if known.id != name:
        raise PureNegativeError(f"{label(path)}: the file holds the preset {known.id}; name it {known.id}.yaml.")
    return known


def save(folder: Path, made: Preset, over: Preset | None = None, like: str | None = None) -> Path:
    """Write a preset's file, whole or not at all.

    Args:
        folder: is made if it is not there.
        made: the preset.
        over: the preset it takes the place of, as it was seen; None for one that must be new.
        like: a text of the preset whose comments to keep; by default those of the file that is replaced.

    Raises:
        PureNegativeError: there is one of that id and `over` is None, or it is no longer what was seen; or the file
            can't be written.
    """
    path = path_of(folder, made.id)
    with _writing(path, "saved"), atomic_file.alone(folder):
        if over is None:
            _refuse_taken(path)
            text = preset_writer.write(made) if like is None else preset_writer.rewrite(like, made)
        else:
            text = _instead(path, made, over, like)
        atomic_file.replace(path, text.encode("utf-8"))
    return path


def _writing(path: Path, what: str) -> AbstractContextManager[None]:
    return os_errors.told(f"{label(path)}: the preset can't be {what}", advice=paths.elsewhere)


def _refuse_taken(path: Path) -> None:
    if os.path.lexists(path):
        raise PureNegativeError(
            f"preset: there is a preset {path.stem} already; choose another id, or look at what differs and replace it."
        )


def _instead(path: Path, made: Preset, over: Preset, like: str | None) -> str:
    """The text that takes the place of what was seen, which is kept beside it."""
    text = read_text(path)
    if preset.read(text, label(path)) != over:
        raise PureNegativeError(
            f"preset: {made.id} was changed by another program in the meantime; look at it again first."
        )
    new = preset_writer.rewrite(text if like is None else like, made)
    atomic_file.replace(_bak(path), text.encode("utf-8"))
    return new


def _bak(path: Path) -> Path:
    return path.with_name(f"{path.name}.bak")


def rename(folder: Path, old: str, new: str) -> Preset:
    """Give a preset another id; its comments and its name stay, and the old file is kept as its last version."""
    known = load(folder, old)
    name = new if known.name == old else known.name
    renamed = dataclasses.replace(known, id=preset.read_id(new), name=name)
    path = path_of(folder, old)
    save(folder, renamed, like=read_text(path))
    with _writing(path, "renamed"), atomic_file.alone(folder):
        os.replace(path, _bak(path))
        atomic_file.sync(folder)
    return renamed


def delete(folder: Path, name: str) -> None:
    """Put a preset's file in the trash, from where `undo` brings it back."""
    path = path_of(folder, name)
    if not path.is_file():
        raise PureNegativeError(f"preset: you have no preset {name} to delete.")
    target = folder / _TRASH / f"{time.time_ns():020d}-{path.name}"
    with _writing(path, "deleted"), atomic_file.alone(folder):
        target.parent.mkdir(exist_ok=True)
        os.replace(path, target)
        atomic_file.sync(folder)


def deleted(folder: Path) -> list[str]:
    """The ids in the trash, the last deleted first."""
    return [_id_in_trash(path) for path in _trash(folder)]


def _trash(folder: Path) -> list[Path]:
    files = [path for path in _files(folder / _TRASH) if "-" in path.name and is_id(_id_in_trash(path))]
    return sorted(files, reverse=True)


def _id_in_trash(path: Path) -> str:
    return path.stem.partition("-")[2]


def undo(folder: Path, name: str | None = None) -> str:
    """Bring back the last deleted preset, or the last one of that id; its id.

    Raises:
        PureNegativeError: there is none, or there is a new one of its id.
    """
    found = next((path for path in _trash(folder) if name in (None, _id_in_trash(path))), None)
    if found is None:
        of_id = "" if name is None else f" of the id {validate.shown(name)}"
        why = unreadable(folder)
        raise PureNegativeError(
            f"preset: nothing to undo: no preset{of_id} was deleted{why and f', or it is not found: {why}'}."
        )
    path = path_of(folder, _id_in_trash(found))
    with _writing(path, "restored"), atomic_file.alone(folder):
        if os.path.lexists(path):
            raise PureNegativeError(f"preset: there is another preset {path.stem} now; rename it, then undo again.")
        os.replace(found, path)
        atomic_file.sync(folder)
    return path.stem


def look_through(folder: Path) -> list[str]:
    """Set damaged files aside, and say what is wrong with the folder, a sentence each; never fails.

    Damaged is what is no UTF-8 text or no YAML. A file that can be read but is no valid preset here, maybe of a later
    version, is named and left.
    """
    notes = []
    atomic_file.clear(folder)
    for path in _files(folder):
        if not is_id(path.stem):
            notes.append(f"{label(path)}: this is not a preset file's name (id.yaml), so the file is ignored.")
        elif problem := _problem(folder, path):
            notes.append(problem if _is_readable(path) else _set_aside(path, problem))
    return notes


def _problem(folder: Path, path: Path) -> str | None:
    try:
        load(folder, path.stem)
    except PureNegativeError as error:
        return str(error)
    return None


def _is_readable(path: Path) -> bool:
    try:
        return isinstance(yaml_reader.load(read_text(path), path.name), dict)
    except PureNegativeError:
        return False


def _set_aside(path: Path, problem: str) -> str:
    """Out of the way, the last version back in its place where there is a sound one."""
    aside = path.with_name(f"{path.name}.damaged")
    if aside.exists():
        aside = path.with_name(f"{path.name}.{time.time_ns()}.damaged")
    try:
        with atomic_file.alone(path.parent):
            os.replace(path, aside)
            back = _last_version(path)
            if back is not None:
                atomic_file.replace(path, back)
    except OSError as error:
        return f"{problem} It can't be renamed: {os_errors.reason(error)}."
    also = ", and its previous version was restored" if back else ""
    return f"{problem} It was renamed to {aside.name}{also}."


def _last_version(path: Path) -> bytes | None:
    try:
        text = read_text(_bak(path))
        return text.encode("utf-8") if preset.read(text, label(path)).id == path.stem else None
    except PureNegativeError:
        return None
