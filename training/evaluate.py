"""How many pictures a checkpoint spoils: `python -m training.evaluate CHECKPOINT --seeds 256`.

Without any prompt at CFG 1, and with the pure negative prompt of a preset (`--preset`, its W and CFG scale unless
`--w` and `--cfg` say others). The pictures come from the project's own engine, the verdicts from `training.judge`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from pure_negative.diffusion.engine import Engine
from pure_negative.planning.request import Request
from training import judge, scenes
from training.drawings import SPOILED_SHARE
from training.spoilings import ORDER

BATCH = 16
STEPS, CFG, W = 16, 6.0, 0.564
"""The preset's."""


def negative(weight: float) -> str:
    """Every spoiling's word at that weight."""
    return ", ".join(f"({word}:{weight:g})" for word in sorted(ORDER))


def requests(text: str, cfg: float, seeds: range) -> Iterator[list[Request]]:
    """One picture for each seed, in batches."""
    first = Request("", text, scenes.SIZE, scenes.SIZE, cfg, STEPS, "Euler", "Automatic", 0, 1)
    every = [replace(first, seed=seed) for seed in seeds]
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))


def measure(engine: Engine, text: str, cfg: float, seeds: range) -> tuple[list[float], list[Image.Image]]:
    """How far each picture is from a clean scene, and the pictures."""
    pictures = [picture for batch in requests(text, cfg, seeds) for picture in engine.render(batch)]
    return [judge.look(scenes.pixels(picture)).distance for picture in pictures], pictures


def sheet(pictures: list[Image.Image], path: Path) -> None:
    """The first 32 pictures in rows of eight, whatever they show."""
    whole = Image.new("RGB", (8 * scenes.SIZE, 4 * scenes.SIZE))
    for place, picture in enumerate(pictures[:32]):
        whole.paste(picture, (place % 8 * scenes.SIZE, place // 8 * scenes.SIZE))
    whole.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--seeds", type=int, default=256)
    parser.add_argument("--w", type=float, default=W)
    parser.add_argument("--cfg", type=float, default=CFG)
    parser.add_argument("--out", type=Path, help="a folder for a sheet of the first 32 pictures of either kind")
    arguments = parser.parse_args()
    engine, seeds = Engine.load(arguments.checkpoint), range(arguments.seeds)
    print(f"spoiled share of the drawings: {SPOILED_SHARE:.0%}")
    kinds = {
        "no prompt, CFG 1": ("", 1.0),
        f"W {arguments.w:g}, CFG {arguments.cfg:g}": (negative(arguments.w), arguments.cfg),
    }
    for place, (name, (text, cfg)) in enumerate(kinds.items()):
        distances, pictures = measure(engine, text, cfg, seeds)
        share, parts = np.mean(np.array(distances) > judge.LIMIT), np.percentile(distances, [10, 50, 90]).round(1)
        print(
            f"{name}: {share:.1%} of {len(pictures)} pictures are spoiled; distances {parts} (10, 50, 90 %)", flush=True
        )
        if arguments.out:
            sheet(pictures, arguments.out / f"sheet-{place}.png")


if __name__ == "__main__":
    main()
