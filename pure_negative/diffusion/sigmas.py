"""From the checkpoint's noise levels to the sigmas of a run, as k-diffusion and the WebUI space them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from pure_negative.diffusion import preflight
from pure_negative.rules import schedule_type

_RHO = 7.0
"""Karras et al. 2022, eq. 5; the WebUI's default."""


@dataclass(frozen=True)
class NoiseTable:
    """The noise level of each of the checkpoint's training timesteps, rising, float32 on the CPU."""

    sigmas: Tensor

    @classmethod
    def of(cls, alphas_cumprod: Tensor) -> NoiseTable:
        return cls(((1 - alphas_cumprod) / alphas_cumprod) ** 0.5)

    def timesteps(self, sigmas: Tensor) -> Tensor:
        """The timestep of each sigma, with a fraction: linear in log sigma between the two nearest."""
        logs = self.sigmas.log()
        wanted = sigmas.log()
        low = (torch.searchsorted(logs, wanted, right=True) - 1).clamp(0, len(logs) - 2)
        share = ((logs[low] - wanted) / (logs[low] - logs[low + 1])).clamp(0, 1)
        return (1 - share) * low + share * (low + 1)

    def at(self, timesteps: Tensor) -> Tensor:
        """The sigma of each timestep, of which the fraction counts."""
        logs = self.sigmas.log()
        share = timesteps.frac()
        return ((1 - share) * logs[timesteps.floor().long()] + share * logs[timesteps.ceil().long()]).exp()


def sigmas(scheduler: str, sampler: str, steps: int, table: NoiseTable) -> Tensor:
    """The noise levels of a run, falling, with a final 0: [steps + 1], float32 on the CPU.

    Raises:
        PureNegativeError: a schedule type the engine does not know.
    """
    preflight.has("scheduler", scheduler, preflight.SCHEDULERS)
    # A sampler that has no schedule type of its own takes the model's levels evenly, as "Uniform" does.
    spacing = {"Automatic": _uniform, "Uniform": _uniform, "Karras": _karras, "Exponential": _exponential}
    spaced = spacing[schedule_type.resolve(sampler, scheduler)](steps, table)
    return torch.cat([spaced, spaced.new_zeros(1)])


def _uniform(steps: int, table: NoiseTable) -> Tensor:
    return table.at(torch.linspace(len(table.sigmas) - 1, 0, steps))


def _karras(steps: int, table: NoiseTable) -> Tensor:
    low, high = (float(sigma) ** (1 / _RHO) for sigma in (table.sigmas[0], table.sigmas[-1]))
    spaced: Tensor = (high + torch.linspace(0, 1, steps) * (low - high)) ** _RHO
    return spaced


def _exponential(steps: int, table: NoiseTable) -> Tensor:
    low, high = (math.log(float(sigma)) for sigma in (table.sigmas[0], table.sigmas[-1]))
    return torch.linspace(high, low, steps).exp()
