"""A preset as one word to paste into a chat, and back.

`pure-negative-1.<packed>.<checksum>`: the preset's file, packed by zlib, in base64's plain alphabet, which no chat's
markup changes; then the beginning of its SHA-256, so that a cut or changed text is known for one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib

from pure_negative.errors import PureNegativeError
from pure_negative.io import png_text
from pure_negative.preset import user_store

MARK = "pure-negative-1."
LONGEST = user_store.LARGEST_FILE
"""Characters of a pasted text."""
_BROKEN = r"\s>\u200b\u00ad\ufeff"
"""What programs put into a long word: line breaks, marks of a quotation, invisible places to break."""
_WORD = re.compile(rf"pure-negative-1\.([A-Za-z0-9+/={_BROKEN}]+)\.[{_BROKEN}]*([0-9a-f]{{8}})(?![0-9a-f])")


def write(text: str) -> str:
    """A preset's file as one word."""
    packed = zlib.compress(text.encode("utf-8"), 9)
    return f"{MARK}{base64.b64encode(packed).decode('ascii').rstrip('=')}.{_checksum(packed)}"


def _checksum(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()[:8]


def read(text: str, where: str) -> list[str]:
    """The files of every preset in a text; none where there is no such word in it.

    Raises:
        PureNegativeError: a word is cut off, changed, or larger than a preset's file can be.
    """
    found = [_file(re.sub(f"[={_BROKEN}]", "", body), checksum, where) for body, checksum in _WORD.findall(text)]
    if len(found) < text.count(MARK):
        raise PureNegativeError(
            f"{where}: the pasted preset is cut off: its end, a dot and eight characters, is missing."
        )
    return found


def _file(body: str, checksum: str, where: str) -> str:
    try:
        packed = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error:
        packed = b""
    if _checksum(packed) != checksum:
        raise PureNegativeError(f"{where}: the pasted preset was changed or damaged; copy it again.")
    return user_store.decode(png_text.unpack(packed, user_store.LARGEST_FILE, where), where)
