"""Text on pictures: measured, wrapped and written with whatever font this machine has.

Pillow's newer releases bring a font for every size, older ones (9.5 in the WebUI) a bitmap font of one size that is
enlarged by whole factors. Both lack signs such as ×, so a font of the system is preferred where one is found. Each sign
that it lacks (漢字, かな, 한글) is written in the first other font of the system that has it; where none has, as `?`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]

_SYSTEM = (
    "DejaVuSans.ttf",
    "segoeui.ttf",
    "arial.ttf",
    "Arial.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSans-Regular.ttf",
)
_EAST_ASIAN = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "SourceHanSans-Regular.ttc",
    "YuGothM.ttc",
    "YuGothR.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
    "msyh.ttc",
    "msjh.ttc",
    "simsun.ttc",
    "malgun.ttf",
    "gulim.ttc",
    "ヒラギノ角ゴシック W3.ttc",
    "Hiragino Sans GB.ttc",
    "PingFang.ttc",
    "STHeiti Light.ttc",
    "AppleSDGothicNeo.ttc",
    "AppleGothic.ttf",
    "Arial Unicode.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "ipag.ttf",
    "ipagp.ttf",
    "TakaoPGothic.ttf",
    "fonts-japanese-gothic.ttf",
    "NanumGothic.ttf",
    "UnDotum.ttf",
    "unifont.otf",
)
LACKING = "?"
"""What is written for a sign that no font here has."""
_COMMON = "\u02ff"
"""The last sign that every font of `_SYSTEM` has, as far as anybody looks."""
_NOWHERE = "\uffff"
"""No font has this one: what is drawn for it stands for every sign that a font lacks."""
_PLAIN = str.maketrans({"×": "x", "–": "-", "−": "-", "·": "-", "…": "...", "▲": "^"})
"""What stands in for the signs of our own sentences in a font that lacks them."""
_BITMAP_HEIGHT = 11
UNBROKEN = "\u00a0"
"""A space at which no line is broken."""
_LONGEST = 1_000
"""Characters of a text that are looked at: more never fit."""


class Pen:
    """A font at one size. `height` is the distance between two lines, in pixels."""

    def __init__(self, size: int, file: Path | None = None) -> None:
        self._font, self._factor, self._full = _font(size, file)
        self._size = size
        self._others: list[Any] | None = None
        self._chosen: dict[str, Any] = {}
        self._known: dict[tuple[int, str], bool] = {}
        self.height = round(size * 1.3)
        self._signs: dict[str, Image] = {}
        self._widths: dict[str, int] = {}

    def width(self, text: str) -> int:
        """How wide a line is, in pixels."""
        if text not in self._widths:
            spelt = self._spelt(text)
            width = sum(font.getlength(part) for font, part in self._runs(spelt))
            self._widths[text] = int(width * self._factor + 0.5)
        return self._widths[text]

    def writes(self, text: str) -> bool:
        """Whether there is a font for every sign of the text."""
        if not self._full:
            return self._spelt(text) == _one_line(text).replace(UNBROKEN, " ").translate(_PLAIN)
        return all(self._font_of(sign) for sign in set(self._spelt(text)))

    def _runs(self, text: str) -> list[tuple[Any, str]]:
        """The text in pieces, each with the font it is written in."""
        if not self._full or max(text, default="") <= _COMMON:
            return [(self._font, text)]
        signs = [(found, sign) if (found := self._font_of(sign)) else (self._font, LACKING) for sign in text]
        return [(font, "".join(sign for _, sign in part)) for font, part in groupby(signs, key=lambda each: each[0])]

    def _font_of(self, sign: str) -> Any:
        """The usual font, or the first other one that has the sign; None where none has."""
        if sign <= _COMMON:
            return self._font
        if sign not in self._chosen:
            fonts = (font for font in self._every() if not self._is_lacking(font, sign))
            self._chosen[sign] = next(fonts, None)
        return self._chosen[sign]

    def _every(self) -> Iterator[Any]:
        """The usual font, then the others, which are looked for when the first sign asks for them."""
        yield self._font
        if self._others is None:
            self._others = list(_fonts(_EAST_ASIAN, self._size))
        yield from self._others

    def _is_lacking(self, font: Any, sign: str) -> bool:
        key = id(font), sign
        if key not in self._known:
            found, nothing = font.getmask(sign), font.getmask(_NOWHERE)
            self._known[key] = found.size == nothing.size and bytes(found) == bytes(nothing)
        return self._known[key]

    def lines(self, text: str, width: int, most: int) -> list[str]:
        """The text in lines of that width, broken at spaces, else within words; too much of it ends in an ellipsis."""
        lines: list[str] = []
        rest = " ".join(filter(None, _one_line(text[:_LONGEST]).split(" ")))
        while rest and len(lines) < most:
            line = self._fitting(rest, width)
            lines.append(line)
            rest = rest[len(line) :].lstrip()
        if rest and lines:
            lines[-1] = self._shortened(lines[-1], width)
        return lines

    def _fitting(self, text: str, width: int) -> str:
        """As much of the start as fits, at least one character."""
        end = len(text)
        if self.width(text) > width:
            low, high = 1, len(text)
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if self.width(text[:middle]) <= width else (low, middle - 1)
            end = low
            space = text.rfind(" ", 1, end + 1)
            end = space if space > 0 else end
        return text[:end].rstrip()

    def _shortened(self, line: str, width: int) -> str:
        while len(line) > 1 and self.width(f"{line}…") > width:
            line = line[:-1].rstrip()
        return f"{line}…"

    def write(self, image: Image, x: int, y: int, text: str, colour: Colour) -> None:
        """One line, its upper left corner at (x, y)."""
        import PIL.Image
        from PIL.ImageDraw import Draw

        text = self._spelt(text)
        if self._factor == 1:
            line = y + (self._font.getmetrics()[0] if self._full else 0)
            for font, part in self._runs(text):
                place, anchor = ((x, line), "ls") if font is not self._font else ((x, y), None)
                Draw(image).text(place, part, fill=colour, font=font, anchor=anchor)
                x += round(font.getlength(part))
            return
        mask = PIL.Image.new("L", (max(1, round(self._font.getlength(text))), _BITMAP_HEIGHT), 0)
        Draw(mask).text((0, 0), text, fill=255, font=self._font)
        size = (mask.width * self._factor, mask.height * self._factor)
        image.paste(colour, (x, y), mask.resize(size, PIL.Image.Resampling.NEAREST))

    def number_width(self, text: str) -> int:
        """How wide `write_number` writes it, in pixels."""
        return sum(self._sign(sign).width for sign in text)

    def write_number(self, image: Image, x: int, y: int, text: str, colour: Colour) -> None:
        """A number, its upper left corner at (x, y), sign by sign: each is drawn once for all the numbers of a map."""
        for sign in text:
            form = self._sign(sign)
            image.paste(colour, (x, y, x + form.width, y + form.height), form)
            x += form.width

    def _sign(self, sign: str) -> Image:
        if sign not in self._signs:
            import PIL.Image

            form = PIL.Image.new("RGB", (max(1, self.width(sign)), self.height), (0, 0, 0))
            self.write(form, 0, 0, sign, (255, 255, 255))
            self._signs[sign] = form.convert("L")
        return self._signs[sign]

    def _spelt(self, text: str) -> str:
        """The text in signs the font can write."""
        text = _one_line(text).replace(UNBROKEN, " ")
        if self._full:
            return text
        return text.translate(_PLAIN).encode("latin-1", "replace").decode("latin-1")


def _one_line(text: str) -> str:
    """The text without line ends, and without signs that turn its direction."""
    return "".join(sign if sign.isprintable() or sign == UNBROKEN else " " for sign in text)


def _font(size: int, file: Path | None) -> tuple[Any, int, bool]:
    """A font, the factor its letters are enlarged by, and whether it has more than the plain signs."""
    from PIL import ImageFont

    for font in _fonts([str(file), *_SYSTEM] if file else _SYSTEM, size):
        return font, 1, True
    with contextlib.suppress(TypeError, ImportError):
        return ImageFont.load_default(size), 1, False
    return ImageFont.load_default(), max(1, round(size / _BITMAP_HEIGHT)), False


def _fonts(names: Iterable[str], size: int) -> Iterator[Any]:
    """Those of the named fonts that this machine has."""
    from PIL import ImageFont

    for name in names:
        with contextlib.suppress(OSError, ImportError):
            yield ImageFont.truetype(name, size, layout_engine=ImageFont.Layout.BASIC)
