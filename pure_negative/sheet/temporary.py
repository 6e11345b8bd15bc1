"""A sheet that is not to be saved: kept in memory, or in a temporary folder when it is too large for that."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.planning.request import Model
from pure_negative.sheet import record, store
from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.image_budget import Memory
from pure_negative.sheet.store import Folder

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Passing(Folder):
    """A sheet whose folder vanishes after the run."""

    memory: Memory = field(default_factory=Memory)
    _made: dict[str, Image] = field(default_factory=dict)

    @property
    def lasting(self) -> bool:
        return False

    def missing(self) -> list[Cell]:
        return [cell for cell in super().missing() if cell.name not in self._made]

    def save(self, cell: Cell, image: Image, text: str) -> None:
        if not self.memory.takes(image.size):
            super().save(cell, image, text)
            return
        image.info["parameters"] = text
        self._made[cell.name] = image

    def put(self, cell: Cell, png: bytes) -> None:
        import PIL.Image

        with PIL.Image.open(io.BytesIO(png)) as image:
            image.load()
            self.save(cell, image, str(image.info.get("parameters", "")))

    def note(self, cells: Iterable[Cell], made_by: str) -> None:
        """Nothing: nobody goes on with it."""

    def picture(self, cell: Cell) -> Image | None:
        return self._made.get(cell.name) or super().picture(cell)


def begin(path: Path, sheet: Sheet, model: Model) -> Passing:
    """A new sheet that passes; `path` is an empty folder."""
    (path / store.CELLS).mkdir()
    return Passing(path, record.of(sheet, model, store.today()))
