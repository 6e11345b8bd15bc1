"""Where this machine keeps what is the user's own, and what can be made again.

A folder that the environment names is taken as it stands or refused: a quote or a variable that no shell has resolved
would else be a folder below the current one. XDG's variables count where they hold full paths, as its specification
has it (XDG Base Directory Specification 0.8, *Basics*).
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from pure_negative.errors import PureNegativeError

FOLDER_VARIABLE = "PURE_NEGATIVE_DATA"
CACHE_VARIABLE = "PURE_NEGATIVE_CACHE"
_UNRESOLVED = re.compile(r"""\$\w|\$\{|\$\(|%\w+%|^["']|["']$""")
"""What a shell would have resolved."""


def data_folder() -> Path:
    """What is the user's own: the folder `PURE_NEGATIVE_DATA` names, else the platform's place for such data.

    Raises:
        PureNegativeError: no such folder is known, or the variable holds none.
    """
    found = known_data_folder()
    if found is None:
        raise PureNegativeError(
            "there is no home folder to keep your data in; "
            f"name a folder for it in the environment variable {FOLDER_VARIABLE}."
        )
    return found


def known_data_folder() -> Path | None:
    """As `data_folder`, but None where there is no home folder, so that nothing of the user's own can be there.

    Raises:
        PureNegativeError: the variable holds no folder.
    """
    named = _named(FOLDER_VARIABLE)
    if named or sys.platform == "win32":
        return named or _below("APPDATA", "AppData/Roaming")
    if sys.platform == "darwin":
        return _below(None, "Library/Application Support")
    return _below("XDG_DATA_HOME", ".local/share")


def elsewhere(error: OSError) -> str:
    """What to do about data that can't be written, as the end of a sentence that has told why."""
    if isinstance(error, TimeoutError):  # another program is at it
        return ""
    return f"; another folder for your data can be named in the environment variable {FOLDER_VARIABLE}"


def cache_folder() -> Path:
    """What can be made again: the folder `PURE_NEGATIVE_CACHE` names, else the platform's place, else with the data.

    Raises:
        PureNegativeError: no such folder is known, or the variable holds none.
    """
    if sys.platform == "win32":
        usual = _below("LOCALAPPDATA", "AppData/Local")
    elif sys.platform == "darwin":
        usual = _below(None, "Library/Caches")
    else:
        usual = _below("XDG_CACHE_HOME", ".cache")
    found = _named(CACHE_VARIABLE) or usual
    if found:
        return found
    data = known_data_folder()
    if data is None:
        raise PureNegativeError(
            "there is no home folder to keep the toy model in; name a folder for it in the environment "
            f"variable {CACHE_VARIABLE} (or {FOLDER_VARIABLE}), or give --checkpoint."
        )
    return data / "cache"


def settle(variable: str, name: str) -> None:
    """Give a library a place for what it keeps, where there is no home folder and its variable names none.

    It would take a folder called `~` below the current one, or fail. Where no folder of ours is known, it gets one in
    which nothing can be kept.
    """
    if home() or os.environ.get(variable):
        return
    try:
        place = cache_folder()
    except PureNegativeError:
        place = Path(os.devnull)
    os.environ[variable] = str(place / name)


def refuse_gone_folder() -> None:
    """Nothing, where the current folder is there; some libraries take Python with them where it is not.

    Raises:
        PureNegativeError: it was deleted, or is not ours to look into.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise PureNegativeError(f"the current folder can't be used: {error.strerror}; go to another one.") from None


def home() -> Path | None:
    """The user's home folder, None where the system knows none, as in a container under a bare user number."""
    if os.name == "posix" and os.environ.get("HOME") == "":
        return None
    try:
        found = Path.home()
    except RuntimeError:
        return None
    return found if found.is_absolute() else None


def _below(variable: str | None, usual: str) -> Path | None:
    """Ours in the folder that a variable of the platform names, else in that one of the home folder."""
    base = Path(os.environ.get(variable, "") if variable else "")
    if base.is_absolute():
        return base / "pure-negative"
    known = home()
    return known / usual / "pure-negative" if known else None


def _named(variable: str) -> Path | None:
    """The folder that one of our own variables names, None where it names none; it need not be there yet.

    Raises:
        PureNegativeError: it is no full path, or holds quotes or variables.
    """
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    path = _expanded(text)
    if not path.is_absolute() or any(_is_unresolved(part) for part in (path, *path.parents)):
        but = ", not starting with '~', since the home folder is not known" if text[0] == "~" else ""
        raise _refused(variable, text, but)
    return path


def _refused(variable: str, text: str, but: str) -> PureNegativeError:
    from pure_negative.io import validate  # not while the WebUI's user waits for its page

    return validate.refuse(variable, text, f"the full path of a folder, without quotes and variables{but}")


def _expanded(text: str) -> Path:
    """A leading `~` as the home folder; it stays where there is none."""
    known = home()
    if text[0] != "~" or known is None:
        return Path(text)
    own, _, rest = text.replace(os.sep, "/").partition("/")
    return known / rest if own == "~" else Path(os.path.expanduser(text))  # noqa: PTH111 - that of Path raises


def _is_unresolved(part: Path) -> bool:
    """Whether a path ends in a quote or a variable; a folder that is there under such a name is meant."""
    return bool(_UNRESOLVED.search(part.name)) and not os.path.isdir(part)  # noqa: PTH112
