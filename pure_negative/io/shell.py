"""Command lines of this program, quoted for the user's shell."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Sequence

_SPECIAL = re.compile(r"[&|<>^()%!,;=`']")
"""What cmd.exe or PowerShell takes for its own outside of quotes."""


def line(words: Sequence[str]) -> str:
    """`python3 run.py WORDS`, quoted for this system's shell."""
    whole = ("python3", "run.py", *words)
    return " ".join(map(_for_windows, whole)) if sys.platform == "win32" else shlex.join(whole)


def _for_windows(word: str) -> str:
    quoted = subprocess.list2cmdline([word])
    return f'"{word}"' if quoted == word and _SPECIAL.search(word) else quoted
