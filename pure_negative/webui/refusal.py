"""Stopping a run in words: the WebUI swallows what a hook raises and would make another picture (contract, fact 6)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

from pure_negative.errors import PureNegativeError


class RefusedRunError(PureNegativeError):
    """What stops a run; the WebUI's API answers it with status 422 and the sentence as `detail`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.status_code = 422
        self.detail = sentence


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Bad input inside ends the request itself with its sentence, where the WebUI does not catch it."""
    try:
        yield
    except PureNegativeError as error:
        raise RefusedRunError(str(error)) from None


def refuse(p: Any, sentence: str) -> None:
    """Make this run, and no other, end with the sentence before anything is generated.

    The first call that `process_images` makes on `p` without catching its errors is replaced on the instance, so that
    nothing outlives the run. The comment reaches the gallery where a script such as X/Y/Z plot catches the error.
    """

    def stop(*_: object, **__: object) -> NoReturn:
        raise RefusedRunError(sentence)

    p.comment(f"Pure negative: {sentence}")
    p.setup_prompts = stop
