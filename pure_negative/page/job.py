"""One press of Generate: the batches in turn, with progress by sampling step and a check for Stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative import output
from pure_negative.io import validate
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model, Progress, Renderer, Request

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PICTURES = 256
"""More than a gallery shows well."""
Asked = Callable[[], bool]
"""Whether an end was asked for."""
Tell = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, and words for it."""


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The user pressed Stop; the pictures made before are on disk."""


class Sign(threading.Event):
    """One tab's sign for its pictures to end; gradio makes each tab's by copying the first."""

    def __deepcopy__(self, _: object) -> Sign:
        return Sign()


def go_on(stop: Asked) -> None:
    """Nothing, unless an end was asked for.

    Raises:
        Stopped: it was.
    """
    if stop():
        raise Stopped


class Watched:
    """A renderer that tells of every step, and stops at the next one when asked to."""

    def __init__(self, renderer: Renderer, count: int, tell: Tell, stop: Asked) -> None:
        self._renderer, self._tell, self._stop = renderer, tell, stop
        self._count, self._done = count, 0

    @property
    def model(self) -> Model:
        """The checkpoint of the renderer behind."""
        return self._renderer.model

    def chunks(self, text: str) -> int:
        """As the renderer behind counts them."""
        return self._renderer.chunks(text)

    def described(self, request: Request) -> Mapping[str, str]:
        """As the renderer behind describes it."""
        return self._renderer.described(request)

    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image]:
        """One picture for each request.

        Raises:
            Stopped: the stop was asked for.
        """

        def step(done: int, total: int) -> None:
            if progress:
                progress(done, total)
            self._step(len(batch), done, total)

        self._step(len(batch), 0, batch[0].steps)
        pictures = self._renderer.render(batch, step)
        self._done += len(batch)
        return pictures

    def _step(self, size: int, done: int, total: int) -> None:
        go_on(self._stop)
        first, last = self._done + 1, self._done + size
        which = f"{first}" if size == 1 else f"{first} to {last}"
        share = (self._done + size * done / total) / self._count
        self._tell(share, f"picture {which} of {self._count}, step {done} of {total}")


def run(
    renderer: Renderer, made: Plan, count: object, batch: object, out: str, tell: Tell, stop: Asked
) -> Iterator[Path]:
    """Each picture's file as soon as its batch is done.

    Raises:
        PureNegativeError: a value is not allowed, or the engine refuses the plan.
        Stopped: the stop was asked for.
    """
    requests = output.series(made, validate.whole(count, "pictures", 1, MOST_PICTURES))
    largest = validate.whole(batch, "batch", 1, output.LARGEST_BATCH)
    folder = output.folder_at(out)
    yield from output.render(Watched(renderer, len(requests), tell, stop), made, requests, largest, folder)
