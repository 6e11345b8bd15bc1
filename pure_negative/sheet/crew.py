"""Who makes the cells of a sheet: the interface of a crew of workers, which knows no engine, and the crew of one."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.request import Model, Progress, Renderer, Request, model_of
from pure_negative.sheet import batches
from pure_negative.sheet.definition import Cell

if TYPE_CHECKING:
    from PIL.Image import Image

Describe = Callable[[Cell, "Image"], str]
"""The infotext of a finished cell."""


class Skipped(Exception):  # noqa: N818 - it is no error: a host's "skip" button was pressed
    """A renderer raises this when the user dropped the batch at hand: its cells stay unmade, the others go on."""


class Ending(enum.Enum):
    """How a batch ended. A lost one has no answer: its worker died, hung, or can't be reached."""

    MADE = "made"
    OUT_OF_MEMORY = "out of memory"
    REFUSED = "refused"
    SKIPPED = "skipped"
    LOST = "lost"


@dataclass(frozen=True)
class Order:
    """A cell as a worker gets it: its request, and the compact field of its infotext (`infotext.pack`)."""

    request: Request
    packed: str


@dataclass(frozen=True)
class Picture:
    """A finished cell: its infotext, and its picture, or the bytes of its PNG file, which hold the infotext already."""

    text: str
    image: Image | None = None
    png: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came of a batch: a picture for each of its cells, or `told`, why there is none; `seconds` it took."""

    ending: Ending
    seconds: float
    pictures: tuple[Picture, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class Done:
    """A batch that came back from a worker."""

    worker: str
    cells: tuple[Cell, ...]
    answer: Answer


Allowed = Callable[[], "float | None"]
"""Seconds that a batch may take, by what is known of the workers now; None is any."""


class Crew(Protocol):
    """Workers that take batches and give back what is done. They are named; a name belongs to one worker for good."""

    @property
    def model(self) -> Model:
        """The checkpoint that all of them draw with."""

    @property
    def shares(self) -> bool:
        """Whether several work at a time, so that each gets its share of what is left; else batches are even."""

    def key(self, cells: Sequence[Cell]) -> batches.Key:
        """What the cells of a batch must agree on."""

    def live(self) -> Sequence[str]:
        """The workers there are, the busy ones too."""

    def idle(self) -> Sequence[str]:
        """Those that have nothing to do, and are ready."""

    def waking(self) -> bool:
        """Whether one that took the place of a lost worker is not ready yet."""

    def made_by(self, worker: str) -> str:
        """What the sheet says of a worker beside the cells it made; "" says nothing."""

    def give(self, worker: str, cells: Sequence[Cell], allowed: Allowed) -> None:
        """Hand an idle worker a batch; after the seconds allowed, asked again and again, it is taken for hung."""

    def finished(self) -> Iterator[Done]:
        """Wait until something is done or a worker is ready, and give what is done.

        It must be called only when a worker is busy or waking.
        """


class Solo:
    """One renderer, in this process and this thread: nothing goes on while a finished batch is written."""

    shares = False

    def __init__(
        self,
        renderer: Renderer,
        key: batches.Key | None = None,
        describe: Describe | None = None,
        steps: Progress | None = None,
    ) -> None:
        """
        Args:
            renderer: makes the pictures; it may raise `OutOfMemory`, `Skipped` or `PureNegativeError`.
            key: what the pictures of a batch must agree on, if not `batches.key_of(renderer)`.
            describe: a cell's infotext, if not the stand-alone engine's.
            steps: called by the renderer after each step.
        """
        self._renderer, self._key, self._steps = renderer, key, steps
        self._describe = describe or self._own_infotext
        self._cells: tuple[Cell, ...] = ()

    @property
    def model(self) -> Model:
        return self._renderer.model

    def key(self, _: Sequence[Cell]) -> batches.Key:
        return self._key or batches.key_of(self._renderer)

    def live(self) -> Sequence[str]:
        return ("",)

    def idle(self) -> Sequence[str]:
        return () if self._cells else ("",)

    def waking(self) -> bool:
        return False

    def made_by(self, _: str) -> str:
        return ""

    def give(self, _: str, cells: Sequence[Cell], __: Allowed) -> None:
        self._cells = tuple(cells)

    def finished(self) -> Iterator[Done]:
        yield Done("", self._cells, self._answer(self._cells))
        self._cells = ()

    def _answer(self, cells: Sequence[Cell]) -> Answer:
        return answered(lambda: self._pictures(cells))

    def _pictures(self, cells: Sequence[Cell]) -> tuple[Picture, ...]:
        images = self._renderer.render([cell.request for cell in cells], self._steps)
        check_count(images, len(cells))
        return tuple(Picture(self._describe(cell, image), image) for cell, image in zip(cells, images, strict=True))

    def _own_infotext(self, cell: Cell, _: Image) -> str:
        return own_infotext(self._renderer, Order(cell.request, infotext.pack(cell.plan)))


def answered(make: Callable[[], tuple[Picture, ...]]) -> Answer:
    """What came of a batch, an error told in words: one that is kept would keep all that the batch had in memory."""
    begun = time.monotonic()
    try:
        made = make()
    except OutOfMemory as error:
        return Answer(Ending.OUT_OF_MEMORY, time.monotonic() - begun, told=str(error))
    except PureNegativeError as error:
        return Answer(Ending.REFUSED, time.monotonic() - begun, told=str(error))
    except Skipped:
        return Answer(Ending.SKIPPED, time.monotonic() - begun)
    return Answer(Ending.MADE, time.monotonic() - begun, made)


def check_count(images: Sequence[object], count: int) -> None:
    """Refuse a batch that came back with more or fewer pictures than were asked for."""
    if len(images) != count:
        raise PureNegativeError(f"{len(images)} pictures came back for {count} cells.")


def own_infotext(renderer: Renderer, order: Order) -> str:
    """The stand-alone engine's infotext of a picture."""
    beside = renderer.described(order.request)
    return infotext.write(order.request, model_of(renderer, order.request), order.packed, beside)
