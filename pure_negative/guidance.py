"""Classifier-free guidance with a CFG scale per picture."""

from __future__ import annotations

from typing import Any, TypeVar

Array = TypeVar("Array", bound=Any)


def mix(cond: Array, uncond: Array, scales: Array) -> Array:
    """What the sampler follows: `uncond + (cond - uncond) * scale`, each picture at its own scale.

    The order of the arithmetic is the WebUI's (webui-contract.md §5), so that its pictures come out bit-equal.

    Args:
        cond: [pictures, …], the prediction for the prompt, of any array library: channels, height and width, and
            for some models frames, follow.
        uncond: the same shape, the prediction for the negative prompt.
        scales: [pictures], the CFG scale of each, in the arrays' own library, on their device.
    """
    mixed: Array = uncond + (cond - uncond) * for_each(scales, uncond)
    return mixed


def for_each(values: Array, pictures: Array) -> Array:
    """One number for each picture, in a shape that multiplies all of the picture by its own, whatever it is made of."""
    shaped: Array = values.reshape(-1, *(1 for _ in pictures.shape[1:]))
    return shaped
