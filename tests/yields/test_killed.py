"""Killed while judging: everything that was said to be kept is there."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from pure_negative.yields.db.store import Judgements
from tests.yields.making import enter, imagined

ROOT = Path(__file__).parent.parent.parent
KILLS = 5
MANY = 2000


def judge_until_killed(first: int) -> None:
    """Judge picture after picture, naming each only once it is kept."""
    with Judgements() as judgements:
        for seed in range(first, MANY):
            judgements.judge("Ada", imagined(seed).key, seed % 4 + 1)
            print(seed, flush=True)


def test_kill_9_while_judging_loses_nothing_that_was_kept(data, tmp_path):
    with Judgements() as judgements:
        enter(judgements, tmp_path, [imagined(seed) for seed in range(MANY)])
    moments = random.Random(7)
    kept = -1
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.yields.test_killed", str(kept + 1)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) == kept + 1
            time.sleep(moments.uniform(0.0, 0.1))
            process.kill()
            told = [kept + 1, *map(int, process.stdout.read().split())]
        with Judgements() as judgements:
            found = {entry.seed: entry.judged for entry in judgements.entries(1, "Ada") if entry.judged}
        assert set(range(told[-1] + 1)) <= set(found)
        assert len(found) <= told[-1] + 2
        assert all(judged == seed % 4 + 1 for seed, judged in found.items())
        kept = max(found)
    assert KILLS - 1 <= kept < MANY - 1


if __name__ == "__main__":
    judge_until_killed(int(sys.argv[1]))
