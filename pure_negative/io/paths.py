"""Where this machine keeps what is the user's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER_VARIABLE = "PURE_NEGATIVE_DATA"


def data_folder() -> Path:
    """What is the user's own: the folder `PURE_NEGATIVE_DATA` names, else the platform's place for such data."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming") / "pure-negative"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/pure-negative"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "pure-negative"
