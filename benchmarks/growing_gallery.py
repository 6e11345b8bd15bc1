"""What it costs a sheet to show itself as it grows: the same sheet with the WebUI's live previews on and off.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.growing_gallery [--rounds 9] [--size 64] …

Both are asked for their progress as a page does it, so the time in which the WebUI makes a PNG of what is shown counts
too. Without previews the WebUI decodes none of its own either: the ratio is that of the whole.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import webui as bench
from tests.real import server
from tests.real.server import Server

PERIOD = 1.0
"""Seconds between two questions of a page, as the WebUI's own setting has it."""
_NUMBERS = itertools.count(1)


@contextlib.contextmanager
def watched(webui: Server, task: str) -> Iterator[list[int]]:
    """Ask for the run's progress meanwhile; the pictures that came, by their number."""
    done, shown = threading.Event(), [-1]

    def ask() -> None:
        while not done.wait(PERIOD):
            body: dict[str, Any] = {"id_task": task, "live_preview": True, "id_live_preview": shown[-1]}
            answer = webui.post("/internal/progress", body)[1]
            if answer.get("live_preview"):
                shown.append(answer["id_live_preview"])

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield shown
    finally:
        done.set()
        asking.join()


def jobs(webui: Server, chosen: argparse.Namespace, counts: list[int]) -> bench.Jobs:
    """The sheet with live previews and without."""
    panel = {**bench.PANEL, "size": f"{chosen.size}x{chosen.size}", "steps": chosen.steps}
    entries = {"x": f"seed: 1-{chosen.side}", "y": f"W: 0.1-0.8 [{chosen.side}]", "batch": chosen.batch}

    def sheet(previews: bool) -> None:
        webui.post("/sdapi/v1/options", {"live_previews_enable": previews})
        task = f"task(growing{next(_NUMBERS)})"
        with watched(webui, task) as shown:
            fields = {"script_name": "Pure negative sheet", "script_args": [entries], "send_images": False}
            bench.posted(webui, [panel], force_task_id=task, **fields)
        if previews:
            counts.append(len(shown) - 1)

    return {"growing": lambda: sheet(True), "plain": lambda: sheet(False)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--side", type=int, default=8, help="cells along each side (8)")
    parser.add_argument("--batch", type=int, default=8, help="largest batch of the sheet (8)")
    parser.add_argument("--steps", type=int, default=48)
    parser.add_argument("--processor", action="store_true", help="the WebUI's processor seconds (a busy machine)")
    chosen = parser.parse_args()
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as folder, server.running(Path(folder) / "data", True) as webui:
        clock = bench.processor_clock(webui) if chosen.processor else time.perf_counter
        rounds = list(bench.in_turns(jobs(webui, chosen, counts), chosen.rounds, clock))
    growing, plain = (bench.median(rounds, name) for name in ("growing", "plain"))
    ratio = bench.ratio(rounds, "growing", "plain")
    print(f"growing {growing:.2f} s, plain {plain:.2f} s, ratio {ratio:.4f}; {counts[1:]} pictures shown")


if __name__ == "__main__":
    main()
