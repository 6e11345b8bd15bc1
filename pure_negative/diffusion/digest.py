"""Hashes of files of weights, as the WebUI shows them."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file; the WebUI shows the first ten digits as the model hash."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
