"""The two small maps beside a sheet: mean brightness and detail over the same axes, pale cells marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pure_negative import infotext, whole_file
from pure_negative.sheet import caption, record
from pure_negative.sheet.axis import Axis
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import FAINT, INK, PAPER
from pure_negative.sheet.gallery import Gallery
from pure_negative.sheet.measure import Measure
from pure_negative.sheet.pen import Colour, Pen
from pure_negative.sheet.png import LEVEL

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
        yield whole_file.write(path, _Page(gallery, page, path, font).write)


class _Page:
    """The maps of one page, side by side."""

    def __init__(self, gallery: Gallery, page: int, path: Path, font: Path | None) -> None:
        self.gallery, self.page, self.path, self.sheet = gallery, page, path, gallery.folder.sheet
        self.pen = Pen(TYPE, font)
        self.text = record.infotext(gallery.folder.record)
        self.cells = self.sheet.page(page)
        self.square = _square(self.pen, self.sheet.x)
        self.left = max(self.pen.width(value.short) for value in self.sheet.y.values) + TYPE
        self.left = min(self.left, 12 * TYPE)
        self.panel = max(self.left + self.square * len(self.sheet.x.values), 18 * TYPE)

    def write(self, file: BinaryIO) -> None:
        import PIL.Image

        line = self.pen.height
        width = 2 * self.panel + 3 * TYPE
        lines = self.pen.lines(caption.shared(self.gallery.folder.record, self.page), width - 2 * TYPE, 4)
        top = TYPE + line * (len(lines) + 1)
        size = width, top + 4 * line + self.square * len(self.sheet.y.values) + 2 * line
        image = self.gallery.canvas(self.path, size) or PIL.Image.new("RGB", size)
        image.paste(PAPER, (0, 0, *size))
        for index, text in enumerate(lines):
            self.pen.write(image, TYPE, TYPE + index * line, text, FAINT)
        for index, (name, value, ramp) in enumerate(PANELS):
            self._panel(image, TYPE + index * (self.panel + TYPE), top, name, value, ramp)
        if any(seen.measure.pale for cell in self.cells if (seen := self.gallery.seen(cell))):
            self.pen.write(image, TYPE, size[1] - 2 * line, f"▲ {caption.PALE}", INK)
        image.save(file, "PNG", compress_level=LEVEL, pnginfo=infotext.png_info(self.text))

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
            if self.square > self.pen.height:
                text = "".join(self.pen.lines(value.short, self.square - 4, 1))
                x = left + self.left + index * self.square + (self.square - self.pen.width(text)) // 2
                self.pen.write(image, x, top + TYPE // 2, text, INK)
        top += 2 * self.pen.height - TYPE // 2
        for index, value in enumerate(self.sheet.y.values):
            if self.square >= self.pen.height:
                text = "".join(self.pen.lines(value.short, self.left - TYPE, 1))
                x = left + self.left - TYPE // 2 - self.pen.width(text)
                y = top + index * self.square + (self.square - self.pen.height) // 2
                self.pen.write(image, x, y, text, INK)

    def _cell(self, image: Image, origin: tuple[int, int], cell: Cell, colour: Colour, text: str) -> None:
        x = origin[0] + self.left + cell.column * self.square
        y = origin[1] + cell.row * self.square
        line = 1 if self.square >= self.pen.height else 0
        image.paste(colour, (x, y, x + self.square - line, y + self.square - line))
        width = self.pen.number_width(text)
        if 0 < width < self.square:
            ink = INK if sum(colour) > 380 else PAPER
            x += (self.square - width) // 2
            self.pen.write_number(image, x, y + (self.square - self.pen.height) // 2, text, ink)


def _square(pen: Pen, along: Axis) -> int:
    """The side of a cell: room for its number and its label where there are few columns, a dot where there are many."""
    if len(along.values) > 40:
        return max(6, 1_600 // len(along.values))
    return min(110, max(52, *(pen.width(value.short) + 8 for value in along.values)))


def _mixed(ramp: Ramp, share: float | None) -> Colour:
    if share is None:
        return EMPTY
    low, high = ramp
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(low, high, strict=True))
    return red, green, blue
