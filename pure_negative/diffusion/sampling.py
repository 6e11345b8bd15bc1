"""What the samplers work with: a model, noise levels or timesteps, and noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

Denoise = Callable[[Tensor, Tensor], Tensor]
"""(noisy latents, sigma) -> the picture the model sees in them; guided, same shape."""
Draw = Callable[[], Tensor]
"""The next noise, in the latents' shape."""
Between = Callable[[Tensor, Tensor], Tensor]
"""(sigma, next sigma) -> the noise of the Brownian motion between the two, of variance 1, in the latents' shape."""
Report = Callable[[int], None]
"""Called after each step with the number of steps done."""


@dataclass(frozen=True)
class Run:
    """One denoising run over noise levels; latents are the picture plus sigma times noise (Karras et al. 2022).

    `sigmas` are the levels, falling, on the CPU; `lowest` and `highest` are those of the model itself, `steps` what was
    asked for.
    """

    denoise: Denoise
    sigmas: Tensor
    draw: Draw
    between: Between
    report: Report
    lowest: float
    highest: float
    steps: int

    def levels(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Each step's level and the next; a step is reported once the next one is asked for."""
        for step in range(len(self.sigmas) - 1):
            yield self.sigmas[step], self.sigmas[step + 1]
            self.report(step + 1)

    def slope(self, x: Tensor, sigma: Tensor) -> Tensor:
        """How the latents change with sigma: the noise that the model sees in them (eq. 1)."""
        return (x - self.denoise(x, sigma)) / sigma


@dataclass(frozen=True)
class Guided:
    """The noise that the model sees at a timestep: guided, and for the negative prompt alone."""

    noise: Tensor
    negative: Tensor


@dataclass(frozen=True)
class TimestepRun:
    """One denoising run over timesteps; latents keep a variance of 1 (Ho et al. 2020).

    `predict` takes latents, a timestep and a factor for the CFG scale; `alphas` is the share of the picture in the
    latents' variance by timestep, float32 on the CPU; `timesteps` are those of the run, rising.
    """

    predict: Callable[[Tensor, float, float], Guided]
    alphas: Tensor
    timesteps: Tensor
    report: Report


def ancestral(here: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """The level to go down to, and the noise that leads from there up to the next level, at eta 1.

    The noise is what a step of the diffusion's own reversal adds (Ho et al. 2020, section 3.2, in sigmas).
    """
    up = torch.minimum(after, (after**2 * (here**2 - after**2) / here**2) ** 0.5)
    return (after**2 - up**2) ** 0.5, up
