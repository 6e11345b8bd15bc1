"""Is a picture spoiled? Measured against the nearest clean scene; no model takes part.

Sky, ground, sun and what stands in each place lie in parts of the picture that do not overlap, so the nearest of all
clean scenes is found by choosing in each part by itself. All of it is done on the means of 8 × 8 pixels, which a soft
picture keeps. `python -m training.judge` says how often it is right; `--checkpoint FILE` of drawings that went through
that checkpoint's VAE, as its own pictures do.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pure_negative.diffusion import checkpoint
from training import latents, scenes
from training.drawings import Drawing, draw
from training.scenes import FOOT, GROUNDS, HORIZON, PAINTS, SKIES, SLOTS, THINGS, Scene, Thing
from training.spoilings import ORDER

LIMIT = 14.0
"""Above this distance a picture is called spoiled."""
_BLOCK = 8
_WORST_SHARE = 0.1
_HALF = 16
_SUN_ROWS = slice(0, 5)
_THING_ROWS = slice((FOOT - 56) // _BLOCK, FOOT // _BLOCK)
_GROUND_ROW = HORIZON // _BLOCK

Pixels = NDArray[np.uint8]
Means = NDArray[np.float32]
_SUNS = (None, *range(len(SLOTS)))


@dataclass(frozen=True)
class Finding:
    """The clean scene that is nearest to a picture, and how far it is.

    `distance` is the mean absolute difference, of 255, over the tenth of the blocks that differ most.
    """

    scene: Scene
    distance: float

    @property
    def spoiled(self) -> bool:
        return self.distance > LIMIT


def look(pixels: Pixels) -> Finding:
    """Judge one picture, [128, 128, 3] uint8."""
    means = _means(pixels)
    sky, ground = _nearest(means[:_GROUND_ROW], SKIES), _nearest(means[_GROUND_ROW:], GROUNDS)
    sun = min(_SUNS, key=lambda place: _apart(means[_SUN_ROWS], _painted(Scene(sky, ground, place, ()))[_SUN_ROWS]))
    found = (_thing(means, sky, ground, slot) for slot in SLOTS)
    scene = Scene(sky, ground, sun, tuple(thing for thing in found if thing))
    return Finding(scene, _distance(means, _painted(scene)))


def _means(pixels: Pixels) -> Means:
    blocks = pixels.reshape(-1, _BLOCK, pixels.shape[1] // _BLOCK, _BLOCK, 3)
    means: Means = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means


def _nearest(part: Means, colours: tuple[scenes.Colour, ...]) -> int:
    typical = np.median(part.reshape(-1, 3), axis=0)
    return min(range(len(colours)), key=lambda place: float(np.abs(typical - colours[place]).sum()))


def _thing(means: Means, sky: int, ground: int, x: int) -> Thing | None:
    part = (_THING_ROWS, slice((x - _HALF) // _BLOCK, (x + _HALF) // _BLOCK))
    every = [None, *(Thing(kind, x, colour) for kind in THINGS for colour in range(len(PAINTS)))]
    scene_of = {one: Scene(sky, ground, None, (one,) if one else ()) for one in every}
    return min(every, key=lambda one: _apart(means[part], _painted(scene_of[one])[part]))


def _apart(one: Means, other: Means) -> float:
    return float(np.abs(one - other).mean())


def _distance(one: Means, other: Means) -> float:
    differences = np.sort(np.abs(one - other).mean(axis=2), axis=None)
    return float(differences[-int(_WORST_SHARE * differences.size) :].mean())


@cache
def _painted(scene: Scene) -> Means:
    return _means(scenes.pixels(scenes.paint(scene)))


def _through(path: Path, drawings: list[Drawing]) -> list[Pixels]:
    """What a checkpoint's VAE makes of drawings."""
    vae = checkpoint.load(path).vae.float()
    found = latents.latents(latents.as_tensor([one.pixels for one in drawings])) / latents.SCALE
    with torch.inference_mode():
        return [latents.as_pixels(vae.decode(part).sample)[0] for part in found.chunk(len(found))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--checkpoint", type=Path)
    arguments = parser.parse_args()
    random = np.random.default_rng(2**32)
    drawings = [draw(random) for _ in range(arguments.count)]
    plain = [one.pixels for one in drawings]
    shown = _through(arguments.checkpoint, drawings) if arguments.checkpoint else plain
    distances = np.array([look(pixels).distance for pixels in shown])
    spoiled = np.array([bool(one.faults) for one in drawings])
    print(f"right about {np.mean((distances > LIMIT) == spoiled):.1%} of {arguments.count} drawings")
    print(f"clean ones: distance {np.percentile(distances[~spoiled], [50, 95, 100]).round(1)} (median, 95 %, most)")
    for word in ORDER:
        alone = distances[[one.faults == {word} for one in drawings]]
        print(f"{word}: distance {np.percentile(alone, [0, 5, 50]).round(1)} (least, 5 %, median)")


if __name__ == "__main__":
    main()
