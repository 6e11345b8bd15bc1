"""Presets from one user to another: as a file, as a word in a chat, as a picture made with one, as a zip of them.

Nothing here writes: what comes in is read, checked and compared, and `library.Library.save` keeps what the user wants.
The names of files, inside a zip too, are shown and never used as paths.
"""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pure_negative.errors import PureNegativeError
from pure_negative.io import os_errors, picture_text, validate
from pure_negative.planning import infotext
from pure_negative.preset import model as preset
from pure_negative.preset import user_store
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Preset
from pure_negative.prompt import word_list
from pure_negative.sharing import capture, chat_text, pasted_text

LARGEST_ZIP = 16 * 1024 * 1024
"""Bytes of a zip file."""
LARGEST_UNPACKED = 64 * 1024 * 1024
"""Bytes of everything in a zip together."""
LARGEST_PICTURE = 32 * 1024 * 1024
"""Bytes of a picture inside a zip; one of its own can be of any size."""
MOST_FILES = 1_000
_LARGEST_DIRECTORY = 1024 * 1024
_SYSTEM_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
_WITHOUT = "the picture was made without a preset; its parameters name none."
_HEADS = {b"\x1f\x8b": "a gzip", b"BM": "a bitmap", b"II*\0": "a TIFF picture", b"MM\0*": "a TIFF picture"}


@dataclass(frozen=True)
class Offer:
    """A preset that came in: its file's text where it has one, where it came from, and what to know about it."""

    preset: Preset
    text: str | None
    where: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What is in something shared: the presets, and a sentence for each thing that is not one."""

    offers: tuple[Offer, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What one key says in the preset at hand and in the new one, as text; empty where it is not set."""

    key: str
    old: str
    new: str


def to_text(text: str) -> str:
    """A preset's file as one word for a chat."""
    return chat_text.write(text)


def to_zip(files: Iterable[tuple[str, str]]) -> bytes:
    """Presets' ids and files as a zip, always the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            member = zipfile.ZipInfo(f"{preset.read_id(name)}.yaml")
            archive.writestr(member, text.encode("utf-8"), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def from_path(path: Path) -> Found:
    """The presets in a file: a preset, a picture, a zip, or a text that was copied from a chat."""
    where = user_store.label(path)
    try:
        if path.is_dir():
            return Found(problems=(f"{where}: this is a folder; give a file: a preset's, a picture, a zip or a text.",))
        if not path.is_file():
            return Found(problems=(f"{where}: there is no such file.",))
        with path.open("rb") as file:
            return from_file(file, where)
    except (OSError, ValueError) as error:
        return Found(problems=(f"{where}: the file can't be read: {os_errors.reason(error)}.",))


def from_bytes(data: bytes, where: str) -> Found:
    """The presets in a file's bytes."""
    return from_file(io.BytesIO(data), validate.one_line(where))


def from_file(file: BinaryIO, where: str) -> Found:
    """The presets in an open file, told by its first bytes and not by its name."""
    head = file.read(picture_text.HEAD)
    file.seek(0)
    if head.startswith(b"PK"):
        return _guarded(lambda: _from_zip(file, where))
    return _single(file, head, where)


def _single(file: BinaryIO, head: bytes, where: str) -> Found:
    if picture_text.kind_of(head):
        return _guarded(lambda: _one(from_infotext(infotext.trimmed(picture_text.parameters(file, where)), where)))
    for start, name in _HEADS.items():
        if head.startswith(start):
            return Found(problems=(f"{where}: this is {name}; give a preset's file, a picture, a zip or a text.",))
    data = file.read(user_store.LARGEST_FILE + 1)
    return _guarded(lambda: from_text(user_store.decode(data, where), where))


def _guarded(read: Callable[[], Found]) -> Found:
    """What a reader found, its refusal among the problems."""
    try:
        return read()
    except PureNegativeError as error:
        return Found(problems=(str(error),))


def _one(offer: Offer) -> Found:
    return Found((offer,))


def from_text(text: str, where: str = "the pasted text") -> Found:
    """The presets in a text: words from a chat, a file's own text, also between fences, or a picture's parameters."""
    if len(text) > chat_text.LONGEST:
        return Found(
            problems=(f"{where}: {len(text)} characters are too many; at most {chat_text.LONGEST} are allowed.",)
        )
    alone = _file(text, where)
    inside = alone if alone.offers else _guarded(lambda: _in_text(text, where))
    return inside if inside.offers or inside.problems else alone


def _in_text(text: str, where: str) -> Found:
    """What stands in a text that is no preset's file as a whole."""
    files = chat_text.read(text, where)
    if files:
        return _together(_file(each, where) for each in files)
    if pasted_text.holds(text):
        return _together(_pasted(each, where) for each in pasted_text.read(text, where))
    if pasted_text.is_of_a_picture(text):
        raise PureNegativeError(f"{where}: {_WITHOUT}")
    return _together(_file(each, where) for each in pasted_text.fenced(text))


def _pasted(found: pasted_text.Pasted, where: str) -> Found:
    def offer() -> Found:
        made = from_infotext(found.text, where)
        return _one(dataclasses.replace(made, notes=(*made.notes, *found.notes)))

    return _guarded(offer)


def _file(text: str, where: str) -> Found:
    return _guarded(lambda: _one(_as_written(preset.read(text, where), text, where)))


def _as_written(made: Preset, text: str, where: str) -> Offer:
    return Offer(made, text, where, word_list.notes(made.words))


def from_infotext(text: str, where: str) -> Offer:
    """The preset behind a picture's parameters: the one it names, changed to what the picture was made with.

    Raises:
        PureNegativeError: the picture was not made with a preset, or its parameters can't be read.
    """
    found = capture.from_infotext(text)
    if found is None:
        raise PureNegativeError(f"{where}: {_WITHOUT}")
    try:
        preset_writer.write(found.preset)
    except PureNegativeError as error:
        raise PureNegativeError(f"{where}: no preset can be made from the picture's parameters: {error}") from None
    return Offer(found.preset, None, where, found.notes)


def _from_zip(file: BinaryIO, where: str) -> Found:
    _check_directory(file, where)
    try:
        with zipfile.ZipFile(file) as archive:
            found = _together(_members(archive, where))
    except PureNegativeError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError):
        raise PureNegativeError(f"{where}: the zip is damaged or of an unsupported kind.") from None
    return found if found.offers or found.problems else Found(problems=(f"{where}: there is no preset in the zip.",))


def _check_directory(file: BinaryIO, where: str) -> None:
    """Refuse what would be long to list, before anything lists it: the sizes at the end of every zip."""
    size = file.seek(0, io.SEEK_END)
    if size > LARGEST_ZIP:
        raise PureNegativeError(f"{where}: the zip has {size} bytes; at most {LARGEST_ZIP} are allowed.")
    file.seek(max(0, size - 66_000))
    tail = file.read()
    file.seek(0)
    ends = [match.start() for match in re.finditer(rb"PK\x05\x06", tail) if len(tail) - match.start() >= 22]
    for end in ends:
        count, length = struct.unpack_from("<HI", tail, end + 10)
        if count > MOST_FILES or length > _LARGEST_DIRECTORY:
            raise PureNegativeError(f"{where}: the zip lists too many files; at most {MOST_FILES} are allowed.")


def _members(archive: zipfile.ZipFile, where: str) -> Iterator[Found]:
    left = LARGEST_UNPACKED
    members = [member for member in archive.infolist() if not member.is_dir() and not _is_system_s(member.filename)]
    if len(members) > MOST_FILES:
        raise PureNegativeError(f"{where}: the zip holds {len(members)} files; at most {MOST_FILES} are allowed.")
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise PureNegativeError(f"{where}: the zip's compression is not supported; use deflate.")
        with archive.open(member) as packed:
            data = packed.read(min(left, LARGEST_PICTURE) + 1)
        left -= len(data)
        if left < 0 or len(data) > LARGEST_PICTURE:
            raise PureNegativeError(f"{where}: unpacked, the zip is larger than the {LARGEST_UNPACKED} bytes allowed.")
        yield _member(data, f"{where}: {validate.one_line(member.filename, 100)}")


def _is_system_s(name: str) -> bool:
    """Whether an operating system put the file beside the user's own, as macOS and Windows do."""
    *folders, file = name.replace("\\", "/").split("/")
    return "__MACOSX" in folders or file.startswith("._") or file in _SYSTEM_FILES


def _member(data: bytes, where: str) -> Found:
    if data.startswith(b"PK"):
        return Found(problems=(f"{where}: a zip inside a zip is not supported.",))
    return _single(io.BytesIO(data), data[: picture_text.HEAD], where)


def _together(founds: Iterable[Found]) -> Found:
    every = list(founds)
    offers = tuple(offer for found in every for offer in found.offers)
    problems = [problem for found in every for problem in found.problems]
    seen: set[str] = set()
    for offer in offers:
        if offer.preset.id in seen:
            problems.append(f"{offer.where}: the preset {offer.preset.id} appears twice.")
        seen.add(offer.preset.id)
    return Found(offers, tuple(problems))


def differences(old: Preset | None, new: Preset) -> tuple[Difference, ...]:
    """What the new preset says otherwise than the old one, key by key; all it says where there is no old one."""
    before = preset_writer.entries(old) if old else {}
    after = preset_writer.entries(new)
    keys = [*after, *(key for key in before if key not in after)]
    texts = ((key, preset_writer.shown(before.get(key)), preset_writer.shown(after.get(key))) for key in keys)
    return tuple(Difference(key, one, other) for key, one, other in texts if one != other)
