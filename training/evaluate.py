"""How many pictures a checkpoint spoils: `python -m training.evaluate --seeds 256`, of the toy unless one is named.

Without any prompt at CFG 1, and with the pure negative prompt of the preset `toy`, at its W and CFG scale unless `--w`
and `--cfg` say others. The pictures come from the project's own engine, the verdicts from `training.judge`.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from pure_negative.diffusion.engine import Engine
from pure_negative.planning import choices, plan
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Request
from pure_negative.preset import library
from training import judge, scenes
from training.drawings import SPOILED_SHARE

BATCH = 16


def planned(w: float | None = None, cfg: float | None = None) -> Plan:
    """The preset's run, at its own W and CFG scale where none is given."""
    return plan.make(choices.read({"preset": library.FOR_TOY, "w": w, "cfg": cfg}))


def without_prompt() -> Plan:
    """The same at CFG 1, where the negative prompt has no effect."""
    return dataclasses.replace(planned(cfg=1), negative_prompt="")


def batches(made: Plan, seeds: range) -> Iterator[list[Request]]:
    """One picture for each seed, in batches."""
    every = [made.request(seed) for seed in seeds]
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))


def measure(engine: Engine, made: Plan, seeds: range) -> tuple[list[float], list[Image.Image]]:
    """How far each picture is from a clean scene, and the pictures."""
    pictures = [picture for batch in batches(made, seeds) for picture in engine.render(batch)]
    return [judge.look(scenes.pixels(picture)).distance for picture in pictures], pictures


def share(distances: list[float]) -> float:
    """How many of these pictures are spoiled, 0 to 1."""
    return float(np.mean(np.array(distances) > judge.LIMIT))


def sheet(pictures: list[Image.Image], path: Path) -> None:
    """The first 32 pictures in rows of eight, whatever they show."""
    whole = Image.new("RGB", (8 * scenes.SIZE, 4 * scenes.SIZE))
    for place, picture in enumerate(pictures[:32]):
        whole.paste(picture, (place % 8 * scenes.SIZE, place // 8 * scenes.SIZE))
    whole.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=256)
    parser.add_argument("--w", type=float)
    parser.add_argument("--cfg", type=float)
    parser.add_argument("--out", type=Path, help="a folder for a sheet of the first 32 pictures of either kind")
    arguments = parser.parse_args()
    engine = Engine.load(arguments.checkpoint)
    print(f"spoiled share of the drawings: {SPOILED_SHARE:.0%}")
    for place, made in enumerate((without_prompt(), planned(arguments.w, arguments.cfg))):
        distances, pictures = measure(engine, made, range(arguments.seeds))
        parts = np.percentile(distances, [10, 50, 90]).round(1)
        print(f"CFG {made.cfg:g}, negative prompt {made.negative_prompt!r}:")
        print(f"  {share(distances):.1%} of {len(pictures)} pictures are spoiled; distances {parts} (10, 50, 90 %)")
        if arguments.out:
            sheet(pictures, arguments.out / f"sheet-{place}.png")


if __name__ == "__main__":
    main()
