"""Ray, started on this machine for one run or joined where it runs already; the only module that imports it.

On one machine nothing listens but loopback, a token of this run's own is asked for and written to no file, and there is
no dashboard and no report of use.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pure_negative import __version__
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.distributed.engine_actor import EngineActor, Facts
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Answer, Ending, Order
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.team import Hand, Ready, Tell

if TYPE_CHECKING:
    from concurrent.futures import Future

STORE = 512 << 20
"""Bytes of shared memory for pictures on their way from the workers: many batches of 64."""
_ANY = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Of the environment: no report of use, and no warnings that are meant for programmers."""
_AS_ONE_PROCESS = {"RAY_worker_niceness": "0", "RAY_memory_monitor_refresh_ms": "0"}
"""Of the environment: workers run at this process's own priority, where Ray would let everything else go first; and Ray
does not end them while a machine's memory is nearly full, by whatever program."""
START = 180.0
"""Seconds that Ray's processes may take to start on this machine."""
_PATIENT = {
    "RAY_gcs_server_port_wait_time_s": "600",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "600",
    "RAY_agent_register_timeout_ms": "600000",
    "RAY_worker_register_timeout_seconds": "600",
    "RAY_gcs_server_request_timeout_seconds": "600",
    "RAY_health_check_failure_threshold": "100",
}
"""Of the environment: on a busy machine Ray's processes take longer to start and to answer than it waits by default
(30 s, 60 s, 30 s, 60 s, 60 s, and 5 checks); it then ends itself, as if another machine had gone. Here all are on this
one."""


@dataclass(frozen=True)
class Machines:
    """Ray as it runs: how many GPUs and computers it knows, and whether it is one machine's, started for this run."""

    ray: Any
    gpus: int
    nodes: int
    own: bool


@contextlib.contextmanager
def here(count: int, gpus: int) -> Iterator[Machines]:
    """Ray on this machine, for so many workers; nothing of it is left afterwards.

    Raises:
        PureNegativeError: it is not installed, or does not start.
    """
    token = secrets.token_hex(32)
    alone = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}
    os.environ.update({**_ANY, **_AS_ONE_PROCESS, **_PATIENT, **alone})
    os.environ.pop("RAY_ADDRESS", None)
    with contextlib.ExitStack() as after:
        after.callback(os.environ.pop, "RAY_AUTH_TOKEN", None)
        ray = _imported("--workers")
        folder = tempfile.mkdtemp(prefix="pure-negative-")
        after.callback(shutil.rmtree, folder, ignore_errors=True)
        after.callback(ray.shutdown)
        with _told("--workers: Ray does not start on this machine"):
            _start(ray, count, gpus, folder)
        after.enter_context(_ended_as_by_ctrl_c())
        yield Machines(ray, gpus, 1, own=True)


def _start(ray: Any, count: int, gpus: int, folder: str) -> None:
    with _waiting_longer(ray):
        ray.init(
            address="local",
            num_cpus=count,
            num_gpus=gpus,
            object_store_memory=STORE,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            _temp_dir=folder,
        )


@contextlib.contextmanager
def _waiting_longer(ray: Any) -> Iterator[None]:
    """Within this, Ray's own processes may take `START` to start.

    `ray.init` of 2.60.0 asks whether they are there, for 30 s, which can't be set and is too short on a busy machine.
    """
    services = ray._private.services
    asked, deadline = services.get_node, time.monotonic() + START

    def waited_for(*which: Any) -> Any:
        while time.monotonic() < deadline:
            with contextlib.suppress(RuntimeError):
                return asked(*which)
            time.sleep(0.1)
        return asked(*which)

    services.get_node = waited_for
    try:
        yield
    finally:
        services.get_node = asked


@contextlib.contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Within this, SIGTERM and the terminal's closing are Ctrl-C; Ray would abort and leave its processes."""
    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        kinds = []
    before = {kind: was for kind in kinds if (was := signal.getsignal(kind)) is not signal.SIG_IGN}
    for kind in before:
        signal.signal(kind, signal.default_int_handler)
    try:
        yield
    finally:
        for kind, was in before.items():
            signal.signal(kind, was or signal.SIG_DFL)


@contextlib.contextmanager
def joined(address: str) -> Iterator[Machines]:
    """A cluster that runs already; its token is where Ray looks for it by itself.

    Raises:
        PureNegativeError: Ray is not installed, or nobody answers there.
    """
    os.environ.update(_ANY)
    ray = _imported("--ray")
    shown = validate.one_line(address)
    try:
        with _told(f"--ray {shown}: there is no cluster that can be joined"):
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        nodes = [node for node in ray.nodes() if node.get("Alive")]
        with _ended_as_by_ctrl_c():
            yield Machines(ray, int(ray.cluster_resources().get("GPU", 0)), len(nodes), own=False)
    finally:
        ray.shutdown()


def _imported(option: str) -> Any:
    try:
        import ray
    except ImportError:
        raise PureNegativeError(
            f"{option}: ray is not installed; run 'python3 run.py sheet {option} …', or pip install 'ray==2.60.0'."
        ) from None
    ray._private.worker._worker_logs_enabled = False  # else it tells on stdout, in its own words, of a worker that died
    return ray


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Around Ray's own calls: what went wrong, as one sentence."""
    try:
        yield
    except Exception as error:  # Ray raises what it likes, gRPC's errors among them
        raise PureNegativeError(f"{what}: {_first_line(error)}.") from None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return validate.one_line((lines or [type(error).__name__])[0]).rstrip(".")[:300]


@dataclass(frozen=True)
class Wanted:
    """What a worker is started with; `threads` of the processor, None as many as torch takes by itself.

    `kind` is what it is, and `at_once` how many calls of it may run at a time, for those that draw nothing.
    """

    machines: Machines
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
            told = f"{self.hand.name} could not make this batch: {_first_line(error.cause or error)}"
            return Answer(Ending.REFUSED, 0.0, told=told)
        except Exception:  # whatever it is, there is no answer
            return Answer(Ending.LOST, 0.0, told=f"{self.hand.name} died")

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        """How many 75-token chunks each of these prompts fills.

        Raises:
            PureNegativeError: the worker died.
        """
        with _told(f"{self.hand.name} died"):
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
        raise PureNegativeError(f"{name}: its engine does not start: {_first_line(error.cause or error)}.") from None
    except ray.exceptions.RayError as error:
        raise PureNegativeError(f"{name}: it died while loading the checkpoint: {_first_line(error)}.") from None
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
