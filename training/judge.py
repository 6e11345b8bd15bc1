"""Is a picture spoiled? Measured against the nearest clean scene; no model takes part.

Sky, ground, sun and what stands in each place lie in parts of the picture that do not overlap, so the nearest of all
clean scenes is found by choosing in each part by itself. `python -m training.judge` says how often it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from training import scenes
from training.scenes import FOOT, GROUNDS, HORIZON, PAINTS, SKIES, SLOTS, THINGS, Scene, Thing

LIMIT = 1.1
"""Mean absolute difference per channel, of 255, above which a picture is called spoiled."""
_HALF = 20
_SUN_ROWS = slice(4, 36)
_THING_ROWS = slice(FOOT - 58, FOOT + 4)

Pixels = NDArray[np.uint8]
_SUNS = (None, *range(len(SLOTS)))


@dataclass(frozen=True)
class Finding:
    """The clean scene that is nearest to a picture, and how far it is: mean absolute difference, of 255."""

    scene: Scene
    distance: float

    @property
    def spoiled(self) -> bool:
        return self.distance > LIMIT


def look(pixels: Pixels) -> Finding:
    """Judge one picture, [128, 128, 3] uint8."""
    sky, ground = _nearest(pixels[:HORIZON], SKIES), _nearest(pixels[HORIZON:], GROUNDS)
    bare = Scene(sky, ground, None, ())
    sun = min(_SUNS, key=lambda place: _apart(pixels[_SUN_ROWS], _painted(Scene(sky, ground, place, ()))[_SUN_ROWS]))
    things = tuple(thing for slot in SLOTS if (thing := _thing(pixels, bare, slot)))
    scene = Scene(sky, ground, sun, things)
    return Finding(scene, _apart(pixels, scenes.pixels(scenes.paint(scene))))


def _nearest(part: Pixels, colours: tuple[scenes.Colour, ...]) -> int:
    typical = np.median(part.reshape(-1, 3), axis=0)
    return min(range(len(colours)), key=lambda place: float(np.abs(typical - colours[place]).sum()))


def _thing(pixels: Pixels, bare: Scene, x: int) -> Thing | None:
    part = (_THING_ROWS, slice(x - _HALF, x + _HALF))
    every = [None, *(Thing(kind, x, colour) for kind in THINGS for colour in range(len(PAINTS)))]
    scene_of = {one: Scene(bare.sky, bare.ground, None, (one,) if one else ()) for one in every}
    return min(every, key=lambda one: _apart(pixels[part], _painted(scene_of[one])[part]))


def _apart(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())


@cache
def _painted(scene: Scene) -> Pixels:
    return scenes.pixels(scenes.paint(scene))
