"""What it costs a sheet to show itself as it grows: the same sheet with the WebUI's live previews on and off.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.growing_gallery [--rounds 9] [--size 64] …
    python -m benchmarks.growing_gallery --parts [--size 512] [--side 8]

Both are asked for their progress as a page does it, so the time in which the WebUI makes a PNG of what is shown counts
too. Without previews the WebUI decodes none of its own either: the ratio is that of the whole.

That ratio is true on a quiet machine alone: pictures are shown by the clock, so that a run which gets a tenth of a
processor shows ten times as many for its work. With `--parts` no WebUI is needed: the processor's milliseconds of each
part, for pictures of even noise, which a PNG holds worst, and what they come to in a run that shows as many as it may.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import itertools
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from benchmarks import webui as bench
from pure_negative.planning import choices
from pure_negative.sheet import axis, definition
from pure_negative.webui.sheet import growing
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


def milliseconds(call: Callable[[], object], times: int = 15) -> float:
    """What the thread works for one call; the least of some, which other programs stretch least."""

    def once() -> float:
        begun = time.thread_time()
        call()
        return 1000 * (time.thread_time() - begun)

    return min(once() for _ in range(times))


def parts(size: int, side: int) -> None:
    """The cost of taking a cell in, of handing the picture over, and of the WebUI's own PNG of it."""
    texts = (f"W: 0.1-0.8 [{side}]", f"seed: 1-{side}")
    sheet = definition.make(choices.read({"size": f"{size}x{size}"}), *(axis.read(text, "parts") for text in texts))
    made = Image.frombytes("RGB", (size, size), random.Random(0).randbytes(3 * size * size))
    shown: list[Image.Image] = []
    grown = growing.Growing(sheet, SimpleNamespace(assign_current_image=shown.append))
    take = sum(milliseconds(lambda cell=cell: grown.take(cell, made)) for cell in sheet.cells) / len(sheet.cells)
    grown.show()
    picture = shown[0]
    # modules/progress.py of WebUI v1.10.1, for pictures larger than 256 pixels
    give = milliseconds(lambda: base64.b64encode(packed(picture)).decode()) + milliseconds(picture.copy)
    pause = 1000 * growing.pause(picture)
    what = f"a picture of {picture.width} x {picture.height} {give:.1f} ms, at most every {pause:.0f} ms"
    print(f"a cell {take:.2f} ms; {what}:")
    print(f"{give / pause:.2%} of a run and {take:.2f} ms a cell, {take / 1000:.2%} where one takes a second")


def packed(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "png", optimize=False, compress_level=1)
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--side", type=int, default=8, help="cells along each side (8)")
    parser.add_argument("--batch", type=int, default=8, help="largest batch of the sheet (8)")
    parser.add_argument("--steps", type=int, default=48)
    parser.add_argument("--parts", action="store_true", help="the cost of each part alone; needs no WebUI")
    parser.add_argument("--processor", action="store_true", help="the WebUI's processor seconds (a busy machine)")
    chosen = parser.parse_args()
    if chosen.parts:
        parts(chosen.size, chosen.side)
        return
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as folder, server.running(Path(folder) / "data", True) as webui:
        clock = bench.processor_clock(webui) if chosen.processor else time.perf_counter
        rounds = list(bench.in_turns(jobs(webui, chosen, counts), chosen.rounds, clock))
    shown, plain = (bench.median(rounds, name) for name in ("growing", "plain"))
    ratios = sorted(each["growing"] / each["plain"] for each in rounds)
    print(
        f"growing {shown:.2f} s, plain {plain:.2f} s; ratios of the pairs {' '.join(f'{each:.3f}' for each in ratios)}"
    )
    print(f"median {statistics.median(ratios):.4f}; {counts[1:]} pictures shown")


if __name__ == "__main__":
    main()
