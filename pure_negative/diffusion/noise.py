"""Starting noise and per-step noise: one generator per picture, so that a batch draws what single pictures draw."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class SeedNoise:
    """Normal noise from a CPU generator per seed; the WebUI's "CPU" source, which is the same on every machine."""

    def __init__(self, seeds: Sequence[int], shape: tuple[int, int, int], device: torch.device) -> None:
        self._generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        self._shape = shape
        self._device = device

    def draw(self) -> Tensor:
        """The next noise of every picture: [pictures, channels, height, width], float32."""
        drawn = [torch.randn(self._shape, generator=generator) for generator in self._generators]
        return torch.stack(drawn).to(self._device)
