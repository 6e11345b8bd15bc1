"""How long the table and the next picture take with 100,000 judgements: the bars are 0.2 s and 0.1 s.

    python3 run.py                               (once, to set up)
    .venv/bin/python benchmarks/yield_store.py [--judgements 100000] [--judges 2]

All pictures are in one run, and all but the last of them are judged, so that the next one is as far away as can be.
The figures are the slowest of several tries.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pure_negative.yields import table
from pure_negative.yields.picture import Picture, Setting
from pure_negative.yields.store import Judgements
from pure_negative.yields.web import Web

TABLE, NEXT = 0.2, 0.1
TRIES = 7
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


def slowest(act: Callable[[], object]) -> float:
    took = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        act()
        took.append(time.perf_counter() - begun)
    return max(took)


def fill(judgements: Judgements, count: int, judges: int) -> int:
    """Enter so many judgements through the public door; the run's number."""
    known = pictures(count // judges + 1)
    run = judgements.register(Path(tempfile.gettempdir()), known)
    drawn = random.Random(2)
    for judge in JUDGES[:judges]:
        for picture, _ in known[:-1]:
            judgements.judge(judge, picture.key, drawn.randint(1, 4))
    return run.id


def measure(path: Path, run: int) -> dict[str, tuple[float, float]]:
    """What each act took at its slowest, a new program's first one among them, and its bar."""
    by = ("preset", "w", "size", "steps")
    with Judgements(path) as judgements:
        last = judgements.entries(run)[-2]
        web = Web(lambda: judgements)
        query = f"run={run}&judge=Ada"
        return {
            "table by size, all judges": (slowest(lambda: table.make(judgements)), TABLE),
            "table by preset, W, size, steps": (slowest(lambda: table.make(judgements, by)), TABLE),
            "table of one judge": (slowest(lambda: table.make(judgements, by, judge="Ada")), TABLE),
            "table of the run": (slowest(lambda: table.make(judgements, by, run=run)), TABLE),
            "next picture, from the beginning": (slowest(lambda: judgements.waiting(run, "Ada")), NEXT),
            "next picture, as the page asks": (slowest(lambda: web.answer("GET", "/next", query)), NEXT),
            "next picture, after a judgement": (slowest(lambda: judgements.waiting(run, "Ada", last.place)), NEXT),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--judgements", type=int, default=100_000)
    parser.add_argument("--judges", type=int, default=1, choices=range(1, 5))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "yield.sqlite3"
        begun = time.perf_counter()
        with Judgements(path) as judgements:
            run = fill(judgements, arguments.judgements, arguments.judges)
        each = (time.perf_counter() - begun) / arguments.judgements
        print(f"{arguments.judgements} judgements of {arguments.judges}, {1000 * each:.2f} ms each to keep")
        print(f"{path.stat().st_size / 2**20:.1f} MiB")
        found = measure(path, run)
    for what, (took, bar) in found.items():
        print(f"{what:>34}: {1000 * took:6.1f} ms of {1000 * bar:.0f} allowed: {'met' if took < bar else 'NOT MET'}")
    return 0 if all(took < bar for took, bar in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
