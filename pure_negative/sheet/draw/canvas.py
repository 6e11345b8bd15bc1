"""Draw a sheet: a title, labelled columns and rows, every cell in its slot; a row of cells in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.sheet import record
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import caption
from pure_negative.sheet.draw import layout as layouts
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.draw.caption import Header
from pure_negative.sheet.draw.layout import Layout, Part
from pure_negative.sheet.draw.text import Colour, Pen

if TYPE_CHECKING:
    from PIL.Image import Image

PAPER: Colour = (255, 255, 255)
INK: Colour = (24, 28, 33)
FAINT: Colour = (98, 108, 118)
ACCENT: Colour = (217, 72, 15)
EMPTY: Colour = (233, 236, 239)


def draw(gallery: Gallery, layout: Layout) -> Iterator[Path]:
    """Write the drawn pictures into the sheet's folder; yields each as it is done."""
    for part, name in zip(layout.parts, layout.files(), strict=True):
        painter = _Painter(gallery, layout, part)
        yield gallery.put(gallery.folder.path / name, painter.size, painter.bands(), painter.text)


class _Painter:
    """Paints one picture, band by band."""

    def __init__(self, gallery: Gallery, layout: Layout, part: Part) -> None:
        self.gallery, self.part, self.metrics = gallery, part, layout.metrics
        self.pen = Pen(layout.metrics.font, layout.font)
        self.large = Pen(round(layout.metrics.font * 1.4), layout.font)
        self.width, _ = self.metrics.size(part, 0)
        self.sheet = gallery.folder.sheet
        self.text = record.infotext(gallery.folder.record)
        shared = caption.shared(gallery.folder.record, part.page)
        self.lines = self.pen.lines(shared, self.width - 2 * self.metrics.margin, caption.MOST_LINES)
        self.cells: dict[tuple[int, int], Cell] = {(cell.row, cell.column): cell for cell in self.sheet.page(part.page)}
        self.top = layouts.title_height(self.metrics, len(self.lines))
        self.size = self.metrics.size(part, self.top)

    def bands(self) -> Iterator[Image]:
        """The picture from top to bottom, a row of cells at a time."""
        yield self._title(self.top)
        if self.metrics.header:
            yield self._columns()
        headers = caption.rows(self.sheet, self.part.page)
        for row in self.part.rows:
            yield self._row(row, headers[row])
        yield self._footer()

    def _band(self, height: int) -> Image:
        import PIL.Image

        return PIL.Image.new("RGB", (self.width, height), PAPER)

    def _title(self, height: int) -> Image:
        band = self._band(height)
        left = self.metrics.margin
        self.large.write(band, left, left, self._heading(), INK)
        top = left + round(self.metrics.font * 1.9)
        for index, line in enumerate(self.lines):
            self.pen.write(band, left, top + index * self.pen.height, line, FAINT)
        return band

    def _heading(self) -> str:
        part, sheet = self.part, self.sheet
        heading = f"Pure negative prompt: {caption.title(sheet)}"
        if len(part.columns) < len(sheet.x.values):
            heading += f", columns {part.columns.start + 1}–{part.columns.stop}"
        if len(part.rows) < len(sheet.y.values):
            heading += f", rows {part.rows.start + 1}–{part.rows.stop}"
        return self.large.lines(heading, self.width - 2 * self.metrics.margin, 1)[0]

    def _columns(self) -> Image:
        band = self._band(self.metrics.header)
        headers = caption.columns(self.sheet, self.part.page)
        for column, left in self._slots():
            width = self.metrics.widths[column]
            lines = headers[column].lines(self.pen, width)
            top = self.metrics.header - self.pen.height * len(lines)
            for index, (line, marked) in enumerate(lines):
                indent = (width - self.pen.width(line)) // 2
                self.pen.write(band, left + indent, top + index * self.pen.height, line, ACCENT if marked else INK)
        return band

    def _slots(self) -> Iterator[tuple[int, int]]:
        """Each column and where its slot begins."""
        left = self.metrics.margin + self.metrics.label
        for column in self.part.columns:
            yield column, left + self.metrics.gap // 2
            left += self.metrics.widths[column] + self.metrics.gap

    def _row(self, row: int, header: Header) -> Image:
        height = self.metrics.heights[row]
        band = self._band(height + self.metrics.gap)
        lines = header.lines(self.pen, self.metrics.label - self.metrics.font // 2)
        top = (band.height - self.pen.height * len(lines)) // 2
        for index, (line, marked) in enumerate(lines):
            right = self.metrics.margin + self.metrics.label - self.metrics.font // 2
            colour = ACCENT if marked else INK
            self.pen.write(band, right - self.pen.width(line), top + index * self.pen.height, line, colour)
        for column, left in self._slots():
            self._cell(band, self.cells[row, column], left, (self.metrics.widths[column], height))
        return band

    def _cell(self, band: Image, cell: Cell, left: int, slot: tuple[int, int]) -> None:
        """The picture in the middle of its slot, framed and marked."""
        top = self.metrics.gap // 2
        image = self.gallery.picture(cell)
        if image is None:
            band.paste(EMPTY, (left, top, left + slot[0], top + slot[1]))
            self._centred(band, "not made", left, top, slot)
            return
        image = self._scaled(image, slot)
        x, y = left + (slot[0] - image.width) // 2, top + (slot[1] - image.height) // 2
        if self.sheet.varies_cfg and cell.recommended:
            line = max(2, self.metrics.gap // 2 - 1)
            band.paste(ACCENT, (x - line, y - line, x + image.width + line, y + image.height + line))
        band.paste(image, (x, y))
        seen = self.gallery.seen(cell)
        if seen and seen.measure.pale:
            self._tag(band, "pale", x, y + image.height)

    def _scaled(self, image: Image, slot: tuple[int, int]) -> Image:
        """The picture at the sheet's scale, smaller where it would leave its slot."""
        import PIL.Image

        scale = min(self.metrics.scale, slot[0] / image.width, slot[1] / image.height)
        if scale == 1:
            return image
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        return image.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=2.0)

    def _centred(self, band: Image, text: str, left: int, top: int, slot: tuple[int, int]) -> None:
        x = left + (slot[0] - self.pen.width(text)) // 2
        self.pen.write(band, x, top + (slot[1] - self.pen.height) // 2, text, FAINT)

    def _tag(self, band: Image, text: str, x: int, bottom: int) -> None:
        width = self.pen.width(text) + self.metrics.font
        band.paste(INK, (x, bottom - self.pen.height, x + width, bottom))
        self.pen.write(band, x + self.metrics.font // 2, bottom - self.pen.height, text, PAPER)

    def _footer(self) -> Image:
        band = self._band(self.metrics.footer)
        cells = [self.cells[row, column] for row in self.part.rows for column in self.part.columns]
        notes = []
        if self.sheet.varies_cfg and any(cell.recommended for cell in cells):
            notes.append((caption.FRAMED, ACCENT))
        if any(seen.measure.pale for cell in cells if (seen := self.gallery.seen(cell))):
            notes.append((caption.PALE, INK))
        for index, (text, colour) in enumerate(notes):
            line = self.pen.lines(text, self.width - 2 * self.metrics.margin, 1)[0]
            self.pen.write(band, self.metrics.margin, self.metrics.gap + index * self.pen.height, line, colour)
        return band
