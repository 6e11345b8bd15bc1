"""What several workers win, and what they cost this process, with Ray on this machine.

    python benchmarks/workers.py pairs [PAIRS]     two processes of one thread each against one, on the toy model
    python benchmarks/workers.py paced             eight workers that take a second for each batch against one
    python benchmarks/workers.py driver [CELLS]    this process's own work for a batch, 1,000 of them in flight

Loading is not counted: a run begins when all checkpoints are loaded.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from pure_negative import __version__, output
from pure_negative.diffusion import toy
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.distributed import cluster, ray_worker
from pure_negative.distributed.engine_actor import EngineActor, Facts
from pure_negative.planning import choices
from pure_negative.planning.request import Model
from pure_negative.sheet import axis, batches, definition, run, store
from pure_negative.sheet.crew import Answer, Ending, Order, Picture
from pure_negative.sheet.definition import Sheet
from pure_negative.sheet.team import Hand, Team

MODEL = Model("paced", "0000000000")


class Paced(EngineActor):
    """Takes as many seconds for a batch, whatever is in it, as its options name for a models folder."""

    def load(self) -> Facts:
        return Facts(MODEL, "nothing", "", __version__, "")

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        return dict.fromkeys(texts, 1)

    def make(self, orders: Sequence[Order]) -> Answer:
        seconds = float(str(self._options.models))
        time.sleep(seconds)
        png = output.png(Image.new("RGB", (8, 8)), "a")
        return Answer(Ending.MADE, seconds, tuple(Picture("a", png=png) for _ in orders))


class Alias(ray_worker.RayWorker):
    """One of many workers that an actor is at the same time."""

    def __init__(self, of: ray_worker.RayWorker, number: int) -> None:
        super().__init__(of._wanted, of._actor, Hand(f"worker {number}", "nothing", "", MODEL))


def sheet(count: int, size: str, steps: int) -> Sheet:
    chosen = choices.read({"seed": 7, "steps": steps, "size": size})
    return definition.make(chosen, axis.read(f"W: 0.0001-0.9 [{count // 8}]"), axis.read("CFG: 3-10"))


def seconds(workers: Sequence[ray_worker.RayWorker], wanted: Sheet, largest: int) -> tuple[float, float, int]:
    """Time, this process's CPU time, and the number of batches."""
    with tempfile.TemporaryDirectory() as out, Team(workers, lambda _: batches.shape_of) as crew:
        folder = store.create(Path(out), wanted, crew.model)
        begun, worked = time.perf_counter(), time.process_time()
        reports = sum(1 for _ in run.run_crew(folder, crew, largest))
        return time.perf_counter() - begun, time.process_time() - worked, reports - 1


def pairs(count: int) -> None:
    """Two processes against one, one thread each, in turns."""
    toy.ensure()
    wanted, ratios = sheet(64, "128x128", 8), []
    with cluster.here(2, 0) as machines:
        start = ray_worker.Wanted(machines, EngineOptions(), 1)
        for _ in range(count):
            one, two = (seconds(ray_worker.workers(start, number)[0], wanted, 4)[0] for number in (1, 2))
            ratios.append(one / two)
            print(f"one {one:6.1f} s, two {two:6.1f} s: {one / two:.2f} ×", flush=True)
    print(f"median of {count} pairs: {statistics.median(ratios):.2f} ×")


def paced() -> None:
    """Eight workers against one, a second for each batch."""
    wanted = sheet(64, "64x64", 1)
    with cluster.here(8, 0) as machines:
        start = ray_worker.Wanted(machines, EngineOptions(models="1"), 1, Paced)
        one, eight = (seconds(ray_worker.workers(start, number)[0], wanted, 1)[0] for number in (1, 8))
    print(f"one {one:.1f} s, eight {eight:.1f} s: {one / eight:.2f} ×")


def driver(count: int) -> None:
    """This process's CPU time for a batch of one while 1,000 are in flight, its file among it."""
    wanted = sheet(count, "64x64", 1)
    with cluster.here(4, 0) as machines:
        start = ray_worker.Wanted(machines, EngineOptions(models="5"), 1, Paced, at_once=250)
        few, _ = ray_worker.workers(start, 4)
        many = [Alias(few[number % 4], number) for number in range(1_000)]
        took, worked, made = seconds(many, wanted, 1)
    print(f"{made} batches in {took:.1f} s, {1000 * worked / made:.2f} ms of this process for each")


def main(words: Sequence[str]) -> None:
    """Run what is named."""
    if words[:1] == ["pairs"]:
        pairs(int(words[1]) if words[1:] else 7)
    elif words == ["paced"]:
        paced()
    elif words[:1] == ["driver"]:
        driver(int(words[1]) if words[1:] else 8_000)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
