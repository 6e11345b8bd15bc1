"""What stands in a `.safetensors` file before the tensors; needs no torch."""

from __future__ import annotations

import json
import struct
from pathlib import Path

_LARGEST = 100 << 20
_LENGTH = struct.Struct("<Q")


def metadata(path: Path) -> dict[str, str]:
    """What a `.safetensors` file says of itself; nothing for any other, or one that can't be read."""
    if path.suffix.lower() != ".safetensors":
        return {}
    try:
        with path.open("rb") as file:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            header = json.loads(file.read(min(length, _LARGEST)))
        said = header.get("__metadata__", {})
        return {str(key): str(value) for key, value in said.items()}
    except (OSError, ValueError, struct.error, AttributeError, RecursionError):
        return {}


def end(path: Path) -> int:
    """Where the tensors begin, in bytes; 0 for any other file, or one that can't be read."""
    if path.suffix.lower() != ".safetensors":
        return 0
    try:
        with path.open("rb") as file:
            return int(_LENGTH.unpack(file.read(_LENGTH.size))[0]) + _LENGTH.size
    except (OSError, struct.error):
        return 0
