"""Seeds as the WebUI takes them: whatever torch takes, 64 bits with or without a sign; -1 asks for a random one.

torch reads a negative seed as the one that is 2^64 above it. A batch that the WebUI counts up from -2 has a picture of
seed -1 too, and its infotext says so; typed again, that would be a random one. Such a picture is called by the highest
seed here, under which torch makes it again.
"""

from __future__ import annotations

import secrets

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

RANDOM = -1
LOWEST = -(2**63)
HIGHEST = 2**64 - 1
EXACT = 2**53
"""Up to here a float, and so a number in a browser, names one seed alone."""


def read(value: object, where: str) -> int:
    """A seed, or -1 for a random one.

    Raises:
        PureNegativeError: torch takes no such seed, or a float is too large to say which one is meant.
    """
    if isinstance(value, float) and abs(value) > EXACT:
        raise validate.refuse(where, value, "a seed this large as text, in digits")
    return validate.whole(value, where, LOWEST, HIGHEST)


def read_made(value: object, where: str) -> int:
    """The seed that a picture's parameters say it was made by, never -1."""
    return made(read(value, where))


def made(seed: int) -> int:
    """The seed under which the picture of a seed is had again."""
    return HIGHEST if seed == RANDOM else seed


def fixed(seed: int | None) -> int:
    """The seed, or a random one, of the 32 bits that the WebUI draws, in the place of -1 and None."""
    return secrets.randbelow(2**32) if seed in (None, RANDOM) else seed


def counted_up(first: int, count: int) -> tuple[int, ...]:
    """So many seeds from a fixed one on, as the WebUI counts them up in a batch.

    Raises:
        PureNegativeError: the seeds end before.
    """
    if first + count - 1 > HIGHEST:
        raise PureNegativeError(f"seed: {first} is too high for {count} pictures; the last seed is {HIGHEST}.")
    return tuple(made(first + offset) for offset in range(count))
