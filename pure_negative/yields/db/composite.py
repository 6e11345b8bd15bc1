"""Files that carry a picture's parameters but are not that picture: grids, sheets, pictures before the hires pass.

The WebUI gives a batch's grid the first picture's parameters, and a file from before the hires pass those of the final
one. Its file names' ends are those of `modules/processing.py`, and ADetailer's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from pure_negative.io.picture_text import Info
from pure_negative.planning.infotext import Infotext
from pure_negative.sheet.record import SCRIPT

_GRIDS = ("x/y/z plot", "x/y plot", "prompt matrix", SCRIPT.casefold())
"""Scripts that leave their name in the text of what they draw, and not in that of the pictures in it."""
_BEFORE: Mapping[str, str] = {
    "-before-highres-fix": "the hires pass",
    "-before-face-restoration": "faces were restored",
    "-before-color-correction": "colours were corrected",
    "-ad-before": "ADetailer",
}
"""The end of a file's name → what came after it was saved."""
_OTHER = ("-mask", "-mask-composite", "-ad-preview")
"""What is saved beside a picture of img2img or ADetailer, under the same parameters."""
_NEAR = 8
"""Pixels: sides are cut down to whole multiples of as many."""
_SIDES = r'"?([0-9]{1,6})x([0-9]{1,6})'
_CROPPED = re.compile(rf"Postprocess crop to: {_SIDES}")
_BY = re.compile(r"(?:Postprocess upscale by|Upscale): ([0-9]{1,4}(?:\.[0-9]{1,20})?)")
_TO = re.compile(rf"(?:Postprocess upscale to|Resize to): {_SIDES}|Max side length: [1-9]")


def reason(name: str, info: Infotext, held: Info) -> str:
    """Why the file of that name is no picture to judge, as the end of a sentence; empty where it is one."""
    script = info.pairs.get("Script", "").strip()
    if script.casefold() in _GRIDS:
        return f"this is a grid made by {script}, not a single picture"
    stem = PurePath(name).stem
    for end, what in _BEFORE.items():
        if stem.endswith(end):
            return f"this is the picture before {what}"
    if stem.endswith(_OTHER) and {"Denoising strength", "ADetailer model"} & set(info.pairs):
        return "this was saved along with a picture and is not a picture itself"
    return _unlike(info, held)


def _unlike(info: Infotext, held: Info) -> str:
    """What is said of a file whose pixels don't fit its text."""
    base = _sides(info.pairs.get("Size", ""))
    if base is None or not held.width:
        return ""
    wanted, pixels = _final(base, info), (held.width, held.height)
    if _is_near(pixels, wanted) or _is_processed(pixels, wanted, _processed(info, held)):
        return ""
    said = f"it has {held.width}x{held.height} pixels, but its parameters say {wanted[0]}x{wanted[1]}"
    what = "the picture before the hires pass" if _is_near(pixels, base) else "a grid, or changed afterwards"
    return f"{said}; this is {what}"


def _sides(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(_SIDES, text.strip().rstrip('"'))
    return (int(found[1]), int(found[2])) if found else None


def _final(base: tuple[int, int], info: Infotext) -> tuple[int, int]:
    """The size a picture has in the end, its hires pass included."""
    width, height = base
    resize = _sides(info.pairs.get("Hires resize", ""))
    if resize and any(resize):
        return resize[0] or resize[1] * width // height, resize[1] or resize[0] * height // width
    by = re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,20})?", info.pairs.get("Hires upscale", "").strip())
    return (int(width * float(by[0])), int(height * float(by[0]))) if by else base


def _is_near(pixels: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return all(abs(have - want) < _NEAR for have, want in zip(pixels, wanted, strict=True))


def _processed(info: Infotext, held: Info) -> str:
    """What the WebUI's Extras did, from its own text in a PNG or from the parameters."""
    return ", ".join([held.processed, *(f"{key}: {value}" for key, value in info.pairs.items() if "process" in key)])


def _is_processed(pixels: tuple[int, int], wanted: tuple[int, int], processed: str) -> bool:
    """Whether Extras made these pixels of a picture of that size."""
    cropped, by = _CROPPED.search(processed), _BY.search(processed)
    if cropped:
        return pixels == (int(cropped[1]), int(cropped[2]))
    if _TO.search(processed):
        return abs(pixels[0] * wanted[1] - pixels[1] * wanted[0]) < _NEAR * max(*pixels, *wanted)
    return by is not None and _is_near(pixels, (int(wanted[0] * float(by[1])), int(wanted[1] * float(by[1]))))
