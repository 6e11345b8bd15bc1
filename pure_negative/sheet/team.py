"""A crew of several workers at a time, each its own program: this process only hands out cells and writes them."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.request import Model
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Answer, Done, Ending, Order
from pure_negative.sheet.definition import Cell

LOSSES = 3
"""Batches in a row that may be lost with a worker before nobody takes its place."""
_BEAT = 0.5
"""Seconds between two looks at the clock; on Windows a longer wait can't be interrupted."""

Tell = Callable[[Answer], None]
"""Called once, from any thread, with what came of a batch."""


@dataclass(frozen=True)
class Hand:
    """What a worker is: its name in messages, where it draws, and the checkpoint it draws with.

    Workers are compared by `precision` and the model's noise, which decide what a picture looks like; each is "" where it
    is not known.
    """

    name: str
    device: str
    precision: str
    model: Model

    def told(self) -> str:
        """What a sheet says of it beside the cells it made."""
        noise = f"noise {self.model.noise}" if self.model.noise else ""
        return ", ".join(filter(None, (f"{self.name}: {self.device or 'a device not known'}", self.precision, noise)))


class Worker(Protocol):
    """One worker, as the crew sees it."""

    @property
    def hand(self) -> Hand:
        """What it is."""

    def begin(self, orders: Sequence[Order], seconds: float | None, tell: Tell) -> None:
        """Make a batch without being waited for, and `tell`; `seconds` are how long that is waited for."""

    def end(self) -> None:
        """End it, however it stands; it tells nothing any more, or is not listened to."""

    def again(self) -> Worker | None:
        """Who takes its place once it is lost, of the same name; None is nobody."""


@dataclass
class _Batch:
    """What a worker is at: the worker itself, since one that takes its place has its name."""

    worker: Worker
    cells: tuple[Cell, ...]
    until: float | None
    seconds: float | None


class Team:
    """Workers that all draw with the same checkpoint. Used in `with`: at the end none of them is left."""

    shares = True

    def __init__(
        self,
        workers: Sequence[Worker],
        key: Callable[[Sequence[Cell]], batches.Key],
        dropped: Callable[[], bool] = lambda: False,
    ) -> None:
        """
        Args:
            workers: at least one, with names of their own.
            key: of the cells that are missing, what those of a batch must agree on.
            dropped: whether nobody waits for the batches at hand any more; they are then skipped.

        Raises:
            PureNegativeError: there is none, or they draw with several checkpoints.
        """
        if not workers:
            raise PureNegativeError("workers: there is none.")
        self._workers = {worker.hand.name: worker for worker in workers}
        self._key, self._dropped = key, dropped
        self._busy: dict[str, _Batch] = {}
        self._told: queue.SimpleQueue[tuple[str, _Batch, Answer]] = queue.SimpleQueue()
        self._losses: Counter[str] = Counter()
        self._looked = 0.0
        check_same_model([worker.hand for worker in workers])

    @property
    def model(self) -> Model:
        return next(iter(self.hands)).model

    @property
    def hands(self) -> list[Hand]:
        """What the workers are, those that are lost for good left out."""
        return [worker.hand for worker in self._workers.values()]

    def key(self, cells: Sequence[Cell]) -> batches.Key:
        return self._key(cells)

    def live(self) -> Sequence[str]:
        return tuple(self._workers)

    def idle(self) -> Sequence[str]:
        return [name for name in self._workers if name not in self._busy]

    def made_by(self, worker: str) -> str:
        return self._workers[worker].hand.told()

    def give(self, worker: str, cells: Sequence[Cell], seconds: float | None) -> None:
        orders = [Order(cell.request, infotext.pack(cell.plan)) for cell in cells]
        until = None if seconds is None else time.monotonic() + seconds
        batch = _Batch(self._workers[worker], tuple(cells), until, seconds)
        self._busy[worker] = batch
        batch.worker.begin(orders, seconds, lambda answer: self._told.put((worker, batch, answer)))

    def finished(self) -> Iterator[Done]:
        found: list[Done] = []
        while not found:
            try:
                worker, batch, answer = self._told.get(timeout=_BEAT)
            except queue.Empty:
                pass
            else:
                if self._busy.get(worker) is batch:  # else it was given up, and another has taken its place
                    found.append(self._settled(worker, answer))
            if time.monotonic() - self._looked >= _BEAT:
                found += self._ended()
        yield from found

    def _ended(self) -> list[Done]:
        """The batches that are waited for no longer."""
        now = self._looked = time.monotonic()
        if self._dropped():
            return [self._settled(name, Answer(Ending.SKIPPED, 0.0)) for name in list(self._busy)]
        late = [name for name, batch in self._busy.items() if batch.until is not None and now > batch.until]
        return [self._settled(name, self._given_up(name)) for name in late]

    def _given_up(self, name: str) -> Answer:
        seconds = self._busy[name].seconds or 0.0
        return Answer(Ending.LOST, seconds, told=f"{name} gave no answer for {seconds:.0f} s")

    def _settled(self, name: str, answer: Answer) -> Done:
        batch = self._busy.pop(name)
        if answer.ending is Ending.LOST:
            self._replace(name, batch.worker)
        else:
            self._losses[name] = 0
        return Done(name, batch.cells, answer)

    def _replace(self, name: str, lost: Worker) -> None:
        """Whoever takes a lost worker's place; its name goes where nobody does."""
        self._losses[name] += 1
        lost.end()
        after = lost.again() if self._losses[name] < LOSSES else None
        if after is None:
            del self._workers[name]
        else:
            self._workers[name] = after

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers.values():
            worker.end()


def check_same_model(hands: Sequence[Hand]) -> None:
    """Refuse workers that draw with another checkpoint than the first.

    Raises:
        PureNegativeError: the sentence names both.
    """
    first = hands[0]
    for hand in hands[1:]:
        if hand.model.hash != first.model.hash:
            raise PureNegativeError(
                f"workers: {hand.name} has the model {_named(hand.model)} loaded, {first.name} {_named(first.model)}."
            )


def _named(model: Model) -> str:
    return f"{model.name} [{model.hash}]"


def unlike(hands: Sequence[Hand]) -> str:
    """What makes the pictures of these workers differ to the eye, in a sentence; "" where nothing is known to."""
    parts = []
    for what, values in (
        ("noise", {hand.model.noise for hand in hands}),
        ("precision", {hand.precision for hand in hands}),
        ("VAE", {hand.model.vae for hand in hands}),
    ):
        known = sorted(value or "not known" for value in values)
        parts += [f"{what} ({', '.join(known)})"] if len(known) > 1 else []
    if not parts:
        return ""
    return (
        f"the workers differ in {' and '.join(parts)}, so that the same cell can be another picture on another worker; "
        "sheet.yaml says who made which."
    )
