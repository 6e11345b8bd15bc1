"""A picture as a yield counts it: which request made it, and the settings it is counted under.

Its key is a hash of what its infotext says of the request, so that a copy, a moved file and the same picture made again
are one picture, and another seed, CFG scale or checkpoint is another.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import os_errors, picture_text, validate
from pure_negative.planning import infotext
from pure_negative.planning.infotext import Infotext
from pure_negative.rules import schedule_type, seeds
from pure_negative.yields.db import composite

KEY = re.compile(r"[0-9a-f]{64}")
_APART = ("Version", "Model", "User", "Script", "Batch size", "Batch pos", "Template", "Negative Template")
"""What stands in an infotext and doesn't change the picture; `Model` does where no hash says which one it is."""
_OURS = re.compile(rf"{infotext.FIELD}|Sheet [XYZ] axis")
_USUAL: Mapping[str, str] = {"Clip skip": "1", "Emphasis": "Original", "Schedule type": schedule_type.AUTOMATIC}
"""What is meant where an infotext says nothing."""
_NUMBERS = ("Steps", "CFG scale", "Clip skip", "Denoising strength", "Hires upscale", "Variation seed strength", "ENSD")
LARGEST_SIDE = 65_536
LONGEST_PRESET = 200
"""Characters of a preset's name; a longer one is none of ours."""


@dataclass(frozen=True)
class Setting:
    """What pictures are counted by. `w` is 0 where no infotext says it; `checkpoint` is a name with its hash."""

    preset: str
    w: float
    width: int
    height: int
    cfg: float
    steps: int
    checkpoint: str

    @property
    def size(self) -> str:
        """As the research writes a dimension: `512x768`."""
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Picture:
    """A picture by the request that made it; `seed` is never -1."""

    key: str
    setting: Setting
    seed: int


def read(text: str, where: str = "infotext") -> Picture:
    """The picture that a parameters text tells of.

    Raises:
        PureNegativeError: steps, CFG scale, seed or size are missing or not allowed.
    """
    return _picture(infotext.read(text), where)


def _picture(info: Infotext, where: str) -> Picture:
    return Picture(_key(info), _setting(info, where), seeds.read_made(_pair(info, "Seed", where), "Seed"))


def of_file(path: Path) -> Picture:
    """The picture in a file, by its text and the number of its pixels: nothing is decoded.

    Raises:
        PureNegativeError: it can't be read, holds no parameters, or is another picture than they tell of: a grid.
    """
    where = validate.one_line(path.name)
    try:
        with path.open("rb") as file:
            held = picture_text.read(file, where)
        info = infotext.read(infotext.trimmed(held.told(where)))
        found, reason = _picture(info, where), composite.reason(path.name, info, held)
    except (OSError, ValueError) as error:
        if isinstance(error, PureNegativeError):
            raise
        raise PureNegativeError(f"{where}: the picture can't be read: {os_errors.reason(error)}.") from None
    if reason:
        raise PureNegativeError(f"{where}: {reason}.")
    return found


def _pair(info: Infotext, name: str, where: str) -> str:
    if name not in info.pairs:
        raise PureNegativeError(f"{where}: the parameters have no {name}; they must be those of a txt2img picture.")
    return info.pairs[name].strip()


def _setting(info: Infotext, where: str) -> Setting:
    sides = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", _pair(info, "Size", where))
    if not sides:
        raise validate.refuse(f"{where}: Size", info.pairs["Size"], "a size like 512x768")
    width, height = (validate.whole(side, f"{where}: Size", 1, LARGEST_SIDE) for side in sides.groups())
    preset, w = _ours(info.pairs.get(infotext.FIELD, ""))
    return Setting(
        preset=preset,
        w=w,
        width=width,
        height=height,
        cfg=validate.number(_pair(info, "CFG scale", where), f"{where}: CFG scale", 0, 1e6),
        steps=validate.whole(_pair(info, "Steps", where), f"{where}: Steps", 1, 1_000_000),
        checkpoint=_checkpoint(info),
    )


def _ours(packed: str) -> tuple[str, float]:
    """Preset and W from our own field; a text without it, or with one that can't be read, has none."""
    try:
        entries = infotext.unpack(packed)
        preset = validate.one_line(validate.text(entries.get("preset", ""), "preset", LONGEST_PRESET), LONGEST_PRESET)
        for name in ("w", "brackets", "step"):
            if name in entries:
                return preset, float(options.readers_by_key()[name](entries[name], name).w)
    except PureNegativeError:
        return "", 0.0
    return preset, 0.0


def _checkpoint(info: Infotext) -> str:
    name, digest = (validate.one_line(info.pairs.get(key, "").strip()) for key in ("Model", "Model hash"))
    return f"{name} [{digest}]".strip() if digest else name


def _key(info: Infotext) -> str:
    known = {name: value.strip() for name, value in info.pairs.items() if not _OURS.fullmatch(name)}
    told = {name: _plain(name, value) for name, value in known.items() if name not in _APART}
    told = {name: value for name, value in told.items() if _USUAL.get(name) != value}
    if not known.get("Model hash"):
        told["Model"] = known.get("Model", "")
    request = [info.prompt, info.negative_prompt, sorted(told.items())]
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()


def _plain(name: str, value: str) -> str:
    """A number however it is written: 8 and 8.0 are one CFG scale."""
    if name in _NUMBERS and validate.DECIMAL.fullmatch(value):
        return str(validate.tidy(float(value)))
    return value
