"""The command line's streams: results on stdout, what is said beside them on stderr, whatever becomes of either.

A result that can't be written is an error like any other; what is said beside it may be lost without one.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from pure_negative.errors import PureNegativeError


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Within this, stdout fails with a sentence and stderr never; both write UTF-8."""
    with contextlib.ExitStack() as stack:
        if None in (sys.stdin, sys.stdout, sys.stderr):
            _fill()
        if sys.stderr is None:
            errors: Any = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
        else:
            errors = _Remarks(_utf8(sys.stderr))
        stack.enter_context(contextlib.redirect_stderr(errors))
        if sys.stdout is not None:
            results: Any = _Results(_utf8(sys.stdout))
            stack.enter_context(contextlib.redirect_stdout(results))
        yield


def refuse_closed() -> None:
    """Refuse to work where the result has nowhere to go.

    Raises:
        PureNegativeError: stdout is closed.
    """
    if sys.stdout is None:
        raise PureNegativeError("stdout is closed, so nothing can be printed; redirect it, like '> FILE'.")


def flush() -> int:
    """Write what waits to be; 0, as from a command that did its work.

    Raises:
        PureNegativeError: it can't be written.
        BrokenPipeError: nobody reads it any more.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    return 0


def read_stdin(most: int) -> bytes:
    """The bytes on stdin, no more than so many.

    Raises:
        PureNegativeError: it is closed, or can't be read.
    """
    if sys.stdin is None:
        raise PureNegativeError("stdin is closed; give a file, or text on stdin.")
    try:
        return sys.stdin.buffer.read(most)
    except (OSError, ValueError) as error:
        raise PureNegativeError(f"stdin can't be read: {getattr(error, 'strerror', None) or error}.") from None


def _fill() -> None:
    """Take the numbers of streams that are closed, so that no file of ours is ever written to as one of them."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)


def _utf8(stream: TextIO) -> TextIO:
    """Windows consoles and `LANG=C` would otherwise fail on signs like × in our sentences."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="replace")
    return stream


class _Guarded:
    """A stream that goes nowhere from its first failure on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """As the stream's own; how many characters were taken."""
        self._tried(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """As the stream's own."""
        self._tried(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _tried(self, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            self._silence()
            self._failed(error)

    def _silence(self) -> None:
        """What still waits in the stream's buffer would fail once more when Python ends."""
        with contextlib.suppress(OSError, ValueError):
            handle = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(handle, self._stream.fileno())
            finally:
                os.close(handle)

    def _failed(self, error: OSError) -> None:
        """Nothing: what is said beside a result may be lost."""


class _Remarks(_Guarded):
    """stderr."""


class _Results(_Guarded):
    """stdout."""

    def _failed(self, error: OSError) -> None:
        if isinstance(error, BrokenPipeError):
            raise error
        raise PureNegativeError(f"stdout can't be written: {error.strerror or error}.") from None
