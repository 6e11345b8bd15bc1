"""The samplers without noise of their own, with the arithmetic that k-diffusion and so the WebUI use."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Polynomial
from torch import Tensor

from pure_negative.diffusion.sampling import Run

_LMS_ORDER = 4


def euler(x: Tensor, run: Run) -> Tensor:
    """Euler: straight along the model's direction (Karras et al. 2022, algorithm 2 without churn)."""
    for here, after in run.levels():
        x = x + run.slope(x, here) * (after - here)
    return x


def heun(x: Tensor, run: Run) -> Tensor:
    """Heun: the mean of the directions at a step's two ends (Karras et al. 2022, algorithm 1)."""
    for here, after in run.levels():
        x = heun_step(x, here, after, run)
    return x


def heun_step(x: Tensor, here: Tensor, after: Tensor, run: Run) -> Tensor:
    """One step of Heun's method; the one to 0 is Euler's."""
    slope, width = run.slope(x, here), after - here
    there = x + slope * width
    if after > 0:
        there = x + (slope + run.slope(there, after)) / 2 * width
    return there


def dpm_2(x: Tensor, run: Run) -> Tensor:
    """DPM2: along the direction half way, by log sigma (DPM-Solver-2, Lu et al. 2022, algorithm 1)."""
    for here, after in run.levels():
        x = dpm_2_step(x, here, after, run)
    return x


def dpm_2_step(x: Tensor, here: Tensor, after: Tensor, run: Run) -> Tensor:
    """One step of DPM2; the one to 0 is Euler's."""
    slope = run.slope(x, here)
    if after > 0:
        middle = here.log().lerp(after.log(), 0.5).exp()
        slope = run.slope(x + slope * (middle - here), middle)
    return x + slope * (after - here)


def lms(x: Tensor, run: Run) -> Tensor:
    """LMS: along the polynomial through the last four directions (Adams-Bashforth, with steps of any width)."""
    slopes: list[Tensor] = []
    sigmas = run.sigmas.numpy().astype(float)
    for step, (here, _) in enumerate(run.levels()):
        slopes = [run.slope(x, here), *slopes[: _LMS_ORDER - 1]]
        known = sigmas[step::-1][: len(slopes)]
        shares = (_integral(known, place, sigmas[step], sigmas[step + 1]) for place in range(len(slopes)))
        x = x + sum(share * slope for share, slope in zip(shares, slopes, strict=True))
    return x


def _integral(points: np.ndarray, place: int, start: float, end: float) -> float:
    """Of the polynomial that is 1 at the point of this place and 0 at the others (Lagrange's)."""
    others = np.delete(points, place)
    basis = Polynomial.fromroots(others) / np.prod(points[place] - others) if len(others) else Polynomial([1.0])
    whole = basis.integ()
    return float(whole(end) - whole(start))


def dpmpp_2m(x: Tensor, run: Run) -> Tensor:
    """DPM++ 2M: second order from the previous step's picture (Lu et al. 2022, algorithm 2, in -log sigma)."""
    before: Tensor | None = None
    times = -run.sigmas.log()
    for step, (here, after) in enumerate(run.levels()):
        picture = run.denoise(x, here)
        width = times[step + 1] - times[step]
        target = picture
        if before is not None and after > 0:
            ratio = (times[step] - times[step - 1]) / width
            target = (1 + 1 / (2 * ratio)) * picture - (1 / (2 * ratio)) * before
        x = (after / here) * x - (-width).expm1() * target
        before = picture
    return x
