"""The user comment in EXIF data, where the WebUI keeps the parameters of a JPEG, WebP or AVIF picture.

TIFF 6.0 lays the data out; CIPA DC-008 (Exif 2.3), section 4.6.5, says how UserComment names its encoding.
"""

from __future__ import annotations

import struct

_MARK = b"Exif\0\0"
_EXIF_POINTER, _USER_COMMENT = 0x8769, 0x9286
_BYTES = (1, 2, 7)
"""The types whose values are single bytes: BYTE, ASCII, UNDEFINED."""
_LONG = 4
_UNICODE, _ASCII, _JIS, _UNDEFINED = b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", bytes(8)


def user_comment(data: bytes) -> str:
    """The comment in EXIF data of either byte order; empty where there is none, or the data is none."""
    tiff = data.removeprefix(_MARK)
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        pointer = _value(tiff, order, first, _EXIF_POINTER, (_LONG,))
        if len(pointer) != 4:
            return ""
        return decode(_value(tiff, order, struct.unpack(f"{order}I", pointer)[0], _USER_COMMENT, _BYTES))
    except struct.error:  # cut off, or no EXIF data at all
        return ""


def _value(tiff: bytes, order: str, directory: int, wanted: int, kinds: tuple[int, ...]) -> bytes:
    """The bytes of a directory's last entry of that tag, empty where there is none of one of these types."""
    found = b""
    (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
    for number in range(entries):
        tag, kind, count = struct.unpack_from(f"{order}HHI", tiff, directory + 2 + 12 * number)
        if tag == wanted and kind in kinds:
            size, place = count * (4 if kind == _LONG else 1), directory + 10 + 12 * number
            if size > 4:
                (place,) = struct.unpack_from(f"{order}I", tiff, place)
            found = tiff[place : place + size]
    return found


def decode(comment: bytes) -> str:
    """The text of a user comment; without a known name of its encoding it is UTF-8, its other bytes dropped."""
    name, body = comment[:8], comment[8:]
    if name == _UNICODE:
        text = _utf_16(body)
    elif name == _ASCII:
        text = _ascii(body)
    elif name == _JIS:
        text = body.decode("iso2022_jp" if b"\x1b" in body else "shift_jis", "replace")
    else:
        text = comment.removeprefix(_UNDEFINED).decode("utf-8", "ignore")
    return text.removeprefix("\ufeff").rstrip("\0")


def _ascii(body: bytes) -> str:
    """ASCII; what some programs write under that name is UTF-8 or Latin-1."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _utf_16(body: bytes) -> str:
    """UTF-16: by its mark, else in the order that most of its plain letters have; the WebUI writes big-endian.

    The WebUI takes big-endian for granted, and shows the other as Chinese signs.
    """
    little = body[1::2].count(0) > body[0::2].count(0)
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        little = body[:1] == b"\xff"
    return body.decode("utf-16-le" if little else "utf-16-be", "replace")
