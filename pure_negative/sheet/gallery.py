"""The finished cells as they are looked at, and what is drawn of them: each file is opened once, if at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.sheet import measure
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.measure import Measure
from pure_negative.sheet.store import Folder

if TYPE_CHECKING:
    from PIL.Image import Image

ROOM = 64 << 20
"""Bytes of pictures that are kept: 85 of 512×512, more than a batch has by default."""


@dataclass(frozen=True)
class Seen:
    """What is known of a finished cell without opening it again."""

    measure: Measure
    infotext: str
    width: int
    height: int


@dataclass
class Gallery:
    """A sheet's pictures. Measures and infotexts are kept, pictures while there is room: there may be ten thousand."""

    folder: Folder
    _seen: dict[str, Seen | None] = field(default_factory=dict)
    _kept: dict[str, Image] = field(default_factory=dict)
    _drawn: dict[Path, Image] = field(default_factory=dict)
    room: int = ROOM

    def take(self, cell: Cell, image: Image, text: str) -> None:
        """A cell that was made just now, with its infotext: its file need not be opened to look at it."""
        picture = image.convert("RGB")
        self._see(cell, picture, text)
        if self._takes(picture.size):
            self._kept[cell.name] = picture

    def _takes(self, size: tuple[int, int]) -> bool:
        """Whether there was room for one more picture of that size, which is gone now."""
        self.room -= 3 * size[0] * size[1]
        return self.room >= 0

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
        self._seen[cell.name] = Seen(measure.measure(image), text, *image.size) if image else None

    def seen(self, cell: Cell) -> Seen | None:
        """What is known of a cell; None where it is not made."""
        if cell.name not in self._seen:
            self.picture(cell)
        return self._seen[cell.name]

    def canvas(self, path: Path, size: tuple[int, int]) -> Image | None:
        """A blank picture to draw into while its file is written, kept for `drawn`; None where there is no room."""
        import PIL.Image

        if not self._takes(size):
            return None
        self._drawn[path] = PIL.Image.new("RGB", size)
        return self._drawn[path]

    def drawn(self, path: Path) -> Image:
        """A picture that was drawn of the sheet, in RGB, by its file."""
        import PIL.Image

        if path in self._drawn:
            return self._drawn[path]
        with PIL.Image.open(path) as image:
            return image.convert("RGB")
