"""What the sheet's tests share: renderers that misbehave on purpose, and sheets made of a few words."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.planning import choices
from pure_negative.planning.request import Progress, Request
from pure_negative.sheet import axis, definition, run, store
from pure_negative.sheet.definition import Sheet
from pure_negative.sheet.store import Folder
from tests.fakes import FakeRenderer

MOST_TRIES = 1_000
"""Batches that one test may ask for."""


class SheetRenderer(FakeRenderer):
    """Pictures in their full size, a plain colour of their request each.

    It has memory for batches of so many pixels, and fails where a negative prompt holds one of the `poison` texts.
    """

    def __init__(self, memory: float = float("inf"), poison: Sequence[str] = (), stop_after: int | None = None) -> None:
        super().__init__(stop_after)
        self.memory, self.poison = memory, poison
        self.tried: list[int] = []

    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image.Image]:
        self.tried.append(len(batch))
        assert len(self.tried) < MOST_TRIES, "the run goes on for ever"
        if sum(request.width * request.height for request in batch) > self.memory:
            raise OutOfMemory("not enough memory; use a smaller batch or size.")
        for request in batch:
            if any(text in request.negative_prompt for text in self.poison):
                raise PureNegativeError("the UNet produced NaN or infinite values.")
        super().render(batch, progress)
        return [plain(request) for request in batch]

    @property
    def made(self) -> list[Request]:
        return [request for batch in self.batches for request in batch]


def plain(request: Request) -> Image.Image:
    """A picture of the request's size in a colour of its own."""
    red, green, blue = hashlib.sha256(repr(request).encode()).digest()[:3]
    return Image.new("RGB", (request.width, request.height), (red, green, blue))


def sheet(x: str, y: str | None = None, z: str | None = None, **entries: object) -> Sheet:
    """A sheet of 64 px cells of 2 steps with the seed 7, where nothing else is said."""
    chosen = choices.read({"seed": 7, "steps": 2, "size": "64x64", **entries})
    return definition.make(chosen, *(axis.read(text) if text else axis.NONE for text in (x, y, z)))


def begin(out: Path, wanted: Sheet) -> Folder:
    return store.create(out, wanted, FakeRenderer.model)


def make(folder: Folder, renderer: SheetRenderer | None = None, largest: int | None = None) -> list[run.Report]:
    return list(run.run(folder, renderer or SheetRenderer(), largest))


def main(folder: str) -> None:
    """Go on with a sheet slowly, to be killed on the way."""

    class Slow(SheetRenderer):
        def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image.Image]:
            time.sleep(0.02)
            print("batch", flush=True)
            return super().render(batch, progress)

    found = store.reopen(Path(folder), Slow.model)
    print("ready", flush=True)
    make(found, Slow(), largest=2)
    print("made", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
