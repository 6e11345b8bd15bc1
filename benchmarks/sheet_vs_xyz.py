"""A sheet of 8×8 cells, W × CFG, in the real WebUI: against X/Y/Z plot over the same values, and a plain batch of them.

    WEBUI_DIR=… [WEBUI_PYTHON=…] [WEBUI_ARGS=…] python -m benchmarks.sheet_vs_xyz [--sizes 64 128] [--rounds 3] …

The WebUI is started as the tests start it (tests/real/server.py), on the embedded checkpoint or, with --checkpoint, on
another one. Jobs take turns in one run; the ratio of each round is taken, and the median of the ratios printed.
X/Y/Z takes so long that the machine may change speed meanwhile: sheet and batch, a few percent apart, take turns alone.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks import webui as bench
from tests.real import server
from tests.real.server import Server

W = ("0.3", "0.4", "0.5", "0.564", "0.65", "0.75", "0.82", "0.91")
CFG = ("3", "5", "7", "9", "10.5", "12", "14", "16")


def jobs(webui: Server, size: int, chosen: argparse.Namespace) -> bench.Jobs:
    """The same pictures by the sheet and by X/Y/Z plot, and as many of one negative prompt in one batch."""
    panel = {**bench.PANEL, "size": f"{size}x{size}", **({"steps": chosen.steps} if chosen.steps else {})}
    weights, scales = (", ".join(values[: chosen.side]) for values in (W, CFG))
    entries = {"x": f"W: {weights}", "y": f"CFG: {scales}", "batch": chosen.batch}
    plot = webui.plot_args([("[Pure negative] W", weights), ("CFG Scale", scales)])
    save = chosen.save

    def sheet() -> None:
        bench.posted(webui, [panel], script_name="Pure negative sheet", script_args=[entries], save_images=save)

    def xyz() -> None:
        tab = {**panel, "leave": "cfg"}
        bench.posted(webui, [tab], script_name="X/Y/Z plot", script_args=plot, save_images=save)

    def batch() -> None:
        bench.posted(webui, [panel], batch_size=chosen.side**2, save_images=save)

    return {"sheet": sheet, "xyz": xyz, "batch": batch}


def report(size: int, rounds: list[dict[str, float]], pairs: list[dict[str, float]]) -> None:
    sheet, xyz = (bench.median(rounds, name) for name in ("sheet", "xyz"))
    batch = bench.median(pairs, "batch")
    faster, plain = bench.ratio(rounds, "xyz", "sheet"), bench.ratio(pairs, "sheet", "batch")
    print(f"{f'{size}×{size}':>9} {sheet:>8.2f} {xyz:>8.2f} {batch:>8.2f} {faster:>13.2f} {plain:>13.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=9, help="rounds of sheet and batch alone")
    parser.add_argument("--batch", type=int, default=64, help="largest batch of the sheet")
    parser.add_argument("--side", type=int, default=8, choices=range(1, 9), help="cells along each side (8)")
    parser.add_argument("--steps", type=int, help="of each picture, instead of the panel's")
    parser.add_argument("--save", action="store_true", help="with the WebUI's saving on")
    parser.add_argument("--processor", action="store_true", help="the WebUI's processor seconds (a busy machine)")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint instead of the embedded one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if chosen.checkpoint:
            server.prepare(data, True, False)
            models = data / "models" / "Stable-diffusion"
            for path in models.iterdir():
                path.unlink()
            for path in chosen.checkpoint.parent.glob(f"{chosen.checkpoint.stem}.*"):
                shutil.copy2(path, models)
        with server.running(data, True) as webui:
            clock = bench.processor_clock(webui) if chosen.processor else time.perf_counter
            print(
                f"{'size':>9} {'sheet s':>8} {'X/Y/Z s':>8} {'batch s':>8} {'X/Y/Z ÷ sheet':>13} {'sheet ÷ batch':>13}"
            )
            for size in chosen.sizes:
                todo = jobs(webui, size, chosen)
                pairs = {name: todo[name] for name in ("sheet", "batch")}
                rounds = list(bench.in_turns({name: todo[name] for name in ("sheet", "xyz")}, chosen.rounds, clock))
                report(size, rounds, list(bench.in_turns(pairs, chosen.pairs, clock)))


if __name__ == "__main__":
    main()
