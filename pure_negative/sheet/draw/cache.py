"""A cache of the finished cells' pictures, thumbnails and measurements, so that each file is opened at most once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.io import atomic_file
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import metrics, png
from pure_negative.sheet.draw.metrics import Measure
from pure_negative.sheet.image_budget import Memory
from pure_negative.sheet.store import Folder

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Seen:
    """What is known of a finished cell without opening it again."""

    measure: Measure
    infotext: str
    width: int
    height: int


@dataclass
class Gallery:
    """A sheet's pictures. Measures and infotexts are kept; pictures while there is room, each here or in its folder."""

    folder: Folder
    _seen: dict[str, Seen | None] = field(default_factory=dict)
    _kept: dict[str, Image] = field(default_factory=dict)
    _drawn: dict[Path, Image] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    texts: bool = True
    """Whether pictures that are drawn of the sheet hold its parameters text; its cells always hold theirs."""

    def take(self, cell: Cell, image: Image, text: str) -> None:
        """A cell that was made just now, with its infotext: its file need not be opened to look at it."""
        picture = image.convert("RGB")
        self._see(cell, picture, text)
        if self.folder.lasting and self.memory.takes(picture.size):
            self._kept[cell.name] = picture

    def picture(self, cell: Cell) -> Image | None:
        """A cell's picture in RGB; None where it is not made."""
        if cell.name in self._kept:
            return self._kept[cell.name].copy()
        opened = self.folder.picture(cell)
        image = opened.convert("RGB") if opened else None
        if cell.name not in self._seen:
            self._see(cell, image, str(opened.info.get("parameters", "")) if opened else "")
        return image

    def _see(self, cell: Cell, image: Image | None, text: str) -> None:
        self._seen[cell.name] = Seen(metrics.measure(image), text, *image.size) if image else None

    def seen(self, cell: Cell) -> Seen | None:
        """What is known of a cell; None where it is not made."""
        if cell.name not in self._seen:
            self.picture(cell)
        return self._seen[cell.name]

    def put(self, path: Path, size: tuple[int, int], bands: Iterable[Image], text: str) -> Path:
        """Take a picture that is drawn of the sheet, from top to bottom, with its parameters text.

        It is written to its file; while there is room it is kept for `drawn` too, and a sheet that is not to last then
        has no file of it.

        Raises:
            OSError: the file can't be written.
        """
        import PIL.Image

        if self.memory.takes(size):
            self._drawn[path] = PIL.Image.new("RGB", size)
            bands = _onto(self._drawn[path], bands)
            if not self.folder.lasting:
                deque(bands, maxlen=0)
                return path
        return atomic_file.write(path, lambda file: png.write(file, size, bands, text if self.texts else ""))

    def drawn(self, path: Path) -> Image:
        """A picture that was drawn of the sheet, in RGB, by its file's place."""
        import PIL.Image

        if path in self._drawn:
            return self._drawn[path]
        with PIL.Image.open(path) as image:
            return image.convert("RGB")


def _onto(canvas: Image, bands: Iterable[Image]) -> Iterator[Image]:
    """The same bands, each put below the one before as it passes."""
    top = 0
    for band in bands:
        canvas.paste(band, (0, top))
        top += band.height
        yield band
