"""`index.html` beside the cells: the sheet to look at, with no server and nothing from the network.

Words, prompts and names are strangers' text: the template escapes everything, and the page's own content security
policy lets no other script run than the one in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pure_negative.io import atomic_file, web_page
from pure_negative.sheet import journal, store
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import caption
from pure_negative.sheet.draw.cache import Gallery, Seen
from pure_negative.sheet.draw.caption import Header

NAME = "index.html"
_ZOOM = (48, 1024)
"""Pixels of a cell's longer side, smallest and largest."""
_LINKS = 12
"""Drawn pictures that the page links to, at the most."""


def write(gallery: Gallery, drawn: list[Path]) -> Path:
    """Write the page into the sheet's folder, with links to the drawn pictures.

    Returns:
        The page's file.
    """
    text = _page(gallery, drawn).encode()
    return atomic_file.write(gallery.folder.path / NAME, lambda file: file.write(text))


def _page(gallery: Gallery, drawn: list[Path]) -> str:
    sheet = gallery.folder.sheet
    infotexts: list[str] = []
    sections = [_section(gallery, page, infotexts) for page in range(len(sheet.z.values))]
    seen = _seen(gallery, sheet.cells)
    return web_page.write(
        Path(__file__),
        "img-src 'self' file:",
        title=f"Pure negative prompt: {caption.title(sheet)}",
        facts=caption.shared(gallery.folder.record),
        zoom=_zoom(seen),
        drawn=[path.name for path in drawn[:_LINKS]],
        varies_cfg=sheet.varies_cfg,
        notes=[*_notes(seen, len(sheet.cells)), *_devices(gallery)],
        numbered=[(axis.name, labels) for axis in sheet.axes if (labels := caption.by_number(axis))],
        sections=sections,
        infotexts=infotexts,
    )


def _seen(gallery: Gallery, cells: Sequence[Cell]) -> list[Seen]:
    return [found for cell in cells if (found := gallery.seen(cell))]


def _notes(seen: list[Seen], count: int) -> list[str]:
    """What the legend says beside the sign of the recommended CFG scale."""
    notes = [caption.PALE] if any(found.measure.pale for found in seen) else []
    return notes + ([f"{len(seen)} of {count} cells made"] if len(seen) < count else [])


def _devices(gallery: Gallery) -> list[str]:
    """What cells were made on, where it was not the same everywhere: it can look like an effect of an axis."""
    kinds = journal.kinds(journal.read(gallery.folder.path))
    if len(kinds) < 2:
        return []
    return [f"made on unlike devices ({'; '.join(kinds)}); sheet.yaml says which cells"]


def _zoom(seen: list[Seen]) -> dict[str, int]:
    """A slider over the logarithm of the cell size, so that each bit of way zooms alike."""
    largest = max((max(found.width, found.height) for found in seen), default=256)
    low, high, at = (round(100 * math.log2(pixels)) for pixels in (*_ZOOM, min(256, max(96, largest))))
    return {"low": low, "high": high, "at": at}


@dataclass(frozen=True)
class _Section:
    """One page of the sheet as a table; a cell that is not made is None."""

    label: str
    columns: Sequence[Header]
    rows: list[tuple[Header, list[_Shown | None]]]


@dataclass(frozen=True)
class _Shown:
    """A cell as its element says it; shares are of the range on its page, for the colours of the maps."""

    index: int
    classes: str
    remarks: str
    file: str
    label: str
    width: int
    height: int
    brightness: str
    detail: str
    share_of_brightness: str
    share_of_detail: str


def _section(gallery: Gallery, page: int, infotexts: list[str]) -> _Section:
    """One page's table; the infotexts of its cells are appended to the list."""
    sheet = gallery.folder.sheet
    cells, across = sheet.page(page), len(sheet.x.values)
    scale = _Scale(_seen(gallery, cells))
    shown = [_cell(gallery, cell, scale, infotexts) for cell in cells]
    rows = [(head, shown[row * across : (row + 1) * across]) for row, head in enumerate(caption.rows(sheet, page))]
    return _Section(sheet.z.values[page].label, caption.columns(sheet, page), rows)


class _Scale:
    """The range of both measures on a page, for the colours of its maps."""

    def __init__(self, seen: list[Seen]) -> None:
        self.brightness = _span([found.measure.brightness for found in seen])
        self.detail = _span([found.measure.detail for found in seen])


def _span(values: list[float]) -> tuple[float, float]:
    return min(values, default=0.0), max(values, default=0.0)


def _share(value: float, span: tuple[float, float]) -> str:
    return f"{(value - span[0]) / (span[1] - span[0] or 1.0):.3f}"


def _cell(gallery: Gallery, cell: Cell, scale: _Scale, infotexts: list[str]) -> _Shown | None:
    seen = gallery.seen(cell)
    if seen is None:
        return None
    sheet, measure = gallery.folder.sheet, seen.measure
    recommended = sheet.varies_cfg and cell.recommended
    remarks = [f"brightness {measure.brightness:.3f}", f"detail {measure.detail:.3f}"]
    remarks += ["the recommended CFG scale"] if recommended else []
    remarks += [caption.PALE] if measure.pale else []
    infotexts.append(seen.infotext)
    return _Shown(
        index=len(infotexts) - 1,
        classes=_classes(seen, recommended),
        remarks=", ".join(remarks),
        file=f"{store.CELLS}/{cell.name}.png",
        label=sheet.label(cell),
        width=seen.width,
        height=seen.height,
        brightness=f"{measure.brightness:.3f}",
        detail=f"{measure.detail:.3f}",
        share_of_brightness=_share(measure.brightness, scale.brightness),
        share_of_detail=_share(measure.detail, scale.detail),
    )


def _classes(seen: Seen, recommended: bool) -> str:
    marks = {"recommended": recommended, "pale": seen.measure.pale}
    shape = "wide" if seen.width >= seen.height else "tall"
    return " ".join(["cell", *(name for name, holds in marks.items() if holds), shape])
