"""Programs that write to a folder of presets, run in processes of their own by `test_whole`.

`killed FOLDER` lets a child save without end, kills it, and looks, a hundred times over; `many FOLDER NAME` saves 500
presets, and counts one up fifty times that another process counts up as well.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.preset import model as preset
from pure_negative.preset import user_store
from pure_negative.preset.model import Preset

OLD = Preset("mine", "Mine", ("bad",), steps=1, hints=("x" * 1_900,) * 3)
NEW = dataclasses.replace(OLD, steps=2, hints=("y" * 1_900,) * 3)
KILLS = 100
PRESETS = 500
COUNTS = 50


def save_without_end(folder: Path, told: int) -> None:
    """The one and the other in turn, a byte into the pipe after each."""
    while True:
        there = user_store.load(folder, "mine")
        user_store.save(folder, NEW if there == OLD else OLD, over=there)
        os.write(told, b".")


def killed(folder: Path) -> None:
    """Kill a child somewhere in its second to fourth save, and note whatever is not one of the two whole."""
    dice = random.Random(1)
    user_store.save(folder, OLD)
    wrong, parts, seen = [], 0, set()
    for _ in range(KILLS):
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            save_without_end(folder, told)
        began = time.monotonic()
        os.read(heard, 1)
        time.sleep(dice.uniform(0, 2) * (time.monotonic() - began))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(heard)
        os.close(told)
        there = user_store.load(folder, "mine")
        bak = folder / "mine.yaml.bak"
        before = preset.read(bak.read_text(encoding="utf-8"), "bak") if bak.exists() else OLD
        wrong += [str(known.steps) for known in (there, before) if known not in (OLD, NEW)]
        wrong += [path.name for path in folder.iterdir() if not is_known(path.name)]
        parts += len(list(folder.glob(".*.part")))
        seen.add(there.steps)
    user_store.save(folder, dataclasses.replace(OLD, id="after"))
    print(json.dumps({"wrong": wrong, "seen": sorted(seen), "parts": parts}))


def is_known(name: str) -> bool:
    """Whether a file of this name may lie in the folder."""
    return name in ("mine.yaml", "mine.yaml.bak", ".lock") or (name.startswith(".mine.yaml") and name.endswith(".part"))


def many(folder: Path, name: str) -> None:
    """500 presets of one's own, and fifty counts of a preset that is shared."""
    for number in range(PRESETS):
        user_store.save(folder, Preset(f"{name}-{number}", "x", ("bad",), steps=number + 1))
        if number % (PRESETS // COUNTS) == 0:
            count_up(folder)


def count_up(folder: Path) -> None:
    """One more, over what was really there; another's write between asks for another look."""
    while True:
        there = user_store.load(folder, "count")
        try:
            user_store.save(folder, dataclasses.replace(there, steps=(there.steps or 0) + 1), over=there)
        except PureNegativeError as error:
            if "in the meantime" not in str(error):
                raise
        else:
            return


if __name__ == "__main__":
    job, place, *more = sys.argv[1:]
    if job == "killed":
        killed(Path(place))
    else:
        many(Path(place), *more)
