"""Where presets live: the built-in ones beside the package, and single files named by their path."""

from __future__ import annotations

from pathlib import Path

from pure_negative import fields, preset
from pure_negative.errors import PureNegativeError

DEFAULT = "nai"
LARGEST_FILE = 512 * 1024


def folder() -> Path:
    """The built-in presets: beside the package in the extension's folder, inside it when installed with pip."""
    inside = Path(__file__).parent / "presets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "presets"


def ids() -> list[str]:
    """The ids of all built-in presets, sorted."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def load(name: str, where: str = "preset") -> preset.Preset:
    """The preset with this id, or the one in this `.yaml` file.

    Raises:
        PureNegativeError: there is no such preset, or its file is not a valid one.
    """
    return load_file(_path(name, where))


def _path(name: str, where: str) -> Path:
    """The file of a preset, named by its id or by its path."""
    if preset.ID.fullmatch(name) and (folder() / f"{name}.yaml").is_file():
        return folder() / f"{name}.yaml"
    if name.lower().endswith((".yaml", ".yml")):
        return Path(name)
    close = fields.nearest(name, ids())
    raise PureNegativeError(f"{where}: {fields.shown(name)} is not a preset{close}; known are {', '.join(ids())}.")


def load_file(path: Path) -> preset.Preset:
    """The preset in one YAML file, read as UTF-8."""
    return preset.read(read_text(path), _label(path))


def _label(path: Path) -> str:
    return fields.one_line(path.name or str(path))


def read_text(path: Path) -> str:
    """A preset file's text, or one sentence about why it can't be had."""
    label = _label(path)
    try:
        if not path.is_file():
            raise PureNegativeError(f"{label}: there is no such file.")
        if path.stat().st_size > LARGEST_FILE:
            raise PureNegativeError(f"{label}: the file is larger than the {LARGEST_FILE} bytes allowed.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise PureNegativeError(f"{label}: the file is not UTF-8 text.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, PureNegativeError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise PureNegativeError(f"{label}: the file can't be read: {reason}.") from None


def source_text(name: str) -> str:
    """The file of a preset as it is written, comments and all."""
    path = _path(name, "preset")
    text = read_text(path)
    preset.read(text, _label(path))
    return text
