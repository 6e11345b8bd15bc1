"""The samplers that add noise at their steps, with the arithmetic that k-diffusion and so the WebUI use; eta is 1.

Those by the name of SDE take it from one Brownian motion per picture, so that the noise stays the same when the steps
are others; the rest draw it anew at each step.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from pure_negative.diffusion import sigmas as spacing
from pure_negative.diffusion.ode_samplers import dpm_2_step, heun_step
from pure_negative.diffusion.sampling import Run, ancestral


def euler_ancestral(x: Tensor, run: Run) -> Tensor:
    """Euler a: a step to below the next noise level, then fresh noise up to it."""
    for here, after in run.levels():
        down, up = ancestral(here, after)
        x = x + run.slope(x, here) * (down - here)
        if after > 0:
            x = x + run.draw() * up
    return x


def dpm_2_ancestral(x: Tensor, run: Run) -> Tensor:
    """DPM2 a: DPM2's step to below the next noise level, then fresh noise up to it."""
    for here, after in run.levels():
        down, up = ancestral(here, after)
        x = dpm_2_step(x, here, down, run)
        if down > 0:
            x = x + run.draw() * up
    return x


def dpmpp_2s_ancestral(x: Tensor, run: Run) -> Tensor:
    """DPM++ 2S a: DPM-Solver++(2S) to below the next level, then fresh noise (Lu et al. 2022, algorithm 1)."""
    for here, after in run.levels():
        down, up = ancestral(here, after)
        picture = run.denoise(x, here)
        if down > 0:
            middle = _half_way(here, down)
            picture = run.denoise(_towards(picture, x, here, middle), middle)
        x = _towards(picture, x, here, down)
        if after > 0:
            x = x + run.draw() * up
    return x


def _half_way(here: Tensor, after: Tensor) -> Tensor:
    """The level in the middle between two, by log sigma."""
    start, end = -here.log(), -after.log()
    return (-(start + 0.5 * (end - start))).exp()


def _towards(picture: Tensor, x: Tensor, here: Tensor, there: Tensor) -> Tensor:
    """The latents at another level if the picture in them stayed as it is (eq. 9 of DPM-Solver++, first order)."""
    width = here.log() - there.log()
    return there / here * x - (-width).expm1() * picture


def dpmpp_sde(x: Tensor, run: Run) -> Tensor:
    """DPM++ SDE: as DPM++ 2S a, but its noise is the Brownian motion's, and half a step has noise too."""
    for here, after in run.levels():
        picture = run.denoise(x, here)
        if after > 0:
            # By way of the logarithm as in k-diffusion: six decimals of a level count in the motion.
            here, middle, after = here.log().exp(), _half_way(here, after), after.log().exp()
            down, up = ancestral(here, middle)
            half = _towards(picture, x, here, down) + run.between(here, middle) * up
            picture = run.denoise(half, middle)
            down, up = ancestral(here, after)
            x = _towards(picture, x, here, down) + run.between(here, after) * up
        else:
            x = picture
    return x


def dpmpp_2m_sde(x: Tensor, run: Run) -> Tensor:
    """DPM++ 2M SDE: the SDE form of DPM-Solver++(2M) (Lu et al. 2022, section 5 and appendix)."""
    return _dpmpp_2m_sde(x, run, lambda width: -(-width).expm1() / 2)


def dpmpp_2m_sde_heun(x: Tensor, run: Run) -> Tensor:
    """DPM++ 2M SDE Heun: the same with the exact weight of the second-order term in place of the midpoint's."""
    return _dpmpp_2m_sde(x, run, _second_order)


def _second_order(width: Tensor) -> Tensor:
    """The weight of the picture's change over a step of twice its width in log sigma (phi_2 of exponential solvers)."""
    return (-width).expm1() / width + 1


def _dpmpp_2m_sde(x: Tensor, run: Run, weight: Callable[[Tensor], Tensor]) -> Tensor:
    before: Tensor | None = None
    last = torch.zeros(())
    for here, after in run.levels():
        picture = run.denoise(x, here)
        if after == 0:
            x = picture
            continue
        width = here.log() - after.log()
        x = _noised(after / here * (-width).exp() * x - (-2 * width).expm1() * picture, here, after, run)
        if before is not None:
            x = x + weight(2 * width) * (width / last) * (picture - before)
        before, last = picture, width
    return x


def _noised(x: Tensor, here: Tensor, after: Tensor, run: Run) -> Tensor:
    """With the Brownian motion's noise of a step, as much as the step takes out of it."""
    width = here.log() - after.log()
    return x + run.between(here, after) * after * (-(-2 * width).expm1()).sqrt()


def dpmpp_3m_sde(x: Tensor, run: Run) -> Tensor:
    """DPM++ 3M SDE: the same with a third-order term, from the pictures of two steps before."""
    pictures: list[Tensor] = []
    widths: list[Tensor] = []
    for here, after in run.levels():
        pictures = [run.denoise(x, here), *pictures[:2]]
        if after == 0:
            x = pictures[0]
            continue
        width = here.log() - after.log()
        x = (-2 * width).exp() * x - (-2 * width).expm1() * pictures[0]
        x = _noised(x + _third_order(pictures, [each / width for each in widths], 2 * width), here, after, run)
        widths = [width, *widths[:1]]
    return x


def _third_order(pictures: list[Tensor], ratios: list[Tensor], width: Tensor) -> Tensor | float:
    """What the change of the pictures adds, as far as there are earlier ones.

    Args:
        pictures: the newest first.
        ratios: how wide the steps between them are, in widths of the step at hand.
        width: twice the step at hand's.
    """
    if not ratios:
        return 0.0
    weight = _second_order(width)
    changes = [(new - old) / ratio for new, old, ratio in zip(pictures, pictures[1:], ratios, strict=False)]
    if len(changes) == 1:
        return weight * changes[0]
    bend = (changes[0] - changes[1]) / (ratios[0] + ratios[1])
    return weight * (changes[0] + bend * ratios[0]) - (weight / width - 0.5) * bend


def lcm(x: Tensor, run: Run) -> Tensor:
    """LCM: the picture that the model sees, and fresh noise on it (Luo et al. 2023, algorithm 3)."""
    for here, after in run.levels():
        x = run.denoise(x, here)
        if after > 0:
            x = x + after * run.draw()
    return x


_RESTART_LOW, _RESTART_HIGH = 0.1, 2.0


def restart(x: Tensor, run: Run) -> Tensor:
    """Restart: Heun's steps; from 20 steps on the lower levels are gone through again (Xu et al. 2023, algorithm 1)."""
    done: Tensor | None = None
    for step, (here, after) in enumerate(_restarted(run.sigmas)):
        if done is not None and done < here:
            x = x + run.draw() * (here**2 - done**2) ** 0.5
        x = heun_step(x, here, after, run)
        done = after
        run.report(step + 1)
    return x


def _restarted(sigmas: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Each step's level and the next; those that come again are among them, and the steps as many as asked for."""
    steps = len(sigmas) - 1
    if steps < 20:
        return [*pairwise(sigmas)]
    again, times = (steps // 4, 2) if steps >= 36 else (9, 1)
    sigmas = spacing.karras(steps - again * times, float(sigmas[-2]), float(sigmas[0]))
    low, high = (int((sigmas - level).abs().argmin()) for level in (_RESTART_LOW, _RESTART_HIGH))
    found = [*pairwise(sigmas)]
    if high < low:
        loop = spacing.karras(again + 1, float(sigmas[low]), float(sigmas[high]))[:-1]
        found[low:low] = [*pairwise(loop)] * times
    return found
