"""A crew of several workers at a time, each its own program: this process only hands out cells and writes them."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Protocol

from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.request import Model
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Allowed, Answer, Done, Ending, Order
from pure_negative.sheet.definition import Cell

LOSSES = 5
"""Batches in a row that may be lost with a worker before nobody takes its place."""
_BEAT = 0.5
"""Seconds between two looks at the clock; on Windows a longer wait can't be interrupted."""

_LOOK = 5.0
"""Seconds between two questions how long a batch may take, while nobody knows."""

Ready = Callable[[bool], None]
Tell = Callable[[Answer], None]
"""Called once, from any thread, with what came of a batch."""


@dataclass(frozen=True)
class Hand:
    """What a worker is: its name in messages, where it draws, and the checkpoint it draws with.

    Workers are compared by their precision, VAE and noise, which decide what a picture looks like; "" is not known.
    """

    name: str
    device: str
    precision: str
    model: Model
    vae: str = ""

    def told(self) -> str:
        """What a sheet says of it beside the cells it made."""
        noise = f"noise {self.model.noise}" if self.model.noise else ""
        vae = f"VAE {self.vae}" if self.vae else ""
        return ", ".join(
            filter(None, (f"{self.name}: {self.device or 'a device not known'}", self.precision, noise, vae))
        )


class Worker(Protocol):
    """One worker, as the crew sees it."""

    @property
    def hand(self) -> Hand:
        """What it is."""

    def begin(self, orders: Sequence[Order], tell: Tell) -> None:
        """Make a batch without being waited for, and `tell`."""

    def end(self) -> None:
        """End it, however it stands; it tells nothing any more, or is not listened to."""

    def again(self, ready: Ready) -> Worker | None:
        """Who takes its place once it is lost, of the same name; None is nobody.

        Args:
            ready: called once, from any thread, when it can be given a batch, or it is known that it never can.
        """


@dataclass
class _Batch:
    """What a worker is at: the worker itself, since one that takes its place has its name."""

    worker: Worker
    cells: tuple[Cell, ...]
    allowed: Allowed
    begun: float
    look: float
    """When to ask next how long it may take."""

    def is_late(self, now: float) -> bool:
        """Whether its worker is to be taken for hung."""
        if now < self.look:
            return False
        seconds = self.allowed()
        self.look = now + _LOOK if seconds is None else self.begun + seconds
        return now > self.look


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
        self._told: queue.SimpleQueue[tuple[str, _Batch | bool, Answer | None]] = queue.SimpleQueue()
        self._waking: set[str] = set()
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
        return [name for name in self._workers if name not in self._busy and name not in self._waking]

    def waking(self) -> bool:
        return bool(self._waking)

    def made_by(self, worker: str) -> str:
        return self._workers[worker].hand.told()

    def give(self, worker: str, cells: Sequence[Cell], allowed: Allowed) -> None:
        orders = [Order(cell.request, infotext.pack(cell.plan)) for cell in cells]
        now = time.monotonic()
        batch = _Batch(self._workers[worker], tuple(cells), allowed, now, now + _BEAT)
        self._busy[worker] = batch
        batch.worker.begin(orders, lambda answer: self._told.put((worker, batch, answer)))

    def finished(self) -> Iterator[Done]:
        """Each is idle again when it is given, not before: what is done with one may hand out the next batches."""
        found = False
        while not found:
            try:
                worker, batch, answer = self._told.get(timeout=_BEAT)
            except queue.Empty:
                pass
            else:
                if answer is None:
                    self._woken(worker, bool(batch))
                    return
                if self._busy.get(worker) is batch:  # else it was given up, and another has taken its place
                    found = True
                    yield self._settled(worker, answer)
            if time.monotonic() - self._looked >= _BEAT:
                for done in self._ended():
                    found = True
                    yield done

    def _ended(self) -> Iterator[Done]:
        """The batches that are waited for no longer."""
        now = self._looked = time.monotonic()
        if self._dropped():
            yield from (self._settled(name, Answer(Ending.SKIPPED, 0.0)) for name in list(self._busy))
            return
        late = [name for name, batch in self._busy.items() if batch.is_late(now)]
        yield from (self._settled(name, self._given_up(name)) for name in late)

    def _given_up(self, name: str) -> Answer:
        seconds = time.monotonic() - self._busy[name].begun
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
        self._waking.add(name)
        ready = partial(self._tell_ready, name)
        after = lost.again(ready) if self._losses[name] < LOSSES else None
        if after is None:
            del self._workers[name]
            self._waking.discard(name)
        else:
            self._workers[name] = after

    def _tell_ready(self, name: str, is_ready: bool) -> None:
        self._told.put((name, is_ready, None))

    def _woken(self, name: str, is_ready: bool) -> None:
        self._waking.discard(name)
        if not is_ready:
            self._replace(name, self._workers[name])

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
        ("VAE", {hand.vae for hand in hands}),
    ):
        known = sorted(value or "not known" for value in values)
        parts += [f"{what} ({', '.join(known)})"] if len(known) > 1 else []
    if not parts:
        return ""
    return (
        f"the workers differ in {' and '.join(parts)}, so that the same cell can be another picture on another worker; "
        "sheet.yaml says who made which."
    )
