"""What the yield's tests share: pictures that need no model, on disk or only in words."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from pure_negative.sheet import store as sheets
from pure_negative.yields import runs, seed_search
from pure_negative.yields.db import picture
from pure_negative.yields.db.picture import Picture
from pure_negative.yields.db.records import Run
from pure_negative.yields.db.store import Judgements
from tests.sheet.making import make

MODEL = Model("fake", "0123456789")


def without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where it is not installed."""
    for loaded in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def told(seed: int = 1, **entries: object) -> str:
    """The infotext of a picture."""
    made = plan.make(choices.read(entries))
    return infotext.write(made.request(seed), MODEL, infotext.pack(made))


def imagined(seed: int = 1, **entries: object) -> Picture:
    """A picture that is only told of."""
    return picture.read(told(seed, **entries))


def enter(judgements: Judgements, place: Path, pictures: list[Picture]) -> Run:
    """Make told pictures known."""
    return judgements.register(place, [(known, place / f"{known.key[:8]}.png") for known in pictures])


def run_of(out: Path, count: int = 20, **entries: object) -> Path:
    """A yield run on disk, its pictures in plain colours."""
    chosen = choices.read({"steps": 2, "size": "64x64", **entries})
    made = sheets.create(out, seed_search.plan(chosen, range(1, count + 1)), MODEL, "yield")
    make(made)
    return made.path


def run_over(out: Path, seeds: Sequence[int]) -> Path:
    """A yield run on disk over these seeds."""
    made = sheets.create(out, seed_search.plan(choices.read({"steps": 2, "size": "64x64"}), seeds), MODEL, "yield")
    make(made)
    return made.path


def opened(judgements: Judgements, path: Path) -> Run:
    return runs.open_run(judgements, path).run


Printed = tuple[str, tuple[int, int, int, int], str]
PUBLISHED: dict[str, tuple[Printed, ...]] = {
    "anything-v3": (
        ("1024x576", (0, 0, 2, 18), "Normal"),
        ("512x512", (0, 0, 0, 20), "Normal"),
    ),
    "nai-standard": (
        ("512x512", (4, 3, 5, 8), "Normal"),
        ("576x768", (0, 2, 5, 13), "Thicc"),
        ("1024x576", (0, 12, 4, 4), "Normal"),
        ("576x1024", (0, 2, 2, 16), "Mixed"),
        ("768x768", (1, 4, 7, 3), "Normal"),
    ),
}
"""Preset → the rows of its document's table: seeds/000, and seeds/001 *Bizzare result (in batch)*."""


def shapes(shape: str) -> Iterator[str]:
    """The body shapes of single pictures behind a row's: Mixed is what people of different shapes come to."""
    return itertools.cycle(("Normal", "Thicc") if shape == "Mixed" else (shape,))


def judge_published(judgements: Judgements, place: Path) -> None:
    """Enter every published table as one judge's judgements, picture by picture."""
    for preset, rows in PUBLISHED.items():
        for size, counts, shape in rows:
            classes = [number for number, count in enumerate(counts, 1) for _ in range(count)]
            pictures = [imagined(seed, preset=preset, size=size) for seed in range(len(classes))]
            enter(judgements, place, pictures)
            of_humans = shapes(shape)
            for known, judged in zip(pictures, classes, strict=True):
                judgements.judge("author", known.key, judged, next(of_humans) if judged > 2 else "")
