"""Training pictures with their tags: a clean scene, or one spoiled in one to three ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.scenes import draw_scene
from training.spoilings import ORDER, spoil

SPOILED_SHARE = 0.55
"""Of all training pictures."""


@dataclass(frozen=True)
class Drawing:
    """One picture, [128, 128, 3] uint8, the words for what is in it, and those for what is wrong with it."""

    pixels: NDArray[np.uint8]
    tags: tuple[str, ...]
    faults: frozenset[str]


def draw(random: Generator) -> Drawing:
    """A picture by chance."""
    scene = draw_scene(random)
    faults = _faults(random)
    return Drawing(spoil(scene, faults, random), scene.tags(), faults)


def _faults(random: Generator) -> frozenset[str]:
    if random.random() >= SPOILED_SHARE:
        return frozenset()
    count = int(random.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))
    return frozenset(str(word) for word in random.choice(list(ORDER), count, replace=False))
