"""What the tick costs in the real WebUI: the same 20-step 64×64 picture with the tick, and with its values typed.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.tick_cost [--rounds 40] [--processor]

Also what our files cost at start-up: their share of "load scripts" in the WebUI's own profile, and install.py.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import webui as bench
from pure_negative import choices, plan
from tests.real import server
from tests.real.server import NAME, ROOT, Server


def jobs(webui: Server) -> bench.Jobs:
    panel = {**bench.PANEL, "size": "64x64"}
    typed = plan.make(choices.read(panel)).api_body() | {"seed": 5}
    return {
        "tick": lambda: bench.posted(webui, [panel], send_images=False),
        "typed": lambda: bench.posted(webui, [False], send_images=False, **typed),
    }


def start_up(webui: Server) -> None:
    """Milliseconds of each of our files in the WebUI's start-up profile; the first import brings the package."""
    records = webui.get("/internal/profile-startup")[1]["records"]
    ours = {key: value for key, value in records.items() if "pure_negative" in key or NAME in key}
    for key, value in ours.items():
        print(f"start-up {1000 * value:>6.1f} ms  {key}")


def install(rounds: int) -> None:
    """Milliseconds of install.py, as the WebUI runs it, beside those of a Python that does nothing."""
    folder = server.webui_dir()
    words = server.command()[:1]
    runs = {"install": [*words, str(ROOT / "install.py")], "python": [*words, "-c", ""]}
    jobs = {name: lambda args=args: subprocess.run(args, cwd=folder, check=True) for name, args in runs.items()}
    times = list(bench.in_turns(jobs, rounds))
    ours, alone = (1000 * bench.median(times, name) for name in ("install", "python"))
    print(f"install.py {ours:.0f} ms, Python alone {alone:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--processor", action="store_true", help="the WebUI's processor seconds (a busy machine)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server.running(Path(folder) / "data", True) as webui:
        clock = bench.processor_clock(webui) if chosen.processor else time.perf_counter
        rounds = list(bench.in_turns(jobs(webui), chosen.rounds, clock))
        tick, typed = (1000 * bench.median(rounds, name) for name in ("tick", "typed"))
        print(f"tick {tick:.1f} ms, typed {typed:.1f} ms, ratio {bench.ratio(rounds, 'tick', 'typed'):.4f}")
        start_up(webui)
    install(9)


if __name__ == "__main__":
    main()
