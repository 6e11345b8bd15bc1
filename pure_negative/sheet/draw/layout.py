"""Where everything goes on the drawn sheet, decided before anything is rendered.

A sheet too large for one picture is drawn smaller, or as several pictures; `Layout.note` says which, beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.draw import caption
from pure_negative.sheet.draw.text import Pen

MOST_PIXELS = 80_000_000
"""Of one drawn picture: below the 89 million at which Pillow, and so the WebUI's gallery, warns of a bomb."""
MOST_SIDE = 65_000
"""Pixels; JPEG ends at 65,535."""
SMALLEST_CELL = 72
"""Pixels of a cell's longer side: scaled further down, nobody can compare cells."""
WAYS = ("scale", "pages")
"""What to do with a sheet too large for one picture."""

SizeOf = Callable[[Cell], tuple[int, int]]


@dataclass(frozen=True)
class Part:
    """One drawn picture: a page of the sheet, or a stretch of its columns and rows."""

    page: int
    columns: range
    rows: range


@dataclass(frozen=True)
class Metrics:
    """The sizes in pixels at one scale: of type, slots, and what surrounds them. Slots hold cells, centred."""

    scale: float
    font: int
    widths: tuple[int, ...]
    heights: tuple[int, ...]
    label: int
    header: int

    @property
    def gap(self) -> int:
        """Between two slots; wide enough for a frame around a cell."""
        return max(8, self.font * 2 // 3)

    @property
    def margin(self) -> int:
        return self.font

    def size(self, part: Part, top: int) -> tuple[int, int]:
        """Width and height of a drawn picture whose title takes `top` pixels."""
        across = sum(self.widths[i] + self.gap for i in part.columns)
        down = sum(self.heights[i] + self.gap for i in part.rows)
        return self.width_of(across), top + self.header + down + self.footer

    def width_of(self, across: int) -> int:
        return max(2 * self.margin + self.label + across, 30 * self.font)

    @property
    def footer(self) -> int:
        """Two lines about the marks, and a margin."""
        return 2 * round(self.font * 1.3) + self.margin + self.gap


@dataclass(frozen=True)
class Layout:
    """How a sheet is drawn, in which pictures, and what to say of it beforehand (empty when nothing is unusual)."""

    sheet: Sheet
    metrics: Metrics
    parts: tuple[Part, ...]
    note: str
    font: Path | None = None

    def files(self) -> list[str]:
        """The names of the drawn pictures."""
        if len(self.parts) == 1:
            return ["sheet.png"]
        return [f"sheet-{number + 1}.png" for number in range(len(self.parts))]


def plan(sheet: Sheet, way: str = "scale", font: Path | None = None, size_of: SizeOf | None = None) -> Layout:
    """The layout of a sheet.

    Args:
        sheet: what is drawn.
        way: what to do with a sheet too large for one picture: draw it smaller ("scale") or in several ("pages").
        font: a font file, if not the system's.
        size_of: width and height of a cell's picture in pixels, if not its request's (a host may enlarge it).
    """
    ruler = _Ruler(sheet, font, size_of or _requested_size)
    full = ruler.metrics(1.0)
    whole = _pages(sheet, 1, 1)
    if _fit(full, whole):
        return Layout(sheet, full, whole, "", font)
    metrics = full if way == "pages" else ruler.fitting(whole)
    parts = _split(sheet, metrics)
    while parts is None:
        metrics = ruler.metrics(metrics.scale * 0.9)
        parts = _split(sheet, metrics)
    return Layout(sheet, metrics, parts, _note(full, metrics, whole, parts), font)


def _requested_size(cell: Cell) -> tuple[int, int]:
    return cell.plan.size.width, cell.plan.size.height


class _Ruler:
    """Measures a sheet at any scale."""

    def __init__(self, sheet: Sheet, font: Path | None, size_of: SizeOf) -> None:
        self.font = font
        self.widths = [1] * len(sheet.x.values)
        self.heights = [1] * len(sheet.y.values)
        for cell in sheet.cells:
            width, height = size_of(cell)
            self.widths[cell.column] = max(self.widths[cell.column], width)
            self.heights[cell.row] = max(self.heights[cell.row], height)
        pages = range(len(sheet.z.values))
        self.columns = [header for page in pages for header in caption.columns(sheet, page)]
        self.rows = [header for page in pages for header in caption.rows(sheet, page)]
        self.typical = max(sum(self.widths) / len(self.widths), sum(self.heights) / len(self.heights))

    def metrics(self, scale: float) -> Metrics:
        """Slots are at least as wide and high as their labels need, so that text stays readable beside small cells.

        On a sheet that is scaled down, room goes to cells: notes below labels are left out where they do not fit.
        """
        size = round(min(40, max(13, self.typical * scale / 18)))
        pen = Pen(size, self.font)
        narrowest = min(8 * size, max(header.width(pen, scale < 1) for header in self.columns))
        widths = tuple(max(round(width * scale), narrowest) for width in self.widths)
        label = min(12 * size, max(header.width(pen) for header in self.rows))
        lowest = pen.height * max(len(header.lines(pen, label)) for header in self.rows)
        heights = tuple(max(round(height * scale), lowest) for height in self.heights)
        most = max(len(header.lines(pen, min(widths))) for header in self.columns)
        return Metrics(scale, size, widths, heights, label + size // 2 if label else 0, pen.height * most)

    def fitting(self, whole: tuple[Part, ...]) -> Metrics:
        """The largest scale at which every page is one picture, but none at which cells can't be compared any more."""
        low, high = min(1.0, SMALLEST_CELL / self.typical), 1.0
        for _ in range(8):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if _fit(self.metrics(middle), whole) else (low, middle)
        return self.metrics(low)


def title_height(metrics: Metrics, lines: int) -> int:
    """Pixels above the column labels: a margin, the title at 1.4 times the size of the type, and lines below it."""
    return metrics.margin + round(metrics.font * 1.9) + lines * round(metrics.font * 1.3) + metrics.gap


def _fit(metrics: Metrics, parts: tuple[Part, ...]) -> bool:
    sizes = [metrics.size(part, title_height(metrics, caption.MOST_LINES)) for part in parts]
    return all(w <= MOST_SIDE and h <= MOST_SIDE and w * h <= MOST_PIXELS for w, h in sizes)


def _pages(sheet: Sheet, across: int, down: int) -> tuple[Part, ...]:
    """Every page cut into so many stretches of columns and of rows."""
    columns, rows = _cut(len(sheet.x.values), across), _cut(len(sheet.y.values), down)
    return tuple(Part(page, c, r) for page in range(len(sheet.z.values)) for r in rows for c in columns)


def _cut(count: int, pieces: int) -> list[range]:
    step = math.ceil(count / pieces)
    return [range(start, min(start + step, count)) for start in range(0, count, step)]


def _split(sheet: Sheet, metrics: Metrics) -> tuple[Part, ...] | None:
    """As few pictures as fit, cut across their longer side; None when not even a single cell fits."""
    across = down = 1
    while not _fit(metrics, parts := _pages(sheet, across, down)):
        width, height = metrics.size(parts[0], 0)
        wide = width >= height and across < len(sheet.x.values)
        if not wide and down >= len(sheet.y.values):
            if across >= len(sheet.x.values):
                return None
            wide = True
        across, down = across + wide, down + (not wide)
    return parts


def _note(full: Metrics, metrics: Metrics, whole: tuple[Part, ...], parts: tuple[Part, ...]) -> str:
    width, height = full.size(whole[0], title_height(full, caption.MOST_LINES))
    ways = [f"at {metrics.scale:.0%} of its size"] if metrics.scale < 1 else []
    if len(parts) > len(whole):
        ways.append(f"in {len(parts)} pictures")
    return (
        f"The sheet would be about {width}×{height} pixels, too large for one picture: it will be drawn "
        f"{' and '.join(ways)}. The single pictures keep their full size."
    )
