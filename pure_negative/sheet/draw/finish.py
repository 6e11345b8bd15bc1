"""Everything that is made of a sheet's finished cells: the drawn pictures, the maps, the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pure_negative.sheet import store
from pure_negative.sheet.draw import canvas, heatmaps, index_html
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.draw.layout import Layout
from pure_negative.sheet.store import Folder


@dataclass(frozen=True)
class Finished:
    """What was drawn of a sheet, by its files, and the pictures' measures and infotexts.

    A sheet that is not to last has no page, and its pictures and maps may stand in the gallery alone (`Gallery.drawn`).
    """

    pictures: list[Path]
    maps: list[Path]
    page: Path | None
    gallery: Gallery


def finish(
    folder: Folder,
    layout: Layout,
    watch: Callable[[Path], object] = lambda _: None,
    gallery: Gallery | None = None,
) -> Finished:
    """Draw a sheet, its maps and its page; cells that are not made stay empty.

    Args:
        folder: the sheet, held by no one else while it is drawn.
        layout: from `layout.plan`, best made before the cells, since it says how the sheet will be drawn.
        watch: called with each file as it is done.
        gallery: the sheet's, if it has taken the cells that were made just now.

    Raises:
        PureNegativeError: a file cannot be written, or another run is making this sheet.
    """
    gallery = gallery or Gallery(folder)
    with folder.held(), store.told(folder.path):
        pictures = [_watched(path, watch) for path in canvas.draw(gallery, layout)]
        drawn_maps = [_watched(path, watch) for path in heatmaps.draw(gallery, layout.font)]
        written = index_html.write(gallery, [*pictures, *drawn_maps]) if folder.lasting else None
        if written:
            watch(written)
    return Finished(pictures, drawn_maps, written, gallery)


def _watched(path: Path, watch: Callable[[Path], object]) -> Path:
    watch(path)
    return path
