"""The parameters text in a picture: what the WebUI's PNG Info shows of it, by the same rule.

The rule is that of the WebUI's `modules/images.py`, `read_info_from_image` (v1.10.1): the text under the keyword
`parameters`; over it the user comment in EXIF data; without EXIF data a plain comment, as in a GIF; and over all of
these what NovelAI writes. Only where PNG Info shows garbled text, as of UTF-8 in a PNG's tEXt chunk, is ours another.

A PNG needs nothing but Python; for the other kinds Pillow is asked, by which the WebUI reads them too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from pure_negative.errors import PureNegativeError
from pure_negative.io import exif_text, png_text

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".avif")
"""Of the files in which the WebUI saves pictures with their parameters."""
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
"""As Pillow names them."""
HEAD = 12
"""Bytes that tell what kind of picture it is."""
LARGEST = 100 * 1024 * 1024
"""Bytes of a picture that Pillow is to read, which may take all of it into memory."""
_NAMES = {"WEBP": "WebP"}
_NONE = "the picture has no generation parameters; they are lost when it is edited or resized for sending"
_PROCESSED = ("postprocessing", "extras")
"""Under which the WebUI's Extras say what they did."""
_NOVELAI_SAMPLERS: Mapping[str, str] = {
    **{"k_euler": "Euler", "k_lms": "LMS", "k_heun": "Heun", "k_dpm_2": "DPM2", "k_dpm_2_a": "DPM2 a", "ddim": "DDIM"},
    **{"k_dpmpp_2m": "DPM++ 2M", "k_dpmpp_sde": "DPM++ SDE", "k_dpmpp_2s_a": "DPM++ 2S a", "plms": "PLMS"},
    **{"k_dpm_fast": "DPM fast", "k_dpm_ad": "DPM adaptive", "k_dpmpp_2m_sde": "DPM++ 2M SDE"},
}
"""The aliases by which the WebUI knows them; to it any other is Euler a."""


@dataclass(frozen=True)
class Info:
    """A picture's parameters text, its width and height in pixels, and what the WebUI's Extras did to it after that.

    Texts that are not there are empty.
    """

    parameters: str
    width: int
    height: int
    processed: str = ""
    reason: str = ""

    def told(self, where: str) -> str:
        """The parameters text.

        Raises:
            PureNegativeError: there is none.
        """
        if not self.parameters:
            raise PureNegativeError(self.reason or f"{where}: {_NONE}.")
        return self.parameters


def read(file: BinaryIO, where: str) -> Info:
    """What a picture's file says of it, told by its first bytes and not by its name.

    Raises:
        PureNegativeError: this is no picture of a kind that is read, or it is damaged.
    """
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if kind in ("", "PNG"):
        found = png_text.read(file, where)
        return _info(found.texts, found.exif or None, (found.width, found.height), where, found.damaged)
    held, size = _by_pillow(file, kind, where)
    exif = held.get("exif")
    return _info(held, exif if isinstance(exif, bytes) else None, size, where)


def kind_of(head: bytes) -> str:
    """The kind of a picture by its first `HEAD` bytes, as Pillow names it; empty for none of ours."""
    if head.startswith(png_text.SIGNATURE):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    return "GIF" if head.startswith(b"GIF8") else ""


def name_of(kind: str) -> str:
    """A kind of picture as people write it."""
    return _NAMES.get(kind, kind)


def _by_pillow(file: BinaryIO, kind: str, where: str) -> tuple[Mapping[str, Any], tuple[int, int]]:
    """What stands beside the pixels, which are not decoded, and how many they are."""
    name = f"{where}: this is a{'n' if kind == 'AVIF' else ''} {name_of(kind)} picture"
    size = file.seek(0, 2)
    file.seek(0)
    if size > LARGEST:
        raise PureNegativeError(f"{name} of {size} bytes; at most {LARGEST} are allowed.")
    try:
        import PIL.Image
    except ImportError:
        raise PureNegativeError(
            f"{name}, and Pillow, which is needed to read it, is not installed; give a PNG picture."
        ) from None
    PIL.Image.init()
    if kind not in PIL.Image.OPEN:
        raise PureNegativeError(f"{name}, which the installed Pillow can't read; give a PNG picture.")
    try:
        with PIL.Image.open(file, formats=(kind,)) as image:
            return {key: value for key, value in image.info.items() if isinstance(key, str)}, image.size
    except Exception:  # which ones a damaged file raises, no decoder says
        raise PureNegativeError(f"{name} that is cut off, damaged or too large.") from None


def _info(held: Mapping[str, Any], exif: bytes | None, size: tuple[int, int], where: str, damaged: str = "") -> Info:
    parameters = shown(held, exif, size)
    processed = next((text for key in _PROCESSED if isinstance(text := held.get(key), str) and text), "")
    return Info(parameters, *size, processed, damaged or _reason(held, where))


def _reason(held: Mapping[str, Any], where: str) -> str:
    if "workflow" in held or "prompt" in held:
        return f"{where}: the picture has a ComfyUI workflow, but no generation parameters."
    return ""


def shown(held: Mapping[str, Any], exif: bytes | None, size: tuple[int, int]) -> str:
    """The parameters text that PNG Info shows of a picture that holds these texts, empty where it shows none.

    `held` is what Pillow calls a picture's `info`, `size` its width and height in pixels.
    """
    text = _text(held.get(png_text.KEYWORD))
    if exif is not None:
        text = exif_text.user_comment(exif) or text
    elif "comment" in held:
        text = _text(held["comment"])
    if held.get("Software") == "NovelAI":
        text = _novelai(held, size) or text
    return text


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "ignore")
    return value if isinstance(value, str) else ""


def _novelai(held: Mapping[str, Any], size: tuple[int, int]) -> str:
    """NovelAI's settings as a parameters text, empty where they can't be read."""
    try:
        said = json.loads(held["Comment"])
        sampler = _NOVELAI_SAMPLERS.get(said["sampler"], "Euler a")
        prompts = f"{held['Description']}\nNegative prompt: {said['uc']}\n"
        numbers = f"Steps: {said['steps']}, Sampler: {sampler}, CFG scale: {said['scale']}, Seed: {said['seed']}, "
        return f"{prompts}{numbers}Size: {size[0]}x{size[1]}, Clip skip: 2, ENSD: 31337"
    except (KeyError, TypeError, ValueError, RecursionError):
        return ""


def parameters(file: BinaryIO, where: str) -> str:
    """The parameters text in an open picture.

    Raises:
        PureNegativeError: this is no picture, it is damaged, or it has no such text.
    """
    return read(file, where).told(where)
