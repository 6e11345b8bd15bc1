"""Functions of other scripts that change a batch after cond and uncond are mixed (`sampler_post_cfg_function`).

They are told one CFG scale for all pictures, and some take means over the whole batch (MaHiRo). So each is called for
every picture alone. One that may keep something between its calls, such as the attention of the whole batch
(Self-Attention Guidance), can't be called so; its pictures are made one at a time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.webui.hosts import one_picture

LIST = "sampler_post_cfg_function"
"""Where a patcher's `model_options` keep them."""
Function = Callable[[dict[str, Any]], Any]
_PLAIN = (int, float, complex, str, bytes, type, ModuleType, BuiltinFunctionType)


def one_by_one(other: Function, values_of: Callable[[dict[str, Any]], Sequence[float]]) -> Function:
    """What calls such a function for each picture as if it were alone; `values_of` tells the scales of a call."""

    def each(args: dict[str, Any]) -> Any:
        """The denoised pictures [pictures, …] as the function changes them."""
        values = values_of(args)
        count = len(values)
        if count > 1 and not keeps_nothing(other):
            raise PureNegativeError(
                f"sheet: {told(other)} changes the guidance of a whole batch at once, so cells are made one at a time."
            )
        denoised = args["denoised"].clone()
        for place, value in enumerate(values):
            denoised[place : place + 1] = other(one_picture.of(args, place, count, value))
        return denoised

    return each


def told(function: Any) -> str:
    """What a function is called in a message: the script that it is from, and its name."""
    name = getattr(function, "__qualname__", type(function).__qualname__).replace(".<locals>", "")
    return f"{name} ({getattr(function, '__module__', '?')})"


def keeps_nothing(function: Any) -> bool:
    """Whether all that a function uses beside its arguments are modules, classes, functions and plain values."""
    inner = inspect.unwrap(function) if callable(function) else function
    if not isinstance(inner, FunctionType):
        return False
    try:
        free = [cell.cell_contents for cell in inner.__closure__ or ()]
    except ValueError:  # one that is not set yet
        return False
    used = [*free, *(inner.__defaults__ or ()), *_globals(inner)]
    return all(isinstance(each, _PLAIN) or keeps_nothing(each) for each in used)


def _globals(function: FunctionType) -> list[Any]:
    """The globals that it names; of functions among them it is taken that they keep nothing."""
    named = (function.__globals__.get(name) for name in function.__code__.co_names)
    return [each for each in named if each is not None and not isinstance(each, FunctionType)]
