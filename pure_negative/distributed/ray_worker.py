"""Workers that are processes of Ray, an engine in each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pure_negative import __version__
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.distributed import cluster
from pure_negative.distributed.engine_actor import EngineActor, Facts
from pure_negative.errors import PureNegativeError
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Answer, Ending, Order
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.team import Hand, Ready, Tell

if TYPE_CHECKING:
    from concurrent.futures import Future


@dataclass(frozen=True)
class Wanted:
    """What a worker is started with; `threads` of the processor, None as many as torch takes by itself.

    `kind` is what it is, and `at_once` how many calls of it may run at a time, for those that draw nothing.
    """

    machines: cluster.Machines
    options: EngineOptions
    threads: int | None
    kind: type[EngineActor] = EngineActor
    at_once: int = 1

    def actor(self, name: str, hand: Hand | None = None) -> Any:
        """A new process with an engine, which loads its checkpoint when it is first called."""
        ray = self.machines.ray
        needs = {"num_gpus": 1, "num_cpus": 0} if self.machines.gpus else {"num_cpus": 1}
        spread: dict[str, Any] = {} if self.machines.own else {"scheduling_strategy": "SPREAD"}
        made = ray.remote(self.kind).options(max_restarts=0, max_concurrency=self.at_once, **needs, **spread)
        return made.remote(name, self.options, self.threads, hand.model if hand else None)


class RayWorker:
    """An engine in a process of its own, as the crew sees it."""

    def __init__(self, wanted: Wanted, actor: Any, hand: Hand) -> None:
        self._wanted, self._actor, self._hand = wanted, actor, hand

    @property
    def hand(self) -> Hand:
        return self._hand

    def begin(self, orders: Sequence[Order], tell: Tell) -> None:
        self._actor.make.remote(orders).future().add_done_callback(lambda future: tell(self._answer(future)))

    def _answer(self, future: Future[Answer]) -> Answer:
        exceptions = self._wanted.machines.ray.exceptions
        try:
            return future.result()
        except exceptions.RayTaskError as error:
            told = f"{self.hand.name} could not make this batch: {cluster.first_line(error.cause or error)}"
            return Answer(Ending.REFUSED, 0.0, told=told)
        except Exception:  # whatever it is, there is no answer
            return Answer(Ending.LOST, 0.0, told=f"{self.hand.name} died")

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        """How many 75-token chunks each of these prompts fills.

        Raises:
            PureNegativeError: the worker died.
        """
        with cluster.told(f"{self.hand.name} died"):
            found: dict[str, int] = self._wanted.machines.ray.get(self._actor.chunks.remote(list(texts)))
        return found

    def end(self) -> None:
        with contextlib.suppress(Exception):
            self._wanted.machines.ray.kill(self._actor, no_restart=True)

    def again(self, ready: Ready) -> RayWorker:
        actor = self._wanted.actor(self.hand.name, self.hand)
        actor.load.remote().future().add_done_callback(lambda future: ready(future.exception() is None))
        return RayWorker(self._wanted, actor, self.hand)


def workers(wanted: Wanted, count: int) -> tuple[list[RayWorker], str]:
    """That many workers, their checkpoints loaded, and what the first one's engine said.

    Raises:
        PureNegativeError: one of them can't load the checkpoint, or is of another version.
    """
    names = [f"worker {number}" for number in range(1, count + 1)]
    actors = [wanted.actor(name) for name in names]
    ray = wanted.machines.ray
    begun = [actor.load.remote() for actor in actors]
    facts = [_loaded(ray, name, loading) for name, loading in zip(names, begun, strict=True)]
    for name, fact in zip(names, facts, strict=True):
        if fact.version != __version__:
            raise PureNegativeError(f"{name}: it has version {fact.version} of pure-negative, this is {__version__}.")
    hands = [
        Hand(name, fact.device, fact.precision, fact.model, fact.model.vae)
        for name, fact in zip(names, facts, strict=True)
    ]
    made = [RayWorker(wanted, actor, hand) for actor, hand in zip(actors, hands, strict=True)]
    return made, facts[0].said


def _loaded(ray: Any, name: str, loading: Any) -> Facts:
    """What a worker says of itself once its checkpoint is loaded."""
    try:
        facts: Facts = ray.get(loading)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, PureNegativeError):
            raise PureNegativeError(f"{name}: {error.cause}") from None
        raise PureNegativeError(
            f"{name}: its engine does not start: {cluster.first_line(error.cause or error)}."
        ) from None
    except ray.exceptions.RayError as error:
        raise PureNegativeError(f"{name}: it died while loading the checkpoint: {cluster.first_line(error)}.") from None
    return facts


def key_of(made: Sequence[RayWorker], cells: Sequence[Cell]) -> batches.Key:
    """What the cells of a batch must agree on: as `batches.key_of`, all prompts counted in one call.

    Raises:
        PureNegativeError: the worker that is asked died.
    """
    counts = made[0].chunks({cell.request.negative_prompt for cell in cells})
    return lambda request: (batches.shape_of(request), counts[request.negative_prompt])


def threads_of(all_of_them: int, count: int, gpus: int) -> int:
    """The processor's threads of each of `count` workers: on GPUs all of them, as for one engine; else shared."""
    return all_of_them if gpus else max(1, all_of_them // count)
