"""Simple scenes, drawn from a random generator alone: a sky, a ground, a sun, and up to three things that stand there.

Flat colours, few of them, and things in few places: what a model of a few million numbers can learn in an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

SIZE = 128
"""Pixels on a side of a picture; a latent of it is 16 × 16."""
_FINE = 2
"""Drawn this many times larger, then averaged, so that slanted edges are smooth."""

Colour = tuple[int, int, int]
SKIES: tuple[Colour, ...] = ((120, 190, 250), (250, 190, 200))
GROUNDS: tuple[Colour, ...] = ((110, 190, 90), (225, 200, 140))
PAINTS: tuple[Colour, ...] = ((215, 60, 60), (60, 90, 210))
HAIRS: tuple[Colour, ...] = ((240, 210, 90), (110, 70, 50))
SUN: Colour = (255, 225, 60)
_CROWN: Colour = (40, 130, 70)
_TRUNK: Colour = (120, 80, 50)
_SKIN: Colour = (250, 215, 185)
_DARK: Colour = (60, 60, 75)
_GLASS: Colour = (225, 240, 250)
_WALL: Colour = (250, 240, 220)

THINGS = ("house", "car", "tree", "1girl")
SLOTS = (24, 64, 104)
"""Where a thing may stand: the middle of it, in pixels from the left."""
HORIZON, FOOT = 80, 96
"""Where the ground begins, and where things stand on it, in pixels from the top."""
TALL = 32
"""How many pixels higher the second one of each thing is where there are two."""


@dataclass(frozen=True)
class Thing:
    """What stands where: the middle of it in pixels from the left, and which colour of its own it has."""

    kind: str
    x: int
    colour: int


@dataclass(frozen=True)
class Scene:
    """All that a clean picture shows."""

    sky: int
    ground: int
    sun: int | None
    things: tuple[Thing, ...]

    def tags(self) -> tuple[str, ...]:
        """The words for what is in it, each once."""
        sun = () if self.sun is None else ("sun",)
        return ("sky", "park", *sun, *dict.fromkeys(thing.kind for thing in self.things))


def draw_scene(random: Generator) -> Scene:
    """A scene by chance: one to three things, a sun in two of three."""
    count = int(random.choice([1, 2, 3], p=[0.3, 0.45, 0.25]))
    slots = sorted(random.choice(len(SLOTS), count, replace=False))
    things = tuple(_thing(random, SLOTS[slot]) for slot in slots)
    sun = int(random.integers(len(SLOTS))) if random.random() < 2 / 3 else None
    return Scene(int(random.integers(len(SKIES))), int(random.integers(len(GROUNDS))), sun, things)


def _thing(random: Generator, x: int) -> Thing:
    return Thing(str(random.choice(THINGS)), x, int(random.integers(len(PAINTS))))


def paint(scene: Scene, twice: bool = False) -> Image.Image:
    """The picture of a scene, RGB; `twice` repeats each thing above itself."""
    picture = Image.new("RGB", (SIZE * _FINE, SIZE * _FINE), SKIES[scene.sky])
    pen = _Pen(ImageDraw.Draw(picture))
    pen.box(0, HORIZON, SIZE, SIZE, GROUNDS[scene.ground])
    if scene.sun is not None:
        pen.disc(SLOTS[scene.sun], 20, 12, SUN)
    for thing in scene.things:
        if twice:
            _DRAWINGS[thing.kind](pen, thing.x, FOOT - TALL, thing.colour)
        _DRAWINGS[thing.kind](pen, thing.x, FOOT, thing.colour)
    return picture.reduce(_FINE)


class _Pen:
    """Draws on the larger picture, in pixels of the smaller one."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self._draw.rectangle([left * _FINE, top * _FINE, right * _FINE - 1, bottom * _FINE - 1], fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        edges = [x - radius, y - radius, x + radius, y + radius]
        self._draw.ellipse([edge * _FINE for edge in edges], fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=colour)


def _house(pen: _Pen, x: int, foot: int, colour: int) -> None:
    pen.box(x - 16, foot - 24, x + 16, foot, _WALL)
    pen.shape([(x - 20, foot - 24), (x, foot - 44), (x + 20, foot - 24)], PAINTS[colour])
    pen.box(x - 12, foot - 16, x - 4, foot, _DARK)
    pen.box(x + 4, foot - 18, x + 12, foot - 10, (120, 170, 220))


def _car(pen: _Pen, x: int, foot: int, colour: int) -> None:
    pen.shape([(x - 12, foot - 14), (x - 8, foot - 24), (x + 8, foot - 24), (x + 14, foot - 14)], PAINTS[colour])
    pen.shape([(x - 8, foot - 14), (x - 5, foot - 21), (x + 6, foot - 21), (x + 10, foot - 14)], _GLASS)
    pen.box(x - 20, foot - 15, x + 20, foot - 4, PAINTS[colour])
    for wheel in (x - 11, x + 11):
        pen.disc(wheel, foot - 4, 5, _DARK)


def _tree(pen: _Pen, x: int, foot: int, colour: int) -> None:
    pen.box(x - 3, foot - 20, x + 3, foot, _TRUNK)
    pen.disc(x, foot - 32, 16, _CROWN)
    if colour == 0:  # one in two bears fruit
        for right, up in ((-6, 28), (5, 38), (7, 26)):
            pen.disc(x + right, foot - up, 3, PAINTS[0])


def _girl(pen: _Pen, x: int, foot: int, colour: int) -> None:
    pen.box(x - 10, foot - 46, x + 10, foot - 26, HAIRS[colour])
    pen.disc(x, foot - 46, 10, HAIRS[colour])
    pen.disc(x, foot - 41, 7, _SKIN)
    for eye in (x - 3, x + 3):
        pen.disc(eye, foot - 41, 1.5, _DARK)
    for leg in (x - 5, x + 2):
        pen.box(leg, foot - 12, leg + 3, foot, _SKIN)
    pen.shape([(x - 4, foot - 33), (x + 4, foot - 33), (x + 13, foot - 10), (x - 13, foot - 10)], PAINTS[1 - colour])


_DRAWINGS: dict[str, Callable[[_Pen, int, int, int], None]] = {
    "house": _house, "car": _car, "tree": _tree, "1girl": _girl,
}  # fmt: skip


def pixels(picture: Image.Image) -> np.ndarray:
    """A picture as numbers, [height, width, 3], uint8."""
    return np.asarray(picture, np.uint8)
