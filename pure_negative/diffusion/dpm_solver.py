"""DPM fast and DPM adaptive: DPM-Solver of up to the third order (Lu et al. 2022), with noise at eta 1.

Time is -log sigma. The equations are those of the paper's algorithms 1 and 2, for latents that are the picture plus
sigma times noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pure_negative.diffusion.sampling import Run, ancestral

_RELATIVE, _ABSOLUTE = 0.05, 0.0078
"""How far off a step may be: of the latents' size, and at the least (the paper's appendix, for 8-bit pictures)."""
_FIRST_WIDTH = 0.05
_ACCEPTED_FROM = 0.81
_ERROR_ORDER = 1.5
_NEAR = 1e-5
_EARLY = 1 / 3


@dataclass(frozen=True)
class _Step:
    """From one time to another; `noise` is what the model sees at the start."""

    run: Run
    x: Tensor
    noise: Tensor
    start: Tensor
    end: Tensor

    def first(self) -> Tensor:
        """DPM-Solver-1, which is DDIM."""
        return self.x - _sigma(self.end) * (self.end - self.start).expm1() * self.noise

    def second(self, share: float) -> Tensor:
        """DPM-Solver-2, with its middle at this share of the way."""
        bend = self._early if share == _EARLY else self._seen(share, self._at(share)) - self.noise
        return self.first() - _sigma(self.end) / (2 * share) * (self.end - self.start).expm1() * bend

    def third(self) -> Tensor:
        """DPM-Solver-3, with its middles at 1/3 and 2/3 of the way."""
        width = self.end - self.start
        far = width * (2 / 3)
        middle = self._at(2 / 3) - _sigma(self.start + far) * 2 * (far.expm1() / far - 1) * self._early
        bend = self._seen(2 / 3, middle) - self.noise
        return self.first() - _sigma(self.end) * (3 / 2) * (width.expm1() / width - 1) * bend

    def _at(self, share: float) -> Tensor:
        width = share * (self.end - self.start)
        return self.x - _sigma(self.start + width) * width.expm1() * self.noise

    @cached_property
    def _early(self) -> Tensor:
        """How the noise has changed at the first of the two middles, which both orders use."""
        return self._seen(_EARLY, self._at(_EARLY)) - self.noise

    def _seen(self, share: float, x: Tensor) -> Tensor:
        """The noise that the model sees on the way."""
        return self.run.slope(x, _sigma(self.start + share * (self.end - self.start)))


def _sigma(time: Tensor) -> Tensor:
    return (-time).exp()


def _time(sigma: float | Tensor) -> Tensor:
    return -torch.as_tensor(sigma).log()


def _lower(here: Tensor, after: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """The time that a step goes down to, and how much noise then leads back up to `after`."""
    down, _ = ancestral(_sigma(here), _sigma(after))
    time = torch.minimum(end, _time(down))
    return time, (_sigma(after) ** 2 - _sigma(time) ** 2) ** 0.5


def fast(x: Tensor, run: Run) -> Tensor:
    """DPM fast: as many calls of the model as there are steps, three to a step of the solver (appendix B.3)."""
    full, rest = divmod(run.steps, 3)
    orders = [3] * full + [rest] if rest else [3] * (full - 1) + [2, 1]
    times = torch.linspace(float(_time(run.highest)), float(_time(run.lowest)), full + 2)
    done = 0
    for order, here, after in zip(orders, times, times[1:], strict=False):
        down, up = _lower(here, after, times[-1])
        step = _Step(run, x, run.slope(x, _sigma(here)), here, down)
        x = (step.first() if order == 1 else step.second(1 / 2) if order == 2 else step.third()) + up * run.draw()
        done += order
        run.report(done)
    return x


def adaptive(x: Tensor, run: Run) -> Tensor:
    """DPM adaptive: steps as wide as the second and the third order agree about (appendix C)."""
    start, end = _time(run.highest), _time(run.lowest)
    here, last, widths = start, x, _Widths()
    while here < end - _NEAR:
        after = torch.minimum(end, here + widths.next)
        down, up = _lower(here, after, end)
        step = _Step(run, x, run.slope(x, _sigma(here)), here, down)
        low, high = step.second(_EARLY), step.third()
        allowed = (_RELATIVE * torch.maximum(low.abs(), last.abs())).clamp(min=_ABSOLUTE)
        error = float(torch.linalg.norm((low - high) / allowed)) / x.numel() ** 0.5
        if not math.isfinite(error):
            return high  # no step would ever be narrow enough
        if widths.accepts(error):
            last, x, here = low, high + up * run.draw(), after
            run.report(int(run.steps * float((here - start) / (end - start))))
    return x


class _Widths:
    """How wide the next step is: an integral controller, whose changes an arc tangent limits."""

    def __init__(self) -> None:
        self.next = _FIRST_WIDTH

    def accepts(self, error: float) -> bool:
        """Whether a step with this error, of 1 that is allowed, counts; the next one is as much wider or narrower."""
        factor = 1 + math.atan((1 / (error + 1e-8)) ** (1 / _ERROR_ORDER) - 1)
        self.next *= factor
        return factor >= _ACCEPTED_FROM
