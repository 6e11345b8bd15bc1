"""Lines on the WebUI's console."""

from __future__ import annotations

import contextlib
import sys


def say(text: str) -> None:
    """Print a line as far as the console can show it; one that is closed, full or of few signs stops no work."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with contextlib.suppress(OSError, ValueError, LookupError):
        print(f"Pure negative: {text}".encode(encoding, "backslashreplace").decode(encoding))
