"""The texts in a PNG, read without decoding the picture: it costs no more than the texts themselves.

They may stand before the picture's own data or behind it; of two with one keyword the last holds, as in Pillow, by
which the WebUI reads them.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from pure_negative.errors import PureNegativeError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = "parameters"
"""Where the WebUI keeps an infotext."""
LARGEST = 1_000_000
"""Bytes of one chunk that may hold a text, and of the text."""
LARGEST_TOGETHER = 8_000_000
"""Bytes of all the texts."""
MOST_CHUNKS = 10_000
"""Chunks beside the picture's own data."""
_DATA = (b"IDAT", b"fdAT")


@dataclass
class Chunks:
    """What a PNG holds beside its pixels: its texts by their keywords, its EXIF data, width and height in pixels.

    `damaged` is the sentence about a text that can't be read, empty where every one can.
    """

    texts: dict[str, str] = field(default_factory=dict)
    exif: bytes = b""
    width: int = 0
    height: int = 0
    damaged: str = ""


def read(file: BinaryIO, where: str) -> Chunks:
    """What the chunks of a PNG say, up to its end or to where it is cut off.

    Raises:
        PureNegativeError: this is no PNG, it is cut off before any text, or a text chunk is damaged.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise PureNegativeError(f"{where}: this is not a PNG picture.")
    found, left, room = Chunks(), MOST_CHUNKS, LARGEST_TOGETHER
    while left:
        head = file.read(8)
        if len(head) < 8 and not found.texts:
            raise PureNegativeError(found.damaged or f"{where}: the picture is cut off.")
        if len(head) < 8 or head[4:] == b"IEND":
            break
        size, kind = struct.unpack(">I4s", head)
        left -= kind not in _DATA
        if kind not in _READERS or size > min(LARGEST, room):
            file.seek(size + 4, 1)
            continue
        room -= size
        _READERS[kind](found, _body(file, kind, size, where), where)
    return found


def _body(file: BinaryIO, kind: bytes, size: int, where: str) -> bytes:
    body, checksum = file.read(size), file.read(4)
    if len(body) < size or checksum != struct.pack(">I", zlib.crc32(kind + body)):
        raise PureNegativeError(f"{where}: the picture is cut off or damaged.")
    return body


def _head(found: Chunks, body: bytes, _: str) -> None:
    if len(body) >= 8:
        found.width, found.height = struct.unpack(">II", body[:8])


def _exif(found: Chunks, body: bytes, _: str) -> None:
    found.exif = body


def _plain(found: Chunks, body: bytes, _: str) -> None:
    """tEXt: keyword, zero, text."""
    keyword, __, text = body.partition(b"\0")
    found.texts[keyword.decode("latin-1")] = plain(text)


def plain(text: bytes) -> str:
    """Latin-1, as PNG has it; but UTF-8 where the bytes are that, since many programs write it all the same."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _packed(found: Chunks, body: bytes, where: str) -> None:
    """zTXt: keyword, zero, method, packed text."""
    keyword, _, rest = body.partition(b"\0")
    text = _unpacked(found, keyword, rest[1:], where)
    if text is not None:
        found.texts[keyword.decode("latin-1")] = plain(text)


def _international(found: Chunks, body: bytes, where: str) -> None:
    """iTXt: keyword, zero, packed or not, method, language, zero, translated keyword, zero, UTF-8 text."""
    keyword, _, rest = body.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return
    text = _unpacked(found, keyword, parts[2], where) if rest[:1] != b"\0" else parts[2]
    if text is None:
        return
    try:
        found.texts[keyword.decode("latin-1")] = text.decode("utf-8")
    except UnicodeDecodeError:
        if keyword == KEYWORD.encode():
            found.damaged = f"{where}: the parameters in the picture are not UTF-8 text."


def _unpacked(found: Chunks, keyword: bytes, packed: bytes, where: str) -> bytes | None:
    """The text, None where it can't be read; that of another keyword than ours is nobody's loss."""
    try:
        return unpack(packed, LARGEST, where)
    except PureNegativeError as error:
        if keyword == KEYWORD.encode():
            found.damaged = str(error)
        return None


_READERS = {
    b"IHDR": _head,
    b"eXIf": _exif,
    b"tEXt": _plain,
    b"zTXt": _packed,
    b"iTXt": _international,
}


def unpack(packed: bytes, largest: int, where: str) -> bytes:
    """What zlib packed, unpacked no further than the cap.

    Raises:
        PureNegativeError: it is damaged, cut, or larger than the cap.
    """
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(packed, largest + 1)
    except zlib.error:
        raise PureNegativeError(f"{where}: the packed text is damaged.") from None
    if len(found) > largest:
        raise PureNegativeError(f"{where}: the packed text is larger than the {largest} bytes allowed.")
    if not unpacker.eof:
        raise PureNegativeError(f"{where}: the packed text is cut off.")
    return found
