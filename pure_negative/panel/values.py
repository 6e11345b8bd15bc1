"""From the panel's values, in the order of the API's arguments, to choices; an empty control means the preset's value.

Values are texts wherever a text can do, because the WebUI restores a control from an infotext only by the type of its
default value (webui-contract §8), and None has no type.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import choices
from pure_negative.planning.choices import Choices
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis

CONTROLS = tuple(options.controls())
"""The controls behind the tick, in the order of the API's positional arguments (layout 1)."""

CFG_FACTORS = (0.25, 4.0)
"""What the slider of factors on the recommended CFG scale can show."""
WHERE = "Pure negative"
LARGEST_JSON = 100_000


def read(args: Sequence[Any], default: str = library.DEFAULT, ticked: bool = False) -> Choices | None:
    """The choices in a run's arguments; None where the tick is off.

    Args:
        args: the tick and the controls, or one dict (or its JSON text) whose keys are those of `choices`, and which
            means ticked unless it says `enabled: false`. Missing ones and None are the defaults.
        default: the preset where none is named.
        ticked: whether the run is ours whatever the tick says.

    Raises:
        PureNegativeError: a value is not allowed.
    """
    first = args[0] if args else None
    entries = from_json(first) if isinstance(first, str) and first.lstrip().startswith("{") else first
    if isinstance(entries, dict):
        entries = {str(key): value for key, value in entries.items()}
        enabled = entries.pop("enabled", True)
    else:
        entries, enabled = positional(args[1:]), False if first is None else first
    if not validate.flag(True if enabled is None else enabled, f"{WHERE}: enabled") and not ticked:
        return None
    if entries.get("preset") is None:
        entries["preset"] = default
    chosen = choices.read(entries, WHERE)
    check_preset(chosen.preset, WHERE)
    return chosen


def check_preset(name: str | None, where: str) -> None:
    """Refuse a preset's path, which would let a request read any file of this machine; ids alone pass."""
    if name is not None and (not preset.ID.fullmatch(name) or name.endswith((".yaml", ".yml"))):
        raise PureNegativeError(f"{where}: preset: {validate.shown(name)} is not a preset's id.")


def from_json(text: str) -> Any:
    """The value of a JSON text, or one sentence about it."""
    if len(text) > LARGEST_JSON:
        raise PureNegativeError(
            f"{WHERE}: {len(text)} characters of JSON are too many; at most {LARGEST_JSON} are allowed."
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PureNegativeError(f"{WHERE}: {validate.shown(text)} is not readable JSON.") from None


def positional(values: Sequence[Any]) -> dict[str, Any]:
    """The controls' values under the keys of `choices`; empty and unticked ones are left out."""
    found = dict(zip(CONTROLS, values, strict=False))
    entries = {key: value for key, value in found.items() if not _empty(value)}
    if "shape" in entries:
        shape = entries.pop("shape")
        entries["size" if isinstance(shape, str) and any(sign in shape for sign in "xX×*") else "ratio"] = shape
    if "cfg" in entries or entries.get("cfg_factor") in (1, 1.0, "1", "1.0"):
        entries.pop("cfg_factor", None)
    if "w" in entries:
        entries |= _weight(entries.pop("w"))
    return entries


def _empty(value: Any) -> bool:
    """What a control shows while nobody has used it; a 0 is a value."""
    return value is None or value is False or value in ("", [])


def _weight(value: Any) -> dict[str, Any]:
    """W as a number, or as a bracket count: `6[` or `2(`."""
    if isinstance(value, str) and value.strip()[-1:] in ("[", "(") and value.strip()[:-1].strip().isdecimal():
        count = value.strip()[:-1].strip()
        return {"brackets": f"-{count}" if value.strip().endswith("[") else count}
    return {"w": value}


def write(chosen: Choices | None) -> dict[str, Any]:
    """The values to show in the controls for these choices, `enabled` among them."""
    if chosen is None:
        return {"enabled": False}
    texts = choices.write(chosen)
    shown: dict[str, Any] = {key: texts.get(key, "") for key in CONTROLS}
    brackets = texts.get("brackets", "")
    if brackets:
        shown["w"] = f"{brackets.lstrip('-')}{'[' if brackets.startswith('-') else '('}"
    shown["shape"] = texts.get("size") or texts.get("ratio", "")
    shown["words"] = ", ".join(map(emphasis.escape, chosen.words or ()))
    shown["cfg_factor"] = chosen.cfg_factor or 1.0
    shown["spaces"], shown["ladder"] = bool(chosen.spaces), bool(chosen.ladder)
    shown["leave"] = list(chosen.leave or ())
    return {"enabled": True, **shown}
