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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

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
        with told("--workers: Ray does not start on this machine"):
            _start(ray, count, gpus, folder)
        after.enter_context(_ended_as_by_ctrl_c())
        yield Machines(ray, gpus, 1, own=True)


def _start(ray: Any, count: int, gpus: int, folder: str) -> None:
    with _waiting_longer(ray), _ctrl_c_afterwards():
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
def _ctrl_c_afterwards() -> Iterator[None]:
    """Within this, the first Ctrl-C waits for the end: half started, Ray would leave two processes for a minute."""
    hears = threading.current_thread() is threading.main_thread()
    if not hears or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    pressed: list[int] = []

    def note(kind: int, _: Any) -> None:
        pressed.append(kind)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt


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
        with told(f"--ray {shown}: there is no cluster that can be joined"):
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
def told(what: str) -> Iterator[None]:
    """Around Ray's own calls: what went wrong, as one sentence.

    Raises:
        PureNegativeError: one of them failed.
    """
    try:
        yield
    except Exception as error:  # Ray raises what it likes, gRPC's errors among them
        raise PureNegativeError(f"{what}: {first_line(error)}.") from None


def first_line(error: BaseException) -> str:
    """What an error of Ray's says, without the rest of it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return validate.one_line((lines or [type(error).__name__])[0]).rstrip(".")[:300]
