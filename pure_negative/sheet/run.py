"""Make the cells of a sheet: in batches, each finished cell on disk before the next batch starts."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import Progress, Renderer
from pure_negative.sheet import batches, store, timing
from pure_negative.sheet.crew import Crew, Describe, Done, Ending, Picture, Skipped, Solo
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.share import Members
from pure_negative.sheet.store import Folder
from pure_negative.sheet.timing import Timing

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Report", "Skipped", "UnfinishedError", "run", "run_crew"]

WRITERS = 4
"""Files of a batch that are written at a time."""
DEADLY = 2
"""Workers that a cell may end; then it is tried alone, and named as failed if it ends another."""
REFUSALS = 2
"""Workers that a cell is tried on when it can't be made."""
TIMED = 1.0
"""Seconds between two notes in the folder of how long cells take."""
Kept = Callable[[Cell, "Image", str], object]
"""Told of a cell that is on disk: its picture and its infotext."""


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
    kept: Kept | None = None,
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
    yield from run_crew(folder, Solo(renderer, key, describe, steps), largest, stop=stop, kept=kept)


def run_crew(
    folder: Folder,
    crew: Crew,
    largest: int | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
    kept: Kept | None = None,
) -> Iterator[Report]:
    """As `run`, with a crew, which is not closed at the end. Only this process writes the folder.

    A batch whose worker is lost is made again elsewhere; a cell that ends two workers in a row is tried alone.

    Raises:
        UnfinishedError: at the end, when cells failed; or no worker is left.
        PureNegativeError: another run is making this sheet.
    """
    with folder.held() as mine:
        yield from _Run(mine, crew, largest, stop, kept).reports()


class _Run:
    """The work that waits, as lists of cells that may share a batch, and what was learnt on the way."""

    def __init__(
        self, folder: Folder, crew: Crew, largest: int | None, stop: Callable[[], bool], kept: Kept | None
    ) -> None:
        missing = folder.missing()
        self.folder, self.crew, self.largest, self.stop, self.kept = folder, crew, largest, stop, kept
        self.waiting = batches.groups(missing, crew.key(missing))
        self.busy: dict[str, Sequence[Cell]] = {}
        self.left = _work(missing)
        """The work that waits; with that of the busy workers it is all that is to do."""
        self.given = 0.0
        self.total = len(folder.sheet.cells)
        self.done = self.total - len(missing)
        self.failed: list[tuple[Cell, str]] = []
        self.last_told = ""
        self.stopped = False
        self.members = Members()
        self.losses: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.worked = self.megapixels = 0.0
        self.timed = -TIMED
        self.writers = ThreadPoolExecutor(WRITERS)

    def reports(self) -> Iterator[Report]:
        yield self._report((), "")
        try:
            with self.writers:
                while self._hand_out() or self._waits():
                    for done in self.crew.finished():
                        yield from self._settled(done)
        finally:
            self._write_timing()
            if self.crew.shares or self.folder.record.makers:
                store.write_makers(self.folder)
        if self.waiting and not self.stopped:
            self._give_up()
        if self.failed:
            raise self._unfinished()

    def _hand_out(self) -> bool:
        """Give every idle worker what it can take; whether any worker is busy now."""
        for worker in self.crew.idle():
            self.stopped = self.stopped or bool(self.waiting and self.stop())
            if not self.waiting or self.stopped:
                break
            if batch := self._next_batch(worker):
                work = _work(batch)
                self.left -= work
                self.given += work
                self.busy[worker] = batch
                self.crew.give(worker, batch, partial(self._allowed, worker, work))
        return bool(self.busy)

    def _waits(self) -> bool:
        """Whether a worker that is not ready yet has something to do then."""
        return bool(self.waiting) and not self.stopped and self.crew.waking()

    def _allowed(self, worker: str, work: float) -> float | None:
        return self.members.allowed(worker, self.crew.live(), work)

    def _next_batch(self, worker: str) -> list[Cell]:
        for place, cells in enumerate(self.waiting):
            if self._can_take(worker, cells):
                return self._taken(place, self._size(worker, cells))
        return []

    def _can_take(self, worker: str, cells: list[Cell]) -> bool:
        """Whether a worker may try these; what it was lost with goes to another first, so that no cell is blamed."""
        member, name = self.members[worker], cells[0].name
        if _area(cells) >= member.too_large or (len(cells) == 1 and name in member.refused):
            return False
        return name not in member.lost or all(name in self.members[each].lost for each in self.crew.live())

    def _size(self, worker: str, cells: list[Cell]) -> int:
        most = batches.largest(cells[0].request, self.largest, self.members[worker].ceiling)
        if not self.crew.shares:
            return batches.first_size(len(cells), most)
        return min(most, self.members.share(worker, self.crew.live(), self.left, _work(cells[:1])))

    def _taken(self, place: int, size: int) -> list[Cell]:
        batch, rest = self.waiting[place][:size], self.waiting[place][size:]
        if rest:
            self.waiting[place] = rest
        else:
            del self.waiting[place]
        return batch

    def _settled(self, done: Done) -> Iterator[Report]:
        """Learn from a batch that came back, hand out the next ones, and only then write it."""
        cells, answer = done.cells, done.answer
        del self.busy[done.worker]
        self.given -= _work(cells)
        if answer.ending is Ending.MADE:
            self._clock(done.worker, answer.seconds, cells)
            self._hand_out()
            begun = time.monotonic()
            self._keep(cells, answer.pictures, self.crew.made_by(done.worker))
            self._clock_writing(done.worker, time.monotonic() - begun, cells)
            yield self._report(tuple(cells), "")
        elif note := self._again(done):
            self._hand_out()
            yield self._report((), note)

    def _again(self, done: Done) -> str:
        """What becomes of a batch that was not made, in words; "" where that is nobody's business yet."""
        cells, answer = list(done.cells), done.answer
        if answer.ending is Ending.SKIPPED:
            return f"skipped: {self._named(cells)}"
        ways = {Ending.OUT_OF_MEMORY: self._shrink, Ending.LOST: self._lost, Ending.REFUSED: self._isolate}
        self.last_told = answer.told
        return ways[answer.ending](done.worker, cells, answer.told)

    def _keep(self, cells: Sequence[Cell], pictures: Sequence[Picture], made_by: str) -> None:
        """Write the batch, several files at a time: compressing is most of the work, and leaves Python free."""
        write_all = self.writers.map if len(cells) > 1 else map
        written = write_all(self._write, cells, pictures)
        for cell, picture, _ in zip(cells, pictures, written, strict=True):
            if self.kept:
                self.kept(cell, _image(picture), picture.text)
            self.done += 1
        self.folder.note(cells, made_by)

    def _write(self, cell: Cell, picture: Picture) -> None:
        if picture.image is None:
            self.folder.put(cell, picture.png)
        else:
            self.folder.save(cell, picture.image, picture.text)

    def _clock(self, worker: str, seconds: float, cells: Sequence[Cell]) -> None:
        work = _work(cells)
        self.members.clock(worker, work, seconds)
        self.worked += work

    def _clock_writing(self, worker: str, seconds: float, cells: Sequence[Cell]) -> None:
        """A crew goes on while a batch is written, one renderer does not."""
        if not self.crew.shares:
            self.members.clock(worker, 0.0, seconds)
        self.megapixels = _area(cells) / 1e6
        if time.monotonic() - self.timed >= TIMED:
            self._write_timing()

    def _write_timing(self) -> None:
        """Keep how long cells take, for the estimates of later sheets."""
        self.timed, live = time.monotonic(), self.crew.live()
        speed = self.members.speed(live)
        if self.folder.lasting and self.worked and speed:
            took = Timing(self.worked / speed, self.worked, self.megapixels, self.folder.model.hash, len(live))
            timing.write(self.folder.path, took)

    def _put_back(self, *groups: list[Cell]) -> None:
        self.waiting[:0] = groups
        self.left += sum(map(_work, groups))

    def _shrink(self, worker: str, batch: list[Cell], told: str) -> str:
        """Half the pixels for this worker from here on; a picture too large alone leaves its size to the others."""
        member, who = self.members[worker], f"{worker}: " if self.crew.shares else ""
        self._put_back(batch)
        if len(batch) > 1:
            member.ceiling = len(batch) * _area(batch) / 2
            return f"{who}out of memory with a batch of {len(batch)} pictures; continuing with {len(batch) // 2}"
        member.too_large = min(member.too_large, _area(batch))
        largest = max((self.members[each].too_large for each in self.crew.live()), default=0)
        self._fail([cells for cells in self.waiting if _area(cells) >= largest], told)
        rest = "skipping this size" if _area(batch) >= largest else "the other workers make this size"
        return f"{who}out of memory with a single picture of {batch[0].plan.size}; {rest}"

    def _fail(self, hopeless: list[list[Cell]], told: str) -> None:
        for cells in hopeless:
            self.waiting.remove(cells)
            self.left -= _work(cells)
            self.failed += [(cell, told) for cell in cells]

    def _isolate(self, worker: str, batch: list[Cell], told: str) -> str:
        if len(batch) > 1:
            middle = len(batch) // 2
            self._put_back(batch[:middle], batch[middle:])
            return ""
        name = batch[0].name
        self.members[worker].refused.add(name)
        self.refusals[name] += 1
        if self.refusals[name] >= min(REFUSALS, len(self.crew.live())):
            self.failed.append((batch[0], told))
        else:
            self._put_back(batch)
        return ""

    def _lost(self, worker: str, batch: list[Cell], told: str) -> str:
        self.losses.update(cell.name for cell in batch)
        self.members[worker].lost.update(cell.name for cell in batch)
        named = batch[0].name if len(batch) == 1 else f"{batch[0].name} and {len(batch) - 1} more"
        if max(self.losses[cell.name] for cell in batch) < DEADLY:
            self._put_back(batch)
            again = "it is made again" if len(batch) == 1 else "they are made again"
            return f"{told} making {named}; {again}"
        if len(batch) > 1:
            self._put_back(*([cell] for cell in batch))
            return f"{told} making {named}, as another had; they are tried one by one"
        self.failed.append((batch[0], f"{told} making it, as others had."))
        return f"{told} making {named}, as others had; it is left out"

    def _give_up(self) -> None:
        """Nobody takes what waits: no worker is left, or each of them has failed with it.

        Raises:
            UnfinishedError: no worker is left.
        """
        if not self.crew.live():
            said = f" ({self.last_told})" if self.last_told else ""
            raise UnfinishedError(f"no worker is left{said}; {self.done} of {self.total} cells are made.", self.folder)
        self._fail(list(self.waiting), self.last_told)

    def _report(self, made: tuple[Cell, ...], note: str) -> Report:
        speed = self.members.speed(self.crew.live())
        seconds = max(0.0, self.left + self.given) / speed if speed else None
        if not (self.waiting or self.busy):
            seconds = seconds and 0.0
        return Report(made, self.done, self.total, seconds, note)

    def _named(self, batch: Sequence[Cell]) -> str:
        first = self.folder.sheet.label(batch[0])
        return first if len(batch) == 1 else f"{first}, and {len(batch) - 1} more"

    def _unfinished(self) -> UnfinishedError:
        cells = [cell for cell, _ in self.failed]
        what = f"{len(cells)} of {self.total} cells failed ({self._named(cells)}): {self.failed[0][1]}"
        return UnfinishedError(what, self.folder)


def _image(picture: Picture) -> Image:
    """The picture, opened where it came as a file's bytes."""
    import PIL.Image

    return picture.image if picture.image is not None else PIL.Image.open(io.BytesIO(picture.png))


def _area(cells: Sequence[Cell]) -> int:
    return cells[0].request.width * cells[0].request.height


def _work(cells: Sequence[Cell]) -> float:
    return timing.work(cell.request for cell in cells)
