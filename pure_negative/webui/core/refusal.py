"""Stopping a run with an error message: the WebUI ignores what a script's hook raises (contract, fact 6)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from pure_negative.errors import PureNegativeError
from pure_negative.webui import names


class RefusedRunError(PureNegativeError):
    """What stops a run; the WebUI's API answers it with status 422 and the sentence as `detail`."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.status_code = 422
        self.detail = sentence


class _Refusing(tuple[str, ...]):
    """Prompts of a run that never began; whoever reads one is told why."""

    __slots__ = ()

    def __new__(cls, sentence: str) -> _Refusing:
        return super().__new__(cls, (sentence,))

    def __getitem__(self, _: Any) -> NoReturn:
        raise RefusedRunError(next(iter(self)))


@contextlib.contextmanager
def in_words(p: Any = None) -> Iterator[None]:
    """Bad input inside ends the run itself with its sentence, where the WebUI does not catch it.

    It is in the page's language if the run is known.
    """
    try:
        yield
    except PureNegativeError as error:
        raise RefusedRunError(spoken_to(p, str(error)) if p else str(error)) from None


def refuse(p: Any, sentence: str) -> None:
    """Make this run, and no other, end with the sentence before anything is generated.

    The first call that `process_images` makes on `p` without catching its errors is replaced on the instance, so that
    nothing outlives the run. X/Y/Z plot catches what a cell raises, and then reads the prompts of the first one: they
    say it again. The comment reaches the gallery from scripts that go on without a picture.
    """

    def stop(*_: object, **__: object) -> NoReturn:
        raise RefusedRunError(sentence)

    from pure_negative.webui.hosts import detect

    sentence = spoken_to(p, sentence)
    here = detect.current()
    here.comment(p, _named(sentence))
    if here.loses_errors(p):
        p.setup_prompts = _interrupting(p.setup_prompts)
        setattr(p, names.ENDED, True)
        return
    here.block(p, stop)
    p.all_prompts = _Refusing(sentence)


def spoken_to(p: Any, text: str, *parts: object) -> str:
    """A sentence, or a message and its parts, in the page's language; scripts that use the API read it in English."""
    from pure_negative.language.names import ENGLISH
    from pure_negative.language.translator import translator
    from pure_negative.webui.core import settings
    from pure_negative.webui.hosts import detect

    return translator(ENGLISH if detect.current().is_api(p) else settings.language())(text, *parts)


def tell(p: Any, title: str, sentence: str) -> None:
    """Say it under the gallery, in the page's language."""
    from pure_negative.webui.hosts import detect

    detect.current().comment(p, f"{title}: {spoken_to(p, sentence)}")


def _named(sentence: str) -> str:
    """Whose sentence it is, said once: one about a value of the panel begins with it."""
    return sentence if sentence.startswith("Pure negative") else f"Pure negative: {sentence}"


def _interrupting(set_up: Callable[[], None]) -> Callable[[], None]:
    """Set up the prompts, and then as if the user had interrupted: a run without pictures that shows its comments."""

    def end() -> None:
        from modules import shared

        set_up()
        shared.state.interrupted = True

    return end


def answered(p: Any, make: Callable[[], Any]) -> Any:
    """What `make` gives; or where its refusal would not reach the page, an answer without pictures that shows it."""
    try:
        return make()
    except RefusedRunError as error:
        from pure_negative.webui.hosts import detect

        if not detect.current().loses_errors(p):
            raise
        from modules.processing import Processed

        p.comment(_named(str(error)))
        return Processed(p, [], p.seed, "")
