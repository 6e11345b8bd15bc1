"""How long the table and the next picture take with 100,000 judgements: the bars are 0.2 s and 0.1 s.

    python3 run.py                               (once, to set up)
    .venv/bin/python benchmarks/yield_store.py [--judgements 100000] [--judges 2]

All pictures are in one run, and all but the last of them are judged, so that the next one is as far away as can be. The
table of a run is that of 10,000 of them, the largest sheet. Each figure is the median of several tries, the slowest
beside it: of a machine that does other work meanwhile, the slowest tells little.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pure_negative.yields import table
from pure_negative.yields.db.picture import Picture, Setting
from pure_negative.yields.db.store import Judgements
from pure_negative.yields.web.app import Web

TABLE, NEXT = 0.2, 0.1
TRIES = 7
LARGEST = 10_000
JUDGES = ("Ada", "Bea", "Cleo", "Dora")


def pictures(count: int) -> list[tuple[Picture, Path]]:
    """Pictures of 2 presets, 20 weights, 10 sizes and 3 step counts, in no order."""
    drawn = random.Random(1)
    sizes = [(512 + 64 * each, 512) for each in range(10)]
    found = []
    for seed in range(count):
        width, height = drawn.choice(sizes)
        w, steps = drawn.randint(1, 20) / 20, drawn.choice((48, 256, 512))
        setting = Setting(drawn.choice(("nai", "anything-v3")), w, width, height, 10.5, steps, "model [0123456789]")
        key = hashlib.sha256(str(seed).encode()).hexdigest()
        found.append((Picture(key, setting, seed), Path(f"{seed}.png")))
    return found


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds: the median, and the slowest."""
    took = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        act()
        took.append(time.perf_counter() - begun)
    return statistics.median(took), max(took)


def fill(judgements: Judgements, count: int, judges: int) -> tuple[int, int]:
    """Enter so many judgements through the public door; the numbers of the run, and of one with a part of it."""
    known = pictures(count // judges + 1)
    run = judgements.register(Path("whole"), known)
    part = judgements.register(Path("part"), known[:LARGEST])
    drawn = random.Random(2)
    for judge in JUDGES[:judges]:
        for picture, _ in known[:-1]:
            judgements.judge(judge, picture.key, drawn.randint(1, 4))
    return run.id, part.id


def measure(path: Path, run: int, part: int) -> dict[str, tuple[float, float, float]]:
    """What each act took by the median and at its slowest, and its bar."""
    by = ("preset", "w", "size", "steps")
    with Judgements(path) as judgements:
        web = Web(lambda: judgements)
        query = f"run={run}&judge=Ada"
        if web.answer("GET", "/next", query).status != 200:
            raise SystemExit("the page's request was refused.")
        return {
            "table by size, all judges": (*timed(lambda: table.make(judgements)), TABLE),
            "table by preset, W, size, steps": (*timed(lambda: table.make(judgements, by)), TABLE),
            "table of one judge": (*timed(lambda: table.make(judgements, by, judge="Ada")), TABLE),
            "table of a run": (*timed(lambda: table.make(judgements, by, run=part)), TABLE),
            "next picture": (*timed(lambda: judgements.waiting(run, "Ada")), NEXT),
            "next picture, as the page asks": (*timed(lambda: web.answer("GET", "/next", query)), NEXT),
            "a judgement, as the page sends it": (*timed(judging(judgements, web, run)), NEXT),
        }


def judging(judgements: Judgements, web: Web, run: int) -> Callable[[], object]:
    """Judge the run's last pictures again, one after another, through the page's door."""
    entries = iter(judgements.entries(run, "Ada")[-TRIES - 1 :])

    def act() -> object:
        entry = next(entries)
        told = {"run": run, "judge": "Ada", "key": entry.key, "class": entry.judged % 4 + 1}
        return web.answer("POST", "/judge", "", json.dumps(told).encode())

    return act


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--judgements", type=int, default=100_000)
    parser.add_argument("--judges", type=int, default=1, choices=range(1, 5))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "yield.sqlite3"
        begun = time.perf_counter()
        with Judgements(path) as judgements:
            run, part = fill(judgements, arguments.judgements, arguments.judges)
        each = (time.perf_counter() - begun) / arguments.judgements
        print(f"{arguments.judgements} judgements of {arguments.judges}, {1000 * each:.2f} ms each to keep")
        print(f"{path.stat().st_size / 2**20:.1f} MiB")
        found = measure(path, run, part)
    for what, (took, most, bar) in found.items():
        told = f"{1000 * took:6.1f} ms of {1000 * bar:.0f} allowed: {'met' if took < bar else 'NOT MET'}"
        print(f"{what:>34}: {told} (slowest {1000 * most:.1f} ms)")
    return 0 if all(took < bar for took, _, bar in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
