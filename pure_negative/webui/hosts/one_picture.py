"""One picture's part of what a sampling function tells of a whole batch."""

from __future__ import annotations

from typing import Any


def of(args: dict[str, Any], place: int, count: int, scale: float) -> dict[str, Any]:
    """The arguments of a function that is called with a batch of `count` pictures, as it would have them for one.

    A picture alone at scale 1 is made without uncond, whose place zeros take.
    """
    own = {key: part(each, place, count) for key, each in args.items()}
    own |= {"cond_scale": scale} if "cond_scale" in own else {}
    if scale == 1.0:
        own |= {"uncond_denoised": own["cond_denoised"] * 0}
        own |= {"uncond": own["input"]} if hasattr(own.get("uncond"), "shape") else {}
    return own


def part(value: Any, place: int, count: int) -> Any:
    """One picture's part of a value: of a tensor its row, of a list of conditions that of each of their tensors."""
    shape = getattr(value, "shape", None)
    if shape:
        return value[place : place + 1] if shape[0] == count else value
    if isinstance(value, list):
        return [_part_of_condition(each, place, count) for each in value]
    return value


def _part_of_condition(value: Any, place: int, count: int) -> Any:
    """A condition is a dict of tensors, and of the host's own objects that hold one as `cond`."""
    if isinstance(value, dict):
        return {key: _part_of_condition(each, place, count) for key, each in value.items()}
    if hasattr(value, "_copy_with") and hasattr(value, "cond"):
        return value._copy_with(part(value.cond, place, count))
    return part(value, place, count)
