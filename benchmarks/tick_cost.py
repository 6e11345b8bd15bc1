"""What the tick costs in the real WebUI: the same 20-step 64×64 picture with the tick, and with its values typed.

WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.tick_cost [--rounds 40] [--processor]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import webui as bench
from pure_negative.planning import choices, plan
from tests.real import server
from tests.real.server import Server


def jobs(webui: Server) -> bench.Jobs:
    panel = {**bench.PANEL, "size": "64x64"}
    typed = plan.make(choices.read(panel)).api_body() | {"seed": 5}
    return {
        "tick": lambda: bench.posted(webui, [panel], send_images=False),
        "typed": lambda: bench.posted(webui, [False], send_images=False, **typed),
    }


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


if __name__ == "__main__":
    main()
