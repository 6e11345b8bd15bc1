"""The two small maps beside a sheet: mean brightness and detail over the same axes, pale cells marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.sheet import record
from pure_negative.sheet.axis import Axis
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import caption
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.draw.canvas import FAINT, INK, PAPER
from pure_negative.sheet.draw.metrics import Measure
from pure_negative.sheet.draw.text import Colour, Pen

if TYPE_CHECKING:
    from PIL.Image import Image

TYPE = 13
EMPTY: Colour = (233, 236, 239)
Ramp = tuple[Colour, Colour]

PANELS: tuple[tuple[str, Callable[[Measure], float], Ramp], ...] = (
    ("Mean brightness", lambda measure: measure.brightness, ((22, 26, 44), (255, 236, 180))),
    ("Detail", lambda measure: measure.detail, ((237, 244, 250), (8, 58, 120))),
)


def draw(gallery: Gallery, font: Path | None = None) -> Iterator[Path]:
    """Write the maps of each page into the sheet's folder: `maps.png`, or `maps-1.png`, `maps-2.png`, …"""
    pages = len(gallery.folder.sheet.z.values)
    for page in range(pages):
        path = gallery.folder.path / ("maps.png" if pages == 1 else f"maps-{page + 1}.png")
        drawn = _Page(gallery, page, font)
        yield gallery.put(path, drawn.size, [drawn.image()], drawn.text)


class _Page:
    """The maps of one page, side by side."""

    def __init__(self, gallery: Gallery, page: int, font: Path | None) -> None:
        self.gallery, self.sheet = gallery, gallery.folder.sheet
        self.pen = Pen(TYPE, font)
        self.text = record.infotext(gallery.folder.record)
        self.cells = self.sheet.page(page)
        self.wide = _width(self.pen, self.sheet.x)
        self.tall = min(self.wide, 2 * self.pen.height)
        self.left = max(self.pen.width(value.short) for value in self.sheet.y.values) + TYPE
        self.left = min(self.left, 12 * TYPE)
        self.panel = max(self.left + self.wide * len(self.sheet.x.values), 18 * TYPE)

        width = 2 * self.panel + 3 * TYPE
        self.lines = self.pen.lines(caption.shared(gallery.folder.record, page), width - 2 * TYPE, 4)
        self.top = TYPE + self.pen.height * (len(self.lines) + 1)
        self.size = width, self.top + self.tall * len(self.sheet.y.values) + 6 * self.pen.height

    def image(self) -> Image:
        """The whole picture."""
        import PIL.Image

        image = PIL.Image.new("RGB", self.size, PAPER)
        for index, text in enumerate(self.lines):
            self.pen.write(image, TYPE, TYPE + index * self.pen.height, text, FAINT)
        for index, (name, value, ramp) in enumerate(PANELS):
            self._panel(image, TYPE + index * (self.panel + TYPE), self.top, name, value, ramp)
        if any(seen.measure.pale for cell in self.cells if (seen := self.gallery.seen(cell))):
            self.pen.write(image, TYPE, self.size[1] - 2 * self.pen.height, f"▲ {caption.PALE}", INK)
        return image

    def _panel(
        self, image: Image, left: int, top: int, name: str, value: Callable[[Measure], float], ramp: Ramp
    ) -> None:
        seen = {cell: self.gallery.seen(cell) for cell in self.cells}
        values = {(cell.row, cell.column): value(found.measure) for cell, found in seen.items() if found}
        low, high = (min(values.values()), max(values.values())) if values else (0.0, 0.0)
        self.pen.write(image, left, top, f"{name}: {low:.3f} … {high:.3f}", INK)
        axes = " by ".join(each.name for each in (self.sheet.y, self.sheet.x) if each.kind)
        self.pen.write(image, left, top + self.pen.height, axes, FAINT)
        self._labels(image, left, top + 2 * self.pen.height + TYPE // 2)
        for cell, found in seen.items():
            share = (values[cell.row, cell.column] - low) / (high - low or 1.0) if found else None
            pale = bool(found and found.measure.pale)
            text = f"{values[cell.row, cell.column]:.3f}" if found else ""
            self._cell(
                image, (left, top + 4 * self.pen.height), cell, _mixed(ramp, share), ("▲" if pale else "") + text
            )

    def _labels(self, image: Image, left: int, top: int) -> None:
        for index, value in enumerate(self.sheet.x.values):
            if self.wide > self.pen.height:
                text = "".join(self.pen.lines(value.short, self.wide - 4, 1))
                x = left + self.left + index * self.wide + (self.wide - self.pen.width(text)) // 2
                self.pen.write(image, x, top + TYPE // 2, text, INK)
        top += 2 * self.pen.height - TYPE // 2
        for index, value in enumerate(self.sheet.y.values):
            if self.tall >= self.pen.height:
                text = "".join(self.pen.lines(value.short, self.left - TYPE, 1))
                x = left + self.left - TYPE // 2 - self.pen.width(text)
                y = top + index * self.tall + (self.tall - self.pen.height) // 2
                self.pen.write(image, x, y, text, INK)

    def _cell(self, image: Image, origin: tuple[int, int], cell: Cell, colour: Colour, text: str) -> None:
        x = origin[0] + self.left + cell.column * self.wide
        y = origin[1] + cell.row * self.tall
        line = 1 if self.tall >= self.pen.height else 0
        image.paste(colour, (x, y, x + self.wide - line, y + self.tall - line))
        width = self.pen.number_width(text)
        if 0 < width < self.wide:
            ink = INK if sum(colour) > 380 else PAPER
            x += (self.wide - width) // 2
            self.pen.write_number(image, x, y + (self.tall - self.pen.height) // 2, text, ink)


def _width(pen: Pen, along: Axis) -> int:
    """The width of a cell: of its number and its label where there are few columns, of a dot where there are many."""
    if len(along.values) > 40:
        return max(6, 1_600 // len(along.values))
    return min(110, max(52, *(pen.width(value.short) + 8 for value in along.values)))


def _mixed(ramp: Ramp, share: float | None) -> Colour:
    if share is None:
        return EMPTY
    low, high = ramp
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return red, green, blue
