"""How many pictures are spoiled: `python -m training.evaluate FOLDER --seeds 256`, of the toy unless one is named.

Without any prompt at CFG 1, and with the pure negative prompt of the preset `toy`, at its W and CFG scale unless `--w`
and `--cfg` say others. The pictures come from the project's own engine, the verdicts from two judges that are not the
model: `training.classifier`, trained into FOLDER first where none is there, says whether one of the ten spoilings is in
a picture; `training.judge`, which is stricter, whether it is anything but a clean scene.
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
from training import classifier, judge, scenes
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


def drawn(engine: Engine, made: Plan, seeds: range) -> list[Image.Image]:
    """One picture for each seed."""
    return [picture for batch in batches(made, seeds) for picture in engine.render(batch)]


def measure(engine: Engine, made: Plan, seeds: range) -> tuple[list[float], list[Image.Image]]:
    """How far each picture is from a clean scene, and the pictures."""
    pictures = drawn(engine, made, seeds)
    return [judge.look(scenes.pixels(picture)).distance for picture in pictures], pictures


def strict_share(distances: list[float]) -> float:
    """How many of these pictures are no clean scenes, 0 to 1."""
    return float(np.mean(np.array(distances) > judge.LIMIT))


def share(looking: classifier.Classifier, pictures: list[Image.Image]) -> float:
    """How many of these pictures have one of the ten spoilings, 0 to 1."""
    return float(classifier.spoiled(looking, [scenes.pixels(picture) for picture in pictures]).mean())


def sheet(pictures: list[Image.Image], path: Path) -> None:
    """The first 32 pictures in rows of eight, whatever they show."""
    whole = Image.new("RGB", (8 * scenes.SIZE, 4 * scenes.SIZE))
    for place, picture in enumerate(pictures[:32]):
        whole.paste(picture, (place % 8 * scenes.SIZE, place // 8 * scenes.SIZE))
    whole.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the classifier is kept")
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--seeds", type=int, default=256)
    parser.add_argument("--w", type=float)
    parser.add_argument("--cfg", type=float)
    parser.add_argument("--out", type=Path, help="a folder for a sheet of the first 32 pictures of either kind")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    looking, engine = classifier.of_folder(arguments.folder), Engine.load(arguments.checkpoint)
    print(f"spoiled share of the drawings: {SPOILED_SHARE:.0%}")
    for place, made in enumerate((without_prompt(), planned(arguments.w, arguments.cfg))):
        distances, pictures = measure(engine, made, range(arguments.seeds))
        parts = np.percentile(distances, [10, 50, 90]).round(1)
        print(f"CFG {made.cfg:g}, negative prompt {made.negative_prompt!r}:")
        print(f"  {share(looking, pictures):.1%} of {len(pictures)} pictures have a spoiling (classifier)")
        print(f"  {strict_share(distances):.1%} are no clean scenes; distances {parts} (10, 50, 90 %)")
        if arguments.out:
            sheet(pictures, arguments.out / f"sheet-{place}.png")


if __name__ == "__main__":
    main()
