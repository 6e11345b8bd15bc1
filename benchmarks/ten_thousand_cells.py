"""How long a sheet of 10,000 cells takes until its first batch begins, when it goes on half done.

    python benchmarks/ten_thousand_cells.py [RUNS]

Four things in turns, each in a process of its own, on the toy model: planning all cells, and no more; `--dry-run` of
the sheet; going on with it, until the first batch is handed out; the same for a sheet of four cells, which is what
starting Python and loading torch, diffusers and the model take by themselves. Prints medians, and what 10,000 cells add
over planning them once. Processor time is told too: on a machine that does other things it says more.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from pure_negative import output
from pure_negative.cli import main as command_line
from pure_negative.diffusion import digest, toy
from pure_negative.planning import choices
from pure_negative.planning.request import Model
from pure_negative.sheet import axis, crew, definition, store
from pure_negative.sheet.definition import Sheet

MANY = ("W: 0.01-1.0 [100]", "CFG: 2-101")
FEW = ("W: 0.5, 0.6", "CFG: 8, 9")
SIDE = 512
"""Of the finished pictures, whose reading would take long."""


class BegunError(Exception):
    """The first batch was handed out."""


def sheet(axes: tuple[str, str]) -> Sheet:
    """All its cells planned."""
    chosen = choices.read({"seed": 7, "steps": 1, "size": "64x64"})
    return definition.make(chosen, *map(axis.read, axes))


def half_done(out: Path, axes: tuple[str, str]) -> Path:
    """The folder of a sheet whose first half is made; all its files are one picture, linked."""
    path = toy.ensure()
    model = Model(path.stem, digest.sha256(path)[:10], noise="NV")
    folder = store.create(out, sheet(axes), model)
    cells = folder.sheet.cells[: len(folder.sheet.cells) // 2]
    first = folder.cell_path(cells[0])
    output.save(Image.effect_noise((SIDE, SIDE), 30).convert("RGB"), first, "a\nSteps: 1")
    for cell in cells[1:]:
        os.link(first, folder.cell_path(cell))
    folder.note(cells, "")
    return folder.path


def begin(words: Sequence[str]) -> None:
    """The command line until a batch is handed out."""

    def give(*_: object) -> None:
        raise BegunError

    crew.Solo.give = give  # type: ignore[method-assign]
    try:
        sys.exit(command_line.main(words))
    except BegunError:
        os._exit(0)


def took(*words: str) -> tuple[float, float]:
    """Seconds, and seconds of the processor, of this script with these words."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, __file__, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(runs: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as out:
        many, few = (half_done(Path(out), axes) for axes in (MANY, FEW))
        ways = {
            "planning 10,000 cells": ("plan",),
            "--dry-run of the sheet": ("begin", "sheet", "--resume", str(many), "--dry-run"),
            "going on with 10,000": ("begin", "sheet", "--resume", str(many)),
            "going on with 4": ("begin", "sheet", "--resume", str(few)),
        }
        found = [{what: took(*words) for what, words in ways.items()} for _ in range(runs)]
    middle = {what: [statistics.median(run[what][which] for run in found) for which in (0, 1)] for what in ways}
    for what, (wall, worked) in middle.items():
        print(f"{what:24} {wall:5.1f} s, {worked:5.1f} s of the processor")
    added = middle["going on with 10,000"][1] - middle["going on with 4"][1]
    ratio = added / middle["planning 10,000 cells"][1]
    print(f"added by 10,000 cells: {added:.1f} s of the processor, {ratio:.2f} × planning them once")


def main(words: Sequence[str]) -> None:
    """Run what is named."""
    if words[:1] == ["begin"]:
        begin(words[1:])
    elif words == ["plan"]:
        sheet(MANY)
    else:
        compare(int(words[0]) if words else 3)


if __name__ == "__main__":
    main(sys.argv[1:])
