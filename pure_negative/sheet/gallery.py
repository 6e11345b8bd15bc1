"""The finished cells as they are looked at: each file is opened once, measured, and its infotext kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pure_negative.sheet import measure
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.measure import Measure
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
    """A sheet's pictures. Measures and infotexts are kept, pictures are not: there may be ten thousand."""

    folder: Folder
    _seen: dict[str, Seen | None] = field(default_factory=dict)

    def picture(self, cell: Cell) -> Image | None:
        """A cell's picture in RGB; None where it is not made."""
        opened = self.folder.picture(cell)
        image = opened.convert("RGB") if opened else None
        if cell.name not in self._seen:
            text = str(opened.info.get("parameters", "")) if opened else ""
            self._seen[cell.name] = Seen(measure.measure(image), text, *image.size) if image else None
        return image

    def seen(self, cell: Cell) -> Seen | None:
        """What is known of a cell; None where it is not made."""
        if cell.name not in self._seen:
            self.picture(cell)
        return self._seen[cell.name]
