"""A first guess at a picture's class from the tags a program gives it: shown to the judge, and counted for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pure_negative.yields import runs, thumbnail
from pure_negative.yields.db.store import Judgements

if TYPE_CHECKING:
    from PIL.Image import Image

PATTERN, SCENERY, MALFORMED, LEGIT = 1, 2, 3, 4
_HUMAN = re.compile(r"(?:\d\+?|multiple_)(?:girl|boy|other)s?|solo")
_MALFORMED = re.compile(
    r"bad_\w+|(?:extra|missing|multiple)_(?:\w+_)?(?:arm|leg|hand|foot|finger|limb|head|eye|face|digit|toe)s?"
    r"|conjoined|disembodied_\w+|amputee|faceless\w*|severed_\w+"
)
_PATTERN = re.compile(
    r"abstract|pattern(?:ed)?(?:_background)?|\w+_pattern|\w+_background|no_humans|monochrome|greyscale|texture"
    r"|gradient|grid|blurry|static|glitch|traditional_media|border|\w+_theme|colorful|spot_color|stripes?d?|text_focus"
)
"""What says nothing of a thing that is seen."""


@dataclass(frozen=True)
class Guesser:
    """A program that looks at pictures: its name, why it can't (empty where it can), and its call.

    `ask` takes the pictures and calls back with each one's place, counted from 0, and class.
    """

    source: str
    missing: Callable[[], str]
    ask: Callable[[Iterator[Image], Callable[[int, int], object]], None]


def run(judgements: Judgements, number: int, guesser: Guesser) -> int:
    """Have the pictures of a run looked at that nobody has judged or guessed at; how many were. Each is kept at once.

    Raises:
        PureNegativeError: a picture's file is gone, or the program can't look at it.
    """
    waiting = [entry.key for entry in judgements.entries(number) if _is_open(judgements, entry.key)]
    pictures = (thumbnail.decoded(runs.content(judgements, key)) for key in waiting)
    guesser.ask(pictures, lambda place, judged: judgements.guess(waiting[place], guesser.source, judged))
    return len(waiting)


def _is_open(judgements: Judgements, key: str) -> bool:
    return not judgements.judgements(key) and not judgements.guesses(key)


def of_tags(text: str) -> int:
    """The class, 1 to 4, for Danbooru tags joined by commas; a rule of thumb of ours, not of the research.

    People make a human, and a tag of the anatomy going wrong a malformed one; of other pictures one with a tag for a
    thing is Object or scenery, one without is a Pattern.
    """
    tags = {tag.strip().replace("\\", "").replace(" ", "_") for tag in text.split(",") if tag.strip()}
    if any(_HUMAN.fullmatch(tag) for tag in tags):
        return MALFORMED if any(_MALFORMED.fullmatch(tag) for tag in tags) else LEGIT
    return SCENERY if any(not _PATTERN.fullmatch(tag) for tag in tags) else PATTERN
