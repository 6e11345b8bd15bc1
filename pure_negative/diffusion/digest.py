"""Hashes of files of weights, as the WebUI shows them, and as it does kept, since reading gigabytes takes seconds."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from pure_negative.io import atomic_file, paths

KEPT_FROM = 64 << 20
"""Bytes of a file whose hash is kept; a smaller one is read faster than it is looked up."""
FILE = "hashes.json"
_MOST = 1000


def sha256(path: Path, start: int = 0) -> str:
    """The hexadecimal SHA-256 of a file from a byte on; the WebUI shows the first ten digits as the model hash.

    That of a large file is kept in the user's cache folder, and holds as long as the file's size and time do.
    """
    if path.stat().st_size < KEPT_FROM:
        return _read(path, start)
    if digest := known(path, start):
        return digest
    found, kept, key = _read(path, start), _kept(), _key(path, start)
    rest = {name: kept[name] for name in [*kept][1 - _MOST :] if name != key}
    _keep({**rest, key: [*_stamp(path), found]})
    return found


def known(path: Path, start: int = 0) -> str:
    """That SHA-256 where it is kept and the file is as it was then, else nothing."""
    entry = _kept().get(_key(path, start))
    if isinstance(entry, list) and entry[:2] == _stamp(path) and len(entry) == 3 and _is_digest(entry[2]):
        return str(entry[2])
    return ""


def _key(path: Path, start: int) -> str:
    return f"{path.resolve()}#{start}" if start else str(path.resolve())


def _stamp(path: Path) -> list[int]:
    now = path.stat()
    return [now.st_size, now.st_mtime_ns]


def _read(path: Path, start: int) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")


def _kept() -> dict[str, object]:
    try:
        found = json.loads((paths.cache_folder() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(hashes: dict[str, object]) -> None:
    with contextlib.suppress(OSError):  # the next run reads the file again
        paths.cache_folder().mkdir(parents=True, exist_ok=True)
        atomic_file.replace(paths.cache_folder() / FILE, json.dumps(hashes).encode())
