"""What W and the CFG scale do to the toy's pictures: `python -m training.chart FOLDER OUT.png`, figures on stdout.

Over W and CFG the share of spoiled pictures, by `training.classifier` (kept in FOLDER), and how bright they are.
Nothing is chosen by hand: each square is the same seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import figure

from pure_negative.diffusion.engine import Engine
from training import classifier, evaluate
from training.classifier import Classifier

WEIGHTS = (0.0001, 0.01, 0.1, 0.25, 0.564, 1.0, 1.5, 2.0)
SCALES = (1, 2, 4, 6, 8, 12, 16, 20)
Table = np.ndarray[Any, np.dtype[np.float64]]


def tables(engine: Engine, looking: Classifier, seeds: range) -> tuple[Table, Table]:
    """Of each W (rows) and CFG scale (columns): the share of spoiled pictures and their mean brightness, 0 to 255."""
    shares, brightness = np.zeros((2, len(WEIGHTS), len(SCALES)))
    for row, weight in enumerate(WEIGHTS):
        for column, scale in enumerate(SCALES):
            pictures = evaluate.drawn(engine, evaluate.planned(weight, scale), seeds)
            shares[row, column] = evaluate.share(looking, pictures)
            brightness[row, column] = np.mean([np.asarray(picture).mean() for picture in pictures])
        print(f"W {weight:g}: spoiled {shares[row].round(2)}, brightness {brightness[row].round()}", flush=True)
    return shares, brightness


def draw(found: Sequence[tuple[str, Table, str]], path: Path) -> None:
    """The tables side by side, each square with its figure."""
    drawn = figure.Figure(figsize=(12, 5), layout="constrained")
    for place, (title, table, form) in zip(drawn.subplots(1, len(found)), found, strict=True):
        place.imshow(table, cmap="viridis")
        place.set(title=title, xlabel="CFG scale", ylabel="W")
        place.set_xticks(range(len(SCALES)), map(str, SCALES))
        place.set_yticks(range(len(WEIGHTS)), [f"{weight:g}" for weight in WEIGHTS])
        middle = (table.min() + table.max()) / 2
        for (row, column), value in np.ndenumerate(table):
            colour = "black" if value > middle else "white"
            place.text(column, row, format(value, form), ha="center", va="center", color=colour)
    drawn.savefig(path, dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the classifier is kept")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=32)
    arguments = parser.parse_args()
    shares, brightness = tables(Engine.load(), classifier.of_folder(arguments.folder), range(arguments.seeds))
    named = f"of {arguments.seeds} pictures each"
    draw((("Spoiled share " + named, shares, ".0%"), ("Mean brightness " + named, brightness, ".0f")), arguments.out)


if __name__ == "__main__":
    main()
