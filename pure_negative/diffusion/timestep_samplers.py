"""DDIM and its kin, which go over the model's own timesteps, with the arithmetic of the WebUI; eta is 0."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pure_negative.diffusion.sampling import TimestepRun

_CFGPP_SHARE = 1 / 12.5
"""The WebUI's own: a CFG scale of 12.5 is a scale of 1 in CFG++."""


def spaced(steps: int, count: int) -> Tensor:
    """The timesteps of a run, rising: every so many of the model's, one above the first (Song et al. 2021, C.1)."""
    return torch.clip(torch.arange(0, count, count // steps) + 1, 0, count - 1)


def _steps(run: TimestepRun) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Each timestep with the picture's share there and at the next, which for the last step is the first timestep's."""
    times = run.timesteps.tolist()
    for step, (here, after) in enumerate(zip(times[:0:-1], times[-2::-1], strict=True)):
        yield here, run.alphas[here], run.alphas[after]
        run.report(step + 1)


def _moved(x: Tensor, noise: Tensor, further: Tensor, here: Tensor, after: Tensor) -> Tensor:
    """The latents at the next timestep: the picture that the noise leaves, and as much of `further` as belongs there.

    Song et al. 2021, eq. 12 with sigma 0.
    """
    picture = (x - (1 - here).sqrt() * noise) / here.sqrt()
    return after.sqrt() * picture + (1 - after).sqrt() * further


def ddim(x: Tensor, run: TimestepRun) -> Tensor:
    """DDIM: back to the picture, and from there along the same noise (Song et al. 2021)."""
    for time, here, after in _steps(run):
        noise = run.predict(x, time, 1.0).noise
        x = _moved(x, noise, noise, here, after)
    return x


def ddim_cfgpp(x: Tensor, run: TimestepRun) -> Tensor:
    """DDIM CFG++: the guided picture, but the noise that the negative prompt's has (Chung et al. 2024, algorithm 2)."""
    for time, here, after in _steps(run):
        guided = run.predict(x, time, _CFGPP_SHARE)
        x = _moved(x, guided.noise, guided.negative, here, after)
    return x


_ADAMS_BASHFORTH = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))
"""Weights of the newest predictions, by how many there are (Liu et al. 2022, "PNDM", eq. 12)."""


def plms(x: Tensor, run: TimestepRun) -> Tensor:
    """PLMS: DDIM's step along the noise that the last four predictions lead to; the first step predicts twice."""
    known: list[Tensor] = []
    times = run.timesteps.tolist()
    for step, (time, here, after) in enumerate(_steps(run)):
        known = [run.predict(x, time, 1.0).noise, *known[:3]]
        if len(known) == 1:
            ahead = _moved(x, known[0], known[0], here, after)
            noise = (known[0] + run.predict(ahead, times[-2 - step], 1.0).noise) / 2
        else:
            weights = _ADAMS_BASHFORTH[len(known) - 1]
            noise = sum((weight * each for weight, each in zip(weights, known, strict=True)), torch.zeros_like(x))
        x = _moved(x, noise, noise, here, after)
    return x
