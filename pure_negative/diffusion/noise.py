"""Starting noise and per-step noise: one generator per picture, so that a batch draws what single pictures draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pure_negative.diffusion.philox import Philox
from pure_negative.planning.request import NOISE_SOURCES

Shape = tuple[int, int, int]
_Draw = Callable[[Shape], Tensor]


class SeedNoise:
    """Normal noise from a generator per seed; each source gives the same on every machine.

    `CPU` is torch's own generator; `NV` is what an NVIDIA GPU draws, which is the WebUI's default there.
    """

    def __init__(self, seeds: Sequence[int], shape: Shape, device: torch.device, source: str) -> None:
        self._generator = dict(zip(NOISE_SOURCES, (_nv, _cpu), strict=True))[source]
        self._generators = [self._generator(seed) for seed in seeds]
        self.seeds = seeds
        self._shape = shape
        self._device = device

    def draw(self) -> Tensor:
        """The next noise of every picture: [pictures, channels, height, width], float32."""
        return torch.stack([draw(self._shape) for draw in self._generators]).to(self._device)

    def of_seed(self, seed: int) -> Tensor:
        """The first noise of any seed, for one picture: [channels, height, width]."""
        return self._generator(seed)(self._shape).to(self._device)


def _cpu(seed: int) -> _Draw:
    generator = torch.Generator("cpu").manual_seed(seed)
    return lambda shape: torch.randn(shape, generator=generator)


def _nv(seed: int) -> _Draw:
    generator = Philox(seed)
    return lambda shape: torch.from_numpy(generator.normal(math.prod(shape))).view(shape)
