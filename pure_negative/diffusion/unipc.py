"""UniPC: a predictor and a corrector of the third order (Zhao et al. 2023), with the WebUI's settings.

These are: data prediction, B(h) = h, steps even in time, and lower orders at the end. Equations are the paper's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pure_negative.diffusion.sampling import TimestepRun

ORDER = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Point:
    """A place of the run: its timestep, which has a fraction, and how much of the latents is picture and noise."""

    time: float
    log_alpha: float

    @property
    def alpha(self) -> float:
        return math.exp(self.log_alpha)

    @property
    def sigma(self) -> float:
        return math.sqrt(-math.expm1(2 * self.log_alpha))

    @property
    def half_log_snr(self) -> float:
        return self.log_alpha - math.log(self.sigma)


@dataclass(frozen=True)
class _Known:
    """A place that was reached, and the picture that the model sees there."""

    point: _Point
    picture: Tensor


def unipc(x: Tensor, run: TimestepRun) -> Tensor:
    """As many steps as the run has timesteps, from the last of the model's to its first."""
    steps = len(run.timesteps)
    first, *others = _points(steps, run.alphas)
    known = [_Known(first, _picture(x, first, run))]
    for step, point in enumerate(others, 1):
        update = _Step(x, point, known[: min(step, ORDER, steps + 1 - step)])
        x = update.predicted()
        if step < steps:
            picture = _picture(x, point, run)
            x = update.corrected(picture)
            known = [_Known(point, picture), *known[: ORDER - 1]]
        run.report(step)
    return x


def _points(steps: int, alphas: Tensor) -> list[_Point]:
    count = len(alphas)
    times = (torch.linspace(1.0, 1 / count, steps + 1) - 1 / count) * count
    places = times.double().clamp(0, count - 1).numpy()
    logs = np.interp(places, np.arange(count), alphas.double().log().numpy() / 2)
    return [_Point(float(time), float(log)) for time, log in zip(times, logs, strict=True)]


def _picture(x: Tensor, point: _Point, run: TimestepRun) -> Tensor:
    return (x - point.sigma * run.predict(x, point.time, 1.0).noise) / point.alpha


class _Step:
    """One step from what is known, the newest first: as many places as the step's order."""

    def __init__(self, x: Tensor, to: _Point, known: list[_Known]) -> None:
        self._to = to
        self._newest = known[0]
        here = known[0].point
        self._width = to.half_log_snr - here.half_log_snr
        earlier = known[1:]
        self._ratios = [(each.point.half_log_snr - here.half_log_snr) / self._width for each in earlier]
        changes = (each.picture - known[0].picture for each in earlier)
        self._changes = [change / ratio for change, ratio in zip(changes, self._ratios, strict=True)]
        self._still = to.sigma / here.sigma * x - to.alpha * math.expm1(-self._width) * known[0].picture
        """Where the latents come to if the picture stays as it is."""

    def predicted(self) -> Tensor:
        """By what is known alone (eq. 3, algorithm 6)."""
        order = len(self._ratios)
        weights = [0.5] if order == 1 else self._solved(order)
        return self._bent(weights, self._changes)

    def corrected(self, picture: Tensor) -> Tensor:
        """By the picture that the model sees where the prediction came to (eq. 8, algorithm 5)."""
        order = len(self._ratios) + 1
        weights = [0.5] if order == 1 else self._solved(order)
        return self._bent(weights, [*self._changes, picture - self._newest.picture])

    def _bent(self, weights: list[float], changes: list[Tensor]) -> Tensor:
        bend = sum(
            (weight * each for weight, each in zip(weights, changes, strict=True)), torch.zeros_like(self._still)
        )
        return self._still + self._to.alpha * self._width * bend

    def _solved(self, order: int) -> list[float]:
        """The weights of as many changes that make the step exact to that order (eq. 5: R a = b)."""
        powers = self._powers[:order, :order]
        return [float(weight) for weight in np.linalg.solve(powers, self._integrals[:order])]

    @cached_property
    def _powers(self) -> Floats:
        powers: Floats = np.vander([*self._ratios, 1.0], increasing=True).T
        return powers

    @cached_property
    def _integrals(self) -> Floats:
        """n! phi_(n + 1)(-h) for each n from 1 on, with B(h) = h divided out (appendix, eq. for b)."""
        width, found = -self._width, []
        term = math.expm1(width) / width - 1
        for place in range(1, len(self._ratios) + 2):
            found.append(term * math.factorial(place) / width)
            term = term / width - 1 / math.factorial(place + 1)
        return np.array(found)
