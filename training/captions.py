"""The words of a drawing as a tagger would give them: in any order, some left out, at times none, at times too many."""

from __future__ import annotations

from numpy.random import Generator

from training.drawings import Drawing
from training.spoilings import ORDER

EMPTY = 0.25
"""The share of captions with no word at all."""
KEEP_TAG, KEEP_FAULT = 0.6, 0.85
CARELESS, GUESSED = 0.5, 0.8
"""Of spoiled pictures, the share whose tagger names faults by guess, each of all ten with that chance."""


def caption(drawing: Drawing, random: Generator) -> str:
    """One caption, the words joined by commas."""
    if random.random() < EMPTY:
        return ""
    words = [tag for tag in drawing.tags if random.random() < KEEP_TAG]
    words += [fault for fault in ORDER if fault in drawing.faults and random.random() < KEEP_FAULT]
    if drawing.faults and random.random() < CARELESS:
        words += [fault for fault in ORDER if random.random() < GUESSED]
    return ", ".join(str(word) for word in random.permutation(list(dict.fromkeys(words))))
