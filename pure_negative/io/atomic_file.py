"""Writing files whole or not at all: beside their place first, on the disk before they are named.

A process killed at any moment leaves the old file or the new one, and at most a `.part` file, which `clear` takes away.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

ABANDONED = 3600
"""Seconds after which a part file belongs to no write that is still going on."""
PATIENCE = 10
"""Seconds to wait for another program's write, which takes milliseconds."""
_LOCK = ".lock"
_NO_LINKS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EINVAL, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What a file system answers that knows no second name for a file."""


def replace(path: Path, data: bytes) -> None:
    """A new file, or one in the place of what is there; its folder must be there.

    Raises:
        OSError: it can't be written; what was there stays.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with _part(path) as beside:
        with os.fdopen(os.open(beside, flags, 0o644), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    sync(path.parent)


def write(path: Path, put: Callable[[BinaryIO], object]) -> Path:
    """Write bit by bit what can be made again: whole or not there, but nobody waits until it is on the disk.

    Raises:
        OSError: it can't be written; what was there stays.
    """
    with _part(path) as beside:
        with beside.open("xb") as file:
            put(file)
        os.replace(beside, path)
    return path


def write_new(path: Path, put: Callable[[BinaryIO], object]) -> Path:
    """As `write`, but a file that is there already stays, even one that another program has just put there.

    Raises:
        FileExistsError: the name is taken.
        OSError: it can't be written.
    """
    with _part(path) as beside:
        with beside.open("xb") as file:
            put(file)
        _name(beside, path)
    return path


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A name beside the file's that no other write has; nothing is left of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(6)}.part")
    try:
        yield beside
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _name(beside: Path, path: Path) -> None:
    """Give a whole file its name, unless something has it."""
    if os.name == "nt":  # where renaming never replaces
        beside.rename(path)
        return
    try:
        os.link(beside, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with alone(path.parent):
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
            os.replace(beside, path)


def sync(folder: Path) -> None:
    """Have the folder's new names on the disk; Windows has no way to ask for it."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear(folder: Path, names: str = "*") -> None:
    """Remove what killed writes of files with such names left behind."""
    for part in folder.glob(f".{names}.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.lstat().st_mtime > ABANDONED:
                part.unlink()


@contextlib.contextmanager
def alone(folder: Path, patience: float | None = None) -> Iterator[None]:
    """Look and write with no other program between: one at a time for a folder, which is made if it is not there.

    The system itself lets go of the lock when a program ends, however it ends, so none is ever left over.

    Args:
        folder: what is worked on.
        patience: seconds to wait for another program; None is long enough for a write.

    Raises:
        TimeoutError: another program holds the lock for too long.
        OSError: the folder can't be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    with _held(handle, PATIENCE if patience is None else patience):
        yield


@contextlib.contextmanager
def counting(folder: Path) -> Iterator[None]:
    """As `alone`, for files that are numbered in a folder of the user's, which is to hold nothing else.

    It is the folder itself that is locked; Windows has no way to do that.
    """
    if os.name == "nt":
        with alone(folder):
            yield
        return
    with _held(os.open(folder, os.O_RDONLY), PATIENCE):
        yield


@contextlib.contextmanager
def _held(handle: int, patience: float) -> Iterator[None]:
    try:
        _wait(handle, patience)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _locked(handle):
        if time.monotonic() > deadline:
            raise TimeoutError("another program keeps the folder locked")
        time.sleep(0.005)


def _locked(handle: int) -> bool:
    """Whether the lock is ours now; also true where the file system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
