"""The file that keeps judgements: SQLite, in the user's data folder, on the disk at every commit.

Several programs may read and write it at once. A file that is damaged or another program's is left as it is.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, paths, validate
from pure_negative.preset import library
from pure_negative.yields.db import schema

NAME = "yield.sqlite3"
PATIENCE = 10.0
"""Seconds to wait for another program's write."""


def place() -> Path:
    """The user's own file."""
    return library.data_folder() / NAME


class Database:
    """One open file; its methods may be called from several threads.

    Raises:
        PureNegativeError: the file can't be read or written, is damaged, or is of another kind or a later version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with self._told():
            try:
                with atomic_file.alone(path.parent):
                    self._connection = _opened(path)
            except (OSError, ValueError) as error:
                if isinstance(error, PureNegativeError):
                    raise
                advice = paths.elsewhere(error) if isinstance(error, OSError) else ""
                raise self._refused(f"{os_errors.reason(error)}{advice}") from None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._lock, self._told():
            return self._connection.execute(statement, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Look and write with no other program between; all of it is on the disk afterwards, or none."""
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite refuses, as one sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._refused(str(error)) from None
        except UnicodeEncodeError:
            raise self._refused("a name to be saved there is not valid Unicode") from None
        except (sqlite3.DatabaseError, UnicodeError) as error:
            raise PureNegativeError(
                f"{validate.one_line(str(self.path))}: this is not a judgements database, or it is damaged ({error}). "
                "The file was not changed; move it away to start a new one, or restore a backup."
            ) from None

    def _refused(self, reason: str) -> PureNegativeError:
        told = "another program is writing to it and does not finish" if "locked" in reason else reason
        place = validate.one_line(str(self.path))
        return PureNegativeError(f"{place}: the judgements can't be read or written: {validate.one_line(told)}.")


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if (version := _version(connection)) != schema.VERSION:
            text = schema.FROM_VERSION_1 if version else schema.TEXT
            connection.executescript(f"PRAGMA foreign_keys = OFF;BEGIN IMMEDIATE;{text};COMMIT")
        connection.execute(schema.LOOKS)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Ours, of this version or an earlier one, or empty."""
    (kind,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    where = validate.one_line(str(path))
    if tables and kind != schema.APPLICATION:
        raise PureNegativeError(f"{where}: this is another program's file; move it away, or name another data folder.")
    if tables and not 1 <= _version(connection) <= schema.VERSION:
        raise PureNegativeError(
            f"{where}: this judgements database has version {_version(connection)}; this program "
            f"reads up to {schema.VERSION}."
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
