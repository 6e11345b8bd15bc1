"""How long a sheet takes on many workers, over ideal ones: the sheet's own loop, on a clock that is made up.

    python benchmarks/crew_simulation.py [CELLS WORKERS]…

Three classes of GPU (a third each: 1, 2.2 and 5 cells in 10 s), a batch that takes 0.3 s whatever is in it, every
batch up to 10 % quicker or slower, and one batch in a hundred lost with its worker, which is back after 20 s. Ideal is
all of that power at work until the last cell, without the 0.3 s and without losses; a cell in a million is lost three
times and left out. Beside it, the cells split equally before the start, as one process per card with its part of the
list does, without any losses.
"""

from __future__ import annotations

import contextlib
import heapq
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Model
from pure_negative.sheet import axis, batches, definition, run
from pure_negative.sheet.crew import Allowed, Answer, Done, Ending, Picture
from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.record import Record
from pure_negative.sheet.store import Folder

SPEEDS = (0.1, 0.22, 0.5)
"""Cells in a second."""
OVERHEAD = 0.3
LOST = 0.01
BACK = 20.0
SIZES = ((64, 4), (640, 40), (10_000, 100), (16_000, 1_000), (100_000, 1_000))


@dataclass(frozen=True)
class Nowhere(Folder):
    """A sheet of which nothing is kept."""

    @property
    def lasting(self) -> bool:
        return False

    def missing(self) -> list[Cell]:
        return list(self.sheet.cells)

    def put(self, cell: Cell, png: bytes) -> None:
        """Nothing."""

    def note(self, cells: object, made_by: str) -> None:
        """Nothing."""


@dataclass
class Pretended:
    """A crew on a clock of its own."""

    speeds: dict[str, float]
    model: Model = field(default_factory=lambda: Model("none", ""))
    shares: bool = True
    now: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(15))
    coming: list[tuple[float, int, str, tuple[Cell, ...], float, bool]] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    resting: set[str] = field(default_factory=set)

    def key(self, _: Sequence[Cell]) -> batches.Key:
        return batches.shape_of

    def live(self) -> Sequence[str]:
        return tuple(self.speeds)

    def idle(self) -> Sequence[str]:
        return [name for name in self.speeds if name not in self.busy and name not in self.resting]

    def waking(self) -> bool:
        return bool(self.resting)

    def made_by(self, worker: str) -> str:
        return worker

    def give(self, worker: str, cells: Sequence[Cell], _: Allowed) -> None:
        self.busy.add(worker)
        seconds = (OVERHEAD + len(cells) / self.speeds[worker]) * self.dice.uniform(0.9, 1.1)
        lost = self.dice.random() < LOST
        if lost:
            seconds *= self.dice.random()
        self._push(worker, tuple(cells), seconds, lost)

    def _push(self, worker: str, cells: tuple[Cell, ...], seconds: float, lost: bool) -> None:
        heapq.heappush(self.coming, (self.now + seconds, self.dice.getrandbits(60), worker, cells, seconds, lost))

    def finished(self) -> Iterator[Done]:
        self.now, _, worker, cells, seconds, lost = heapq.heappop(self.coming)
        self.busy.discard(worker)
        self.resting.discard(worker)
        if lost:
            self.resting.add(worker)
            self._push(worker, (), BACK, lost=False)
            yield Done(worker, cells, Answer(Ending.LOST, seconds, told=f"{worker} died"))
        elif cells:
            pictures = tuple(Picture("") for _ in cells)
            yield Done(worker, cells, Answer(Ending.MADE, seconds, pictures))


def sheet(count: int) -> Sheet:
    """That many cells of 512×512, made of one plan: planning is not what is looked at."""
    base = definition.make(Choices(seed=1), axis.read("W: 0.5"))
    plan = base.cells[0].plan
    cells = tuple(Cell(number % 100, number // 100 % 100, number // 10_000, plan) for number in range(count))
    axes = (axis.read(text) for text in ("W: 0.01-1.0 [100]", "CFG: 1-100", "seed: 1-10"))
    return Sheet(base.choices, base.tab, *axes, cells)


def over_ideal(count: int, workers: int) -> tuple[float, float, float]:
    """Time over ideal, that of an equal split, and the seconds of this process's own work for each batch."""
    speeds = {f"worker {number}": SPEEDS[number % len(SPEEDS)] for number in range(workers)}
    ideal = count / sum(speeds.values())
    made = sheet(count)
    folder = Nowhere(Path("nowhere"), Record(made, Model("none", ""), "", ""), mine=True)
    crew, begun, reports = Pretended(speeds), time.process_time(), 0
    with contextlib.suppress(run.UnfinishedError):
        for reports, _ in enumerate(run.run_crew(folder, crew), 1):  # noqa: B007
            pass
    spent = (time.process_time() - begun) / reports
    split = count / workers / min(speeds.values()) + OVERHEAD * count / workers / batches.AT_MODEL_AREA
    return crew.now / ideal, split / ideal, spent


def main(words: Sequence[str]) -> None:
    """Print a line for each number of cells and workers."""
    numbers = [int(word) for word in words]
    sizes = list(zip(numbers[::2], numbers[1::2], strict=True)) or SIZES
    print(f"{'cells':>8} {'workers':>8} {'over ideal':>11} {'equal split':>12} {'own work a batch':>17}")
    for count, workers in sizes:
        ours, split, spent = over_ideal(count, workers)
        print(f"{count:8} {workers:8} {ours:11.2f} {split:12.2f} {spent * 1000:14.2f} ms", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
