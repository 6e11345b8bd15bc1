"""How much memory it takes to draw a sheet of 10,000 cells of 512×512: the bar is 1 GiB.

    python3 run.py                               (once, to set up)
    .venv/bin/python benchmarks/draw_memory.py [--large pages] [--cells 10000] [--keep DIR]

The cells are fabricated: a few distinct noisy pictures, linked under every cell's name. Peak memory is the process's
own resident set, read from the system; the cells are made by another process, so that they do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

DISTINCT = 16
BAR = 1024


def fabricate(out: Path, count: int) -> Path:
    """A sheet's folder with every cell there."""
    import numpy as np
    from PIL import Image

    from pure_negative import output
    from pure_negative.planning import choices, infotext
    from pure_negative.planning.request import Model
    from pure_negative.sheet import axis, definition, store

    rows = max(1, round(count**0.5))
    wanted = definition.make(
        choices.read({"seed": 1, "size": "512x512"}),
        axis.read(f"W: 0.01-1 [{max(2, count // rows)}]"),
        axis.read(f"CFG: 1-{rows}"),
    )
    folder = store.create(out, wanted, Model("fabricated", "0123456789"))
    noise = np.random.default_rng(1)
    for index, cell in enumerate(wanted.cells):
        if index < DISTINCT:
            coarse = Image.fromarray(noise.integers(0, 256, (48, 48, 3), np.uint8))
            text = infotext.write(cell.request, folder.model, infotext.pack(cell.plan))
            output.save(coarse.resize((512, 512), Image.Resampling.BICUBIC), folder.cell_path(cell), text)
        else:
            os.link(folder.cell_path(wanted.cells[index % DISTINCT]), folder.cell_path(cell))
    return folder.path


def draw(path: Path, way: str) -> dict[str, object]:
    """Draw the sheet; seconds, files, and the peak of this process's memory in MiB."""
    from pure_negative.sheet import store
    from pure_negative.sheet.draw import finish, layout

    folder = store.reopen(path, store.find(path).model)
    planned = layout.plan(folder.sheet, way)
    begun, cpu = time.perf_counter(), time.process_time()
    done = finish.finish(folder, planned)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cells": len(folder.sheet.cells),
        "note": planned.note,
        "seconds": round(time.perf_counter() - begun, 1),
        "CPU seconds": round(time.process_time() - cpu, 1),
        "files": {
            file.name: f"{file.stat().st_size / 2**20:.1f} MiB" for file in (*done.pictures[:3], *done.maps, done.page)
        },
        "pictures": len(done.pictures),
        "peak_MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--large", choices=("scale", "pages"), default="scale")
    parser.add_argument("--keep", type=Path, help="make the sheet in this folder and leave it there")
    parser.add_argument("--draw", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.draw:
        print(json.dumps(draw(arguments.draw, arguments.large), indent=2))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        path = fabricate(arguments.keep or Path(scratch), arguments.cells)
        command = [sys.executable, __file__, "--draw", str(path), "--large", arguments.large]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(json.dumps(told, indent=2))
    print(f"peak {told['peak_MiB']} MiB of {BAR} allowed: {'met' if told['peak_MiB'] < BAR else 'NOT MET'}")
    return 0 if told["peak_MiB"] < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
