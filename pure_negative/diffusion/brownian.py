"""Noise of a Brownian motion for each picture: the same motion for any steps, from the seed alone.

A virtual Brownian tree (Li et al. 2020, "Scalable Gradients for Stochastic Differential Equations", section 4): halves
of an interval share what the whole has, by a normal number of their own (Lévy's construction). Seeds, tolerance and the
order of the arithmetic are those that torchsde's BrownianTree has in k-diffusion, so that the noise is the WebUI's;
torchsde itself draws from torch's generators alone, and the WebUI replaces that in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

_DIGITS = 6
"""Decimals of a time that count."""
_POOL = 24
"""32-bit words of entropy in numpy's SeedSequence."""
Normal = Callable[[int], Tensor]
"""Normal numbers in the shape of one picture's latents, by a seed."""


@dataclass(frozen=True)
class _Interval:
    """A part of the whole: its ends, how far the motion is at its start, how far it goes in it, and its place."""

    start: float
    end: float
    before: Tensor | float
    change: Tensor
    depth: int
    place: int

    def middle(self) -> float:
        return round((self.start + self.end) / 2, _DIGITS)


class BrownianTree:
    """The motion of one seed from `low` to `high`.

    Args:
        seed: one below 0 is that 2^64 above it, as torch reads it.
        low: the lowest sigma there is, above 0.
        high: the highest.
        normal: draws from seeds of 32 bits that are made from the picture's.
    """

    def __init__(self, seed: int, low: float, high: float, normal: Normal) -> None:
        self._normal = normal
        self._seed = seed % 2**64
        first = int(np.random.SeedSequence(self._seed, pool_size=_POOL).generate_state(1)[0])
        change = normal(first) * math.sqrt(high - low)
        self._path = [_Interval(round(low, _DIGITS), round(high, _DIGITS), 0.0, change, 0, 0)]
        """The intervals down to the one that was looked for last; the next is mostly near."""

    def at(self, time: float) -> Tensor | float:
        """How far the motion is at a time; outside of the whole, at the end that is nearer."""
        whole = self._path[0]
        time = min(max(round(time, _DIGITS), whole.start), whole.end)
        while not self._path[-1].start <= time <= self._path[-1].end:
            self._path.pop()
        while (inner := self._path[-1]).start < time < inner.end:
            self._path.append(self._half(inner, time))
        return inner.before if time == inner.start else inner.before + inner.change

    def _half(self, whole: _Interval, time: float) -> _Interval:
        """The half in which the time is."""
        key = (whole.place, whole.depth)
        seed = int(np.random.SeedSequence(self._seed, spawn_key=key, pool_size=_POOL).generate_state(1)[0])
        middle, length = whole.middle(), whole.end - whole.start
        left, right = middle - whole.start, whole.end - middle
        change = left * whole.change / length + math.sqrt(left * right / length) * self._normal(seed)
        depth, place = whole.depth + 1, 2 * whole.place
        if time <= middle:
            return _Interval(whole.start, middle, whole.before, change, depth, place)
        return _Interval(middle, whole.end, whole.before + change, whole.change - change, depth, place + 1)


class BrownianNoise:
    """The noise of a batch between two noise levels: [pictures, channels, height, width], of variance 1."""

    def __init__(self, seeds: Sequence[int], sigmas: Tensor, normal: Normal) -> None:
        self._seeds = seeds
        self._sigmas = sigmas
        self._normal = normal

    @cached_property
    def _trees(self) -> list[BrownianTree]:
        """Made when noise is asked for, since most samplers don't."""
        low, high = float(self._sigmas[self._sigmas > 0].min()), float(self._sigmas.max())
        return [BrownianTree(seed, low, high, self._normal) for seed in self._seeds]

    def __call__(self, sigma: Tensor, after: Tensor) -> Tensor:
        changes = [torch.as_tensor(tree.at(float(after)) - tree.at(float(sigma))) for tree in self._trees]
        return torch.stack(changes) / (sigma - after).abs().sqrt()
