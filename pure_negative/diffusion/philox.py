"""Normal noise as an NVIDIA GPU draws it, on any machine: Philox 4x32-10 and the Box-Muller transform.

Philox is by Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11, section 3.3). What is
drawn from it is cuRAND's: the seed is the key, an element's place the subsequence, the number of the draw the offset.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Words = tuple[NDArray[np.uint64], ...]
"""32-bit words, each in 64 bits, so that a product has room."""

_WORD = np.uint64(0xFFFFFFFF)
_BITS = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_KEY_STEPS = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_ROUNDS = 10
_UNIT = np.float32(2.0**-32)
_TURN = np.float32(2.0**-32 * 2 * math.pi)


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Four random words for each counter of four words, by a key of two."""
    first, second, third, fourth = counter
    keys = [np.uint64(word) for word in key]
    for _ in range(_ROUNDS):
        left, right = first * _MULTIPLIERS[0], third * _MULTIPLIERS[1]
        first, second = (right >> _BITS) ^ second ^ keys[0], right & _WORD
        third, fourth = (left >> _BITS) ^ fourth ^ keys[1], left & _WORD
        keys = [(word + step) & _WORD for word, step in zip(keys, _KEY_STEPS, strict=True)]
    return first, second, third, fourth


class Philox:
    """The generator of one seed of 64 bits; one below 0 is that 2^64 above it, as torch reads it."""

    def __init__(self, seed: int) -> None:
        self._key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
        self._draws = 0

    def normal(self, count: int) -> NDArray[np.float32]:
        """The next `count` numbers of the normal distribution, as `torch.randn` of a GPU gives them."""
        places = np.arange(count, dtype=np.uint64)
        none = np.zeros(count, np.uint64)
        first, second, *_ = philox((none + np.uint64(self._draws), none, places, none), self._key)
        self._draws += 1
        return _normal(first, second)


def _normal(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Box-Muller's first number of each pair; the two are scaled to (0, 1] and (0, 2 pi] in single precision."""
    unit = first.astype(np.float32) * _UNIT + _UNIT / 2
    angle = second.astype(np.float32) * _TURN + _TURN / 2
    drawn: NDArray[np.float32] = np.sqrt(np.float32(-2) * np.log(unit)) * np.sin(angle)
    return drawn
