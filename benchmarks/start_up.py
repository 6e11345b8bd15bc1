"""What our files cost while the real WebUI starts: its own "load scripts" figure, where the rest went, and install.py.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.start_up [--rounds 5]

Each round starts the WebUI again in the same data folder, so that Python finds its compiled files, as at a user's; the
first start, which compiles them, is not counted. The WebUI's own figures are wall time. Beside them an extension of the
benchmark's (`stopwatch`) says how long the processor worked, which other programs do not stretch, and what was moved
from loading to building the page. Shown are the least and the median.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from benchmarks import webui as bench
from tests.real import server

STOPWATCH = Path(__file__).parent / "stopwatch"
PROFILED = "load scripts/pure_negative"
LOADING = "load "
Figures = dict[str, float]


def started(data: Path) -> tuple[Figures, Figures]:
    """Milliseconds of one start, by the WebUI's profile and by the processor; those of equal calls are added up."""
    with server.running(data, True) as webui:
        records = webui.get("/internal/profile-startup")[1]["records"]
        lines = webui.log.read_text(errors="replace").splitlines()
    profile = {key: 1000 * value for key, value in records.items() if key.startswith(PROFILED)}
    worked: Figures = defaultdict(float)
    for _, what, milliseconds in (line.split("|") for line in lines if line.startswith("stopwatch|")):
        worked[what] += float(milliseconds)
    return profile, dict(worked)


def report(title: str, rounds: list[Figures], keys: Iterable[str]) -> None:
    """The least and the median of some of the figures, and of their sum."""
    chosen = [{key: each[key] for key in keys} for each in rounds]
    print(f"\n{'least':>8} {'median':>8}  {title}")
    for key in [*chosen[0], "all of it"]:
        values = [each.get(key, sum(each.values())) for each in chosen]
        print(f"{min(values):>8.1f} {statistics.median(values):>8.1f}  {key}", flush=True)


def install(rounds: int) -> None:
    """Milliseconds of install.py, as the WebUI runs it, beside those of a Python that does nothing."""
    words = server.command()[:1]
    runs = {"install": [*words, str(server.ROOT / "install.py")], "python": [*words, "-c", ""]}
    folder = server.webui_dir()
    jobs = {name: lambda args=args: subprocess.run(args, cwd=folder, check=True) for name, args in runs.items()}
    times = list(bench.in_turns(jobs, rounds))
    ours, alone = (1000 * bench.median(times, name) for name in ("install", "python"))
    print(f"\ninstall.py {ours:.0f} ms, Python alone {alone:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        server.prepare(data, True, False)
        shutil.copytree(STOPWATCH, data / "extensions" / "a-stopwatch")
        rounds = [started(data) for _ in range(chosen.rounds + 1)][1:]
    profile, worked = [each for each, _ in rounds], [each for _, each in rounds]
    report('ms, the WebUI\'s own "load scripts"', profile, profile[0])
    report("ms of the processor: loading", worked, [key for key in worked[0] if key.startswith(LOADING)])
    later = [key for key in worked[0] if not key.startswith(LOADING)]
    report("ms of the processor: building the page and the API", worked, later)
    install(9)


if __name__ == "__main__":
    main()
