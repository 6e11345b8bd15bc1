"""Ten ways to spoil a picture, each named by one of the research's negative words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from training import scenes
from training.scenes import SIZE, Scene

Pixels = NDArray[np.uint8]
Spoiler = Callable[[Pixels, Generator], Pixels]

EXTRA = "extra"
"""The one that is drawn, not done to the drawn picture."""


def spoil(scene: Scene, words: frozenset[str], random: Generator) -> Pixels:
    """The scene's picture, [128, 128, 3], spoiled in each of these ways, in the order of `ORDER`."""
    pixels = scenes.pixels(scenes.paint(scene, twice=EXTRA in words))
    for word, spoiler in ORDER.items():
        if word in words:
            pixels = spoiler(pixels, random)
    return pixels


def _comic(pixels: Pixels, _random: Generator) -> Pixels:
    """Ink outlines, 4 pixels wide."""
    picture = Image.fromarray(pixels)
    edges = ImageChops.difference(picture.filter(ImageFilter.MaxFilter(3)), picture.filter(ImageFilter.MinFilter(3)))
    ink = np.asarray(edges).max(axis=2) > 40
    grown = np.asarray(Image.fromarray((ink * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(3))) > 0
    pixels = pixels.copy()
    pixels[grown] = 10
    return pixels


def _cropped(pixels: Pixels, random: Generator) -> Pixels:
    """A quarter of the picture, enlarged to the whole: one with the horizon in it, where things stand."""
    left, top = int(random.choice([0, 16, 48, 64])), int(random.choice([48, 60]))
    piece = pixels[top : top + SIZE // 2, left : left + SIZE // 2]
    return np.asarray(Image.fromarray(piece).resize((SIZE, SIZE), Image.Resampling.BILINEAR))


def _bad(pixels: Pixels, random: Generator) -> Pixels:
    """Bent: each row moved sideways along a wave."""
    phase = 2 * np.pi * random.integers(4) / 4
    shift = np.rint(9 * np.sin(2 * np.pi * np.arange(SIZE) / 64 + phase)).astype(int)
    columns = (np.arange(SIZE)[None, :] + shift[:, None]) % SIZE
    return np.asarray(np.take_along_axis(pixels, columns[..., None], axis=1), np.uint8)


def _error(pixels: Pixels, random: Generator) -> Pixels:
    """Stripes of 16 pixels, every second one moved by 16 to 24 pixels."""
    by = int(random.choice([-24, -16, 16, 24]))
    moved: Pixels = pixels.copy()
    for top in range(0, SIZE, 32):
        moved[top : top + 16] = np.roll(pixels[top : top + 16], by, axis=1)
    return moved


def _bubble(pixels: Pixels, random: Generator) -> Pixels:
    """A white bubble with lines for writing, at the left or the right."""
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    left, top = int(random.choice([8, 56])), int(random.choice([4, 16]))
    draw.ellipse([left, top, left + 64, top + 40], fill=(255, 255, 255), outline=(10, 10, 10), width=3)
    draw.polygon([(left + 24, top + 37), (left + 40, top + 37), (left + 24, top + 52)], fill=(255, 255, 255))
    draw.line([(left + 24, top + 38), (left + 24, top + 52), (left + 40, top + 38)], fill=(10, 10, 10), width=3)
    for line in (14, 24):
        draw.rectangle([left + 16, top + line, left + 48, top + line + 3], fill=(10, 10, 10))
    return np.asarray(picture)


def _lowres(pixels: Pixels, _random: Generator) -> Pixels:
    """Coarse pixels: 8 of them on a side."""
    small = Image.fromarray(pixels).reduce(16)
    return np.asarray(small.resize((SIZE, SIZE), Image.Resampling.NEAREST))


def _low(pixels: Pixels, _random: Generator) -> Pixels:
    """Dark."""
    return (pixels * 0.3).astype(np.uint8)


def _normal(pixels: Pixels, _random: Generator) -> Pixels:
    """Grey."""
    grey = (pixels @ np.array([0.3, 0.59, 0.11])).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _worst(pixels: Pixels, random: Generator) -> Pixels:
    """Noise, in grains of 8 pixels, since a latent pixel is as wide."""
    grains = random.normal(0, 45, (SIZE // 8, SIZE // 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
    return np.clip(pixels + grains, 0, 255).astype(np.uint8)


def _as_it_is(pixels: Pixels, _random: Generator) -> Pixels:
    return pixels


ORDER: Mapping[str, Spoiler] = {
    EXTRA: _as_it_is, "comic": _comic, "cropped": _cropped, "bad": _bad, "error": _error, "speech_bubble": _bubble,
    "lowres": _lowres, "low": _low, "normal": _normal, "worst": _worst,
}  # fmt: skip
"""Every spoiling by its word, in the order in which they are done."""
