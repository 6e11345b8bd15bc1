"""The parameters text in a PNG, read without decoding the picture: it costs no more than the text itself."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from pure_negative.errors import PureNegativeError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"parameters"
"""Where the WebUI keeps an infotext."""
LARGEST = 1_000_000
"""Bytes of the text, and of one chunk that may hold it."""
MOST_CHUNKS = 10_000


def read(file: BinaryIO, where: str) -> str:
    """The parameters text that stands before the picture's own data.

    Raises:
        PureNegativeError: this is no PNG, it is cut or damaged, or it has no such text.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise PureNegativeError(f"{where}: this is no PNG picture.")
    for _ in range(MOST_CHUNKS):
        kind, size = _head(file, where)
        if kind in (b"IDAT", b"IEND"):
            break
        if kind not in _READERS or size > LARGEST:
            file.seek(size + 4, 1)
            continue
        found = _READERS[kind](_body(file, kind, size, where), where)
        if found is not None:
            return found
    raise PureNegativeError(f"{where}: the picture holds no parameters; editing it or sending it small loses them.")


def _head(file: BinaryIO, where: str) -> tuple[bytes, int]:
    head = file.read(8)
    if len(head) < 8:
        raise PureNegativeError(f"{where}: the picture is cut off.")
    size, kind = struct.unpack(">I4s", head)
    return kind, size


def _body(file: BinaryIO, kind: bytes, size: int, where: str) -> bytes:
    body, checksum = file.read(size), file.read(4)
    if len(body) < size or checksum != struct.pack(">I", zlib.crc32(kind + body)):
        raise PureNegativeError(f"{where}: the picture is cut off or damaged.")
    return body


def _plain(body: bytes, _: str) -> str | None:
    """tEXt: keyword, zero, Latin-1 text."""
    keyword, __, text = body.partition(b"\0")
    return text.decode("latin-1") if keyword == KEYWORD else None


def _packed(body: bytes, where: str) -> str | None:
    """zTXt: keyword, zero, method, packed Latin-1 text."""
    keyword, _, rest = body.partition(b"\0")
    return unpack(rest[1:], LARGEST, where).decode("latin-1") if keyword == KEYWORD else None


def _international(body: bytes, where: str) -> str | None:
    """iTXt: keyword, zero, packed or not, method, language, zero, translated keyword, zero, UTF-8 text."""
    keyword, _, rest = body.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if keyword != KEYWORD or len(parts) < 3:
        return None
    text = unpack(parts[2], LARGEST, where) if rest[:1] == b"\1" else parts[2]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise PureNegativeError(f"{where}: the parameters in the picture are not UTF-8 text.") from None


_READERS = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}


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
