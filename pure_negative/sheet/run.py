"""Make the cells of a sheet: in batches, each finished cell on disk before the next batch starts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import infotext
from pure_negative.planning.request import Progress, Renderer, model_of
from pure_negative.sheet import batches, timing
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.store import Folder
from pure_negative.sheet.timing import Timing

if TYPE_CHECKING:
    from PIL.Image import Image

WRITERS = 4
"""Files of a batch that are written at a time."""

Describe = Callable[[Cell, "Image"], str]
"""The infotext of a finished cell."""
Kept = Callable[[Cell, "Image", str], object]
"""Told of a cell that is on disk: its picture and its infotext."""


class Skipped(Exception):  # noqa: N818 - it is no error: a host's "skip" button was pressed
    """A renderer raises this when the user dropped the batch at hand: its cells stay unmade, the others go on."""


class UnfinishedError(PureNegativeError):
    """Some cells failed (`what`); all the others are in the sheet's folder, wherever that is."""

    def __init__(self, what: str, folder: Folder) -> None:
        super().__init__(f"{what} The finished ones are kept in {validate.one_line(str(folder.path))}.")
        self.what = what


@dataclass(frozen=True)
class Report:
    """How far a sheet is, after each batch. `seconds_left` is None before the first one is done."""

    made: tuple[Cell, ...]
    done: int
    total: int
    seconds_left: float | None
    note: str = ""


def run(
    folder: Folder,
    renderer: Renderer,
    largest: int | None = None,
    *,
    key: batches.Key | None = None,
    describe: Describe | None = None,
    stop: Callable[[], bool] = lambda: False,
    steps: Progress | None = None,
    kept: Kept = lambda *_: None,
) -> Iterator[Report]:
    """Make what is missing of a sheet, reporting before the first batch and after every one.

    Out of memory halves the batch and goes on. A batch that fails otherwise is made in halves, so that only the cells
    at fault stay unmade. Whatever ends the run, finished cells are kept, and the next run makes the others.

    Args:
        folder: the sheet, from `store.create` or `store.reopen`.
        renderer: makes the pictures; it may raise `OutOfMemory`, `Skipped` or `PureNegativeError`.
        largest: pictures in a batch at the most; None goes by their size.
        key: what the pictures of a batch must agree on, if not `batches.key_of(renderer)`.
        describe: a cell's infotext, if not the stand-alone engine's.
        stop: asked before every batch; true ends the run there.
        steps: called by the renderer after each step.
        kept: called with each cell once it is on disk.

    Raises:
        UnfinishedError: at the end, when cells failed.
        PureNegativeError: another run is making this sheet.
    """
    with folder.held() as mine:
        yield from _Run(mine, renderer, largest, key, describe, stop, steps, kept).reports()


class _Run:
    """The work that waits, as lists of cells that may share a batch, and what was learnt on the way."""

    def __init__(
        self,
        folder: Folder,
        renderer: Renderer,
        largest: int | None,
        key: batches.Key | None,
        describe: Describe | None,
        stop: Callable[[], bool],
        steps: Progress | None,
        kept: Kept,
    ) -> None:
        missing = folder.missing()
        self.folder, self.renderer, self.largest, self.stop, self.steps = folder, renderer, largest, stop, steps
        self.describe, self.kept = describe or self._own_infotext, kept
        self.waiting = batches.groups(missing, key or batches.key_of(renderer))
        self.total = len(folder.sheet.cells)
        self.done = self.total - len(missing)
        self.failed: list[tuple[Cell, str]] = []
        """Told in words: an error kept would keep all that the failed batch had in memory."""
        self.ceiling = math.inf
        self.too_large = math.inf
        self.took = Timing(0.0, 0.0, 0.0, folder.model.hash)

    def reports(self) -> Iterator[Report]:
        yield self._report((), "")
        while self.waiting and not self.stop():
            batch = self._next_batch()
            begun = time.monotonic()
            try:
                images = self._render(batch)
            except OutOfMemory as error:
                yield self._report((), self._shrink(batch, str(error)))
            except PureNegativeError as error:
                self._isolate(batch, str(error))
            except Skipped:
                yield self._report((), f"skipped: {self._named(batch)}")
            else:
                self._keep(batch, images)
                self._clock(time.monotonic() - begun, batch)
                yield self._report(tuple(batch), "")
        if self.failed:
            raise self._unfinished()

    def _next_batch(self) -> list[Cell]:
        cells = self.waiting[0]
        most = batches.largest(cells[0].request, self.largest, self.ceiling)
        size = batches.first_size(len(cells), most)
        batch, self.waiting[0] = cells[:size], cells[size:]
        self.waiting = [each for each in self.waiting if each]
        return batch

    def _render(self, batch: list[Cell]) -> list[Image]:
        images = self.renderer.render([cell.request for cell in batch], self.steps)
        if len(images) != len(batch):
            raise PureNegativeError(f"{len(images)} pictures came back for {len(batch)} cells.")
        return images

    def _keep(self, batch: list[Cell], images: list[Image]) -> None:
        """Write the batch, several files at a time: compressing is most of the work, and leaves Python free."""
        texts = [self.describe(cell, image) for cell, image in zip(batch, images, strict=True)]
        with ThreadPoolExecutor(WRITERS) as pool:
            written = pool.map(self.folder.save, batch, images, texts)
            for cell, image, text, _ in zip(batch, images, texts, written, strict=True):
                self.kept(cell, image, text)
                self.done += 1

    def _own_infotext(self, cell: Cell, _: Image) -> str:
        beside = self.renderer.described(cell.request)
        made = model_of(self.renderer, cell.request)
        return infotext.write(cell.request, made, infotext.pack(cell.plan), beside)

    def _clock(self, seconds: float, batch: list[Cell]) -> None:
        work = self.took.work + timing.work(cell.request for cell in batch)
        self.took = Timing(self.took.seconds + seconds, work, _area(batch) / 1e6, self.folder.model.hash)
        if self.folder.lasting:
            timing.write(self.folder.path, self.took)

    def _shrink(self, batch: list[Cell], error: str) -> str:
        """Half the pixels from here on; a picture that is too large alone takes all of its size with it."""
        if len(batch) > 1:
            self.ceiling = len(batch) * _area(batch) / 2
            self.waiting.insert(0, batch)
            return f"out of memory with a batch of {len(batch)} pictures; continuing with {len(batch) // 2}"
        self.too_large = min(self.too_large, _area(batch))
        hopeless = [batch, *(cells for cells in self.waiting if _area(cells) >= self.too_large)]
        self.waiting = [cells for cells in self.waiting if _area(cells) < self.too_large]
        self.failed += [(cell, error) for cells in hopeless for cell in cells]
        return f"out of memory with a single picture of {batch[0].plan.size}; skipping this size"

    def _isolate(self, batch: list[Cell], error: str) -> None:
        if len(batch) == 1:
            self.failed.append((batch[0], error))
            return
        middle = len(batch) // 2
        self.waiting = [batch[:middle], batch[middle:], *self.waiting]

    def _report(self, made: tuple[Cell, ...], note: str) -> Report:
        left = timing.work(cell.request for cells in self.waiting for cell in cells)
        seconds = self.took.seconds_for(left) if self.took.work else None
        return Report(made, self.done, self.total, seconds, note)

    def _named(self, batch: list[Cell]) -> str:
        first = self.folder.sheet.label(batch[0])
        return first if len(batch) == 1 else f"{first}, and {len(batch) - 1} more"

    def _unfinished(self) -> UnfinishedError:
        cells = [cell for cell, _ in self.failed]
        what = f"{len(cells)} of {self.total} cells failed ({self._named(cells)}): {self.failed[0][1]}"
        return UnfinishedError(what, self.folder)


def _area(cells: list[Cell]) -> int:
    return cells[0].request.width * cells[0].request.height
