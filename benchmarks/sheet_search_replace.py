"""A sheet of W × Prompt S/R, 4 × 8 cells in a batch of 32, in the real WebUI: against X/Y/Z plot over the same values.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.sheet_search_replace [--size 64] [--rounds 3]

The two take turns in one run; the ratio of each round is taken, and the median of the ratios printed, with the number
of denoising runs of each.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import webui as bench
from tests.real import server
from tests.real.server import Server

W = "0.3, 0.564, 0.75, 0.91"
ANIMALS = "cat, dog, fox, owl, bee, cow, hen, pig"


def jobs(webui: Server, size: int) -> bench.Jobs:
    """The same 32 pictures by the sheet and by X/Y/Z plot."""
    panel = {**bench.PANEL, "size": f"{size}x{size}"}
    entries = {"x": f"W: {W}", "y": f"Prompt S/R: {ANIMALS}", "batch": 32}
    plot = webui.plot_args([("[Pure negative] W", W), ("Prompt S/R", ANIMALS)])

    def sheet() -> None:
        bench.posted(webui, [panel], prompt="a cat", script_name="Pure negative sheet", script_args=[entries])

    def xyz() -> None:
        bench.posted(webui, [panel], prompt="a cat", script_name="X/Y/Z plot", script_args=plot)

    return {"sheet": sheet, "xyz": xyz}


def runs_of(webui: Server, job: str, todo: bench.Jobs) -> int:
    """How often the WebUI samples for a job."""

    def count() -> int:
        return webui.log.read_text(errors="replace").count("NEIGHBOUR SAMPLES")

    before = count()
    todo[job]()
    return count() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processor", action="store_true", help="the WebUI's processor seconds (a busy machine)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server.running(Path(folder) / "data", True, neighbours=True) as webui:
        clock = bench.processor_clock(webui) if chosen.processor else time.perf_counter
        todo = jobs(webui, chosen.size)
        runs = {name: runs_of(webui, name, todo) for name in todo}
        rounds = list(bench.in_turns(todo, chosen.rounds, clock))
        for name, count in runs.items():
            print(f"{name}: {bench.median(rounds, name):.2f} s, {count} denoising runs")
        print(f"X/Y/Z ÷ sheet: {bench.ratio(rounds, 'xyz', 'sheet'):.2f}")


if __name__ == "__main__":
    main()
