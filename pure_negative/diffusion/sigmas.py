"""From the checkpoint's noise levels to the sigmas of a run, as k-diffusion and the WebUI space them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pure_negative.diffusion import preflight
from pure_negative.rules import schedule_type

_RHO = 7.0
"""Karras et al. 2022, eq. 5; the WebUI's default."""
_ALIGNED = (14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029)
_ALIGNED_XL = (14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029)
"""Ten steps for SD 1.5, and for SDXL: Sabour et al. 2024, "Align Your Steps", and its project page."""
BETA = 0.6
"""Both parameters of the distribution: Lee et al. 2024, "Beta Sampling is All You Need"; the WebUI's default."""
_DROPS_NEXT_TO_LAST = ("DPM++ 3M SDE", "DPM2", "DPM2 a")
_LCM_LEVELS = 50
"""Noise levels that latent consistency models are distilled on, of the model's own (Luo et al. 2023)."""


@dataclass(frozen=True)
class NoiseTable:
    """The noise level of each of the checkpoint's training timesteps, rising, float32 on the CPU."""

    sigmas: Tensor
    alphas: Tensor
    """The share of the picture in the variance of noisy latents, at the same timesteps."""

    @classmethod
    def of(cls, alphas_cumprod: Tensor) -> NoiseTable:
        return cls(((1 - alphas_cumprod) / alphas_cumprod) ** 0.5, alphas_cumprod)

    @property
    def lowest(self) -> float:
        return float(self.sigmas[0])

    @property
    def highest(self) -> float:
        return float(self.sigmas[-1])

    def for_lcm(self) -> NoiseTable:
        """The levels among them that latent consistency models know."""
        skip = len(self.sigmas) // _LCM_LEVELS
        return NoiseTable(self.sigmas[skip - 1 :: skip], self.alphas[skip - 1 :: skip])

    def nearest_for_lcm(self, sigma: Tensor) -> int:
        """The timestep of the nearest level, by log sigma, that latent consistency models know."""
        skip = len(self.sigmas) // _LCM_LEVELS
        return int((sigma.log() - self.for_lcm().sigmas.log()).abs().argmin()) * skip + skip - 1

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


def sigmas(scheduler: str, sampler: str, steps: int, table: NoiseTable, xl: bool = False) -> Tensor:
    """The noise levels of a run, falling: float32 on the CPU, [steps + 1] but for "DDIM", which rounds.

    They end at 0, but for "KL Optimal", which ends at the model's lowest level.

    Args:
        scheduler: the schedule type by the WebUI's name.
        sampler: the sampler's name, of which depend what "Automatic" means, and whether a level is left out.
        steps: from 1.
        table: the model's noise levels.
        xl: whether the model is an SDXL.

    Raises:
        PureNegativeError: a schedule type the engine does not know.
    """
    preflight.has("scheduler", scheduler, preflight.SCHEDULERS)
    drops = sampler in _DROPS_NEXT_TO_LAST
    chosen = schedule_type.resolve(sampler, scheduler)
    if chosen == "Align Your Steps":
        spaced = _aligned(steps + drops, _ALIGNED_XL if xl else _ALIGNED)
    else:
        spaced = _SPACINGS[chosen](steps + drops, table)
    return torch.cat([spaced[:-2], spaced[-1:]]) if drops else spaced


def _ending_at_0(levels: Tensor) -> Tensor:
    return torch.cat([levels, levels.new_zeros(1)])


def _uniform(steps: int, table: NoiseTable) -> Tensor:
    return _ending_at_0(table.at(torch.linspace(len(table.sigmas) - 1, 0, steps)))


def _sgm_uniform(steps: int, table: NoiseTable) -> Tensor:
    """Even in timesteps, as Stability's own code has them: 0 is a step of its own."""
    return _ending_at_0(table.at(torch.linspace(len(table.sigmas) - 1, 0, steps + 1)[:-1]))


def karras(steps: int, lowest: float, highest: float) -> Tensor:
    """Even in the seventh root of sigma, then 0 (Karras et al. 2022, eq. 5)."""
    low, high = lowest ** (1 / _RHO), highest ** (1 / _RHO)
    return _ending_at_0((high + torch.linspace(0, 1, steps) * (low - high)) ** _RHO)


def _karras(steps: int, table: NoiseTable) -> Tensor:
    return karras(steps, table.lowest, table.highest)


def _exponential(steps: int, table: NoiseTable) -> Tensor:
    return _ending_at_0(torch.linspace(math.log(table.highest), math.log(table.lowest), steps).exp())


def _kl_optimal(steps: int, table: NoiseTable) -> Tensor:
    """Even in the arc tangent of sigma (Sabour et al. 2024, section 3)."""
    low, high = (torch.arctan(torch.tensor(sigma)) for sigma in (table.lowest, table.highest))
    share = torch.arange(steps + 1) / steps
    return torch.tan(share * low + (1 - share) * high)


def _aligned(steps: int, known: tuple[float, ...]) -> Tensor:
    """The published levels, and for another count of steps between them by log sigma."""
    places = 1 - np.linspace(0, 1, steps)[::-1]
    falling = np.exp(np.interp(places, np.linspace(0, 1, len(known)), np.log(known)))
    return _ending_at_0(torch.from_numpy(falling).float())


def _simple(steps: int, table: NoiseTable) -> Tensor:
    """The model's own levels, every so many of them from the highest on."""
    width = len(table.sigmas) / steps
    return _ending_at_0(table.sigmas[[-1 - int(step * width) for step in range(steps)]])


def _ddim(steps: int, table: NoiseTable) -> Tensor:
    """The model's own levels, a whole number of them apart, as the sampler DDIM takes them."""
    return _ending_at_0(table.sigmas[1 :: max(len(table.sigmas) // steps, 1)].flip(0))


def _beta(steps: int, table: NoiseTable) -> Tensor:
    """Sigmas at even shares of a beta distribution, dense at both ends."""
    shares = _beta_quantile(1 - torch.linspace(0, 1, steps, dtype=torch.float64))
    return _ending_at_0((table.lowest + shares * (table.highest - table.lowest)).float())


def _beta_quantile(shares: Tensor) -> Tensor:
    """Where the beta distribution of `BETA` and `BETA` reaches these shares, by halving; it is symmetric."""
    small = torch.minimum(shares, 1 - shares)
    low, high = torch.zeros_like(small), torch.full_like(small, 0.5)
    for _ in range(60):
        middle = (low + high) / 2
        below = _beta_share(middle) < small
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return torch.where(shares > 0.5, 1 - high, high)


def _beta_share(x: Tensor) -> Tensor:
    """The distribution's share below x of 0 to 1/2, by the hypergeometric series (DLMF 8.17.7)."""
    term, total = torch.ones_like(x), torch.zeros_like(x)
    for place in range(60):
        total = total + term / (BETA + place)
        term = term * x * (place + 1 - BETA) / (place + 1)
    whole = math.gamma(BETA) ** 2 / math.gamma(2 * BETA)
    return x**BETA * total / whole


_SPACINGS: Mapping[str, Callable[[int, NoiseTable], Tensor]] = {
    # A sampler that has no schedule type of its own takes the model's levels evenly, as "Uniform" does.
    schedule_type.AUTOMATIC: _uniform,
    "Uniform": _uniform,
    "Karras": _karras,
    "Exponential": _exponential,
    "Polyexponential": _exponential,  # with the exponent 1 that the WebUI's settings start with
    "SGM Uniform": _sgm_uniform,
    "KL Optimal": _kl_optimal,
    "Simple": _simple,
    "Normal": _uniform,  # the timesteps of the model's highest and lowest level are its last and first
    "DDIM": _ddim,
    "Beta": _beta,
}
