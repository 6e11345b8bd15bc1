"""The latent of a picture: brightness, two differences of colour, and a slope, of each 8 × 8 pixels.

A linear map that the layers of a VAE's encoder can be given exactly (`training.by_hand`), so that nothing has to be
learnt before the UNet's training can start.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.nn import functional

from training.drawings import Drawing, draw

SCALE = 0.18215
"""What an SD 1.x model multiplies the VAE's latents with."""
PATCH = 8
COLOURS = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, -1.0], [-0.5, 1.0, -0.5], [1 / 3, 1 / 3, 1 / 3]])
"""Each feature's share of red, green and blue, [4, 3]; the fourth is the slope of the brightness."""
RIGHT, DOWN = 1.0, 0.5
"""How steep the slope is per pixel in either direction; not the same, so that it can tell them apart."""
CENTRES = (0.32, -0.01, 0.115, 0.0)
SPREADS = (0.404, 0.588, 0.308, 0.205)
"""Mean and standard deviation of each feature over drawings, as `measure` prints them."""


def kernel() -> Tensor:
    """The features as one convolution of stride 8: [4, 3, 8, 8]."""
    offset = torch.arange(PATCH) - (PATCH - 1) / 2
    ramp = RIGHT * offset[None, :] + DOWN * offset[:, None]
    weights = torch.stack([*[torch.ones(PATCH, PATCH)] * 3, ramp]) / PATCH**2
    return COLOURS[:, :, None, None] * weights[:, None]


def features(pictures: Tensor) -> Tensor:
    """Of pictures [n, 3, height, width] in -1…1: [n, 4, height / 8, width / 8]."""
    return functional.conv2d(pictures, kernel(), stride=PATCH)


def latents(pictures: Tensor) -> Tensor:
    """What the UNet works on, about 1 in spread: the VAE's latents times `SCALE`."""
    centre, spread = (torch.tensor(values)[:, None, None] for values in (CENTRES, SPREADS))
    return (features(pictures) - centre) / spread


def as_tensor(pixels: list[np.ndarray]) -> Tensor:
    """Pictures as the VAE takes them: [n, 3, height, width], -1…1."""
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def as_pixels(pictures: Tensor) -> np.ndarray:
    """And back: [n, height, width, 3] uint8."""
    scaled = ((pictures.float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.permute(0, 2, 3, 1).to(torch.uint8).numpy()


def batch(random: Generator, count: int) -> tuple[list[Drawing], Tensor]:
    """That many drawings and their pictures."""
    drawn = [draw(random) for _ in range(count)]
    return drawn, as_tensor([one.pixels for one in drawn])


def measure() -> None:
    """Print the mean and the spread of each feature."""
    found = features(batch(np.random.default_rng(0), 2000)[1]).transpose(0, 1).flatten(1)
    print(found.mean(1), found.std(1))
