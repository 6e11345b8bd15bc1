"""The language of whoever is answered right now."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from pure_negative.language.translator import translator

_CATALOGUE: ContextVar[str] = ContextVar("catalogue", default="")


@contextlib.contextmanager
def spoken(catalogue: str) -> Iterator[None]:
    """Within this, `say` answers from that catalogue (`names.CATALOGUES`), or in English where it is none of them."""
    before = _CATALOGUE.set(catalogue)
    try:
        yield
    finally:
        _CATALOGUE.reset(before)


def say(text: str, *parts: object) -> str:
    """An English text, or a message with `{}` and the parts to put in, in the language that is spoken."""
    return translator(_CATALOGUE.get())(text, *parts)


def speaking(language: Callable[[], str], act: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its answer in the language that holds when it is called."""

    @functools.wraps(act)
    def answer(*arguments: Any) -> Any:
        with spoken(language()):
            return act(*arguments)

    return answer
