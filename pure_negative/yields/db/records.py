"""The records that the judgements database returns: pictures, judgements and guesses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pure_negative.yields.db.picture import Setting

DISPUTED = 0
"""In the place of a class: the picture's judges don't agree."""
DISPUTED_SHAPE = "?"


@dataclass(frozen=True)
class Run:
    """Pictures that are judged together: a folder's."""

    id: int
    path: Path
    pictures: int


@dataclass(frozen=True)
class Entry:
    """A picture in its run as one judge sees it; `judged` is 0 where the judge has not judged it."""

    place: int
    key: str
    seed: int
    setting: Setting
    judged: int
    shape: str
    marked: bool


@dataclass(frozen=True)
class Judgement:
    """What one judge said of one picture."""

    judge: str
    judged: int
    shape: str


@dataclass(frozen=True)
class Guess:
    """What a program takes a picture to be; `confidence` from 0 to 1 where it says one."""

    source: str
    judged: int
    confidence: float | None


@dataclass(frozen=True)
class Count:
    """So many pictures of one setting were judged alike; `setting_id` grows with the time they first came up."""

    setting_id: int
    judged: int
    shape: str
    pictures: int
