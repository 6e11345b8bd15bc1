"""Who makes a sheet: one engine in this process, or workers as `--workers`, `--ray` and `--webui` say."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.diffusion import loading, several
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language import current

if TYPE_CHECKING:
    from pure_negative.distributed.address import Address
    from pure_negative.distributed.ray_worker import RayWorker
    from pure_negative.distributed.webui_worker import ThreadWorker
    from pure_negative.planning.plan import Plan
    from pure_negative.planning.request import Model, Progress, Renderer
    from pure_negative.sheet import batches
    from pure_negative.sheet.crew import Crew
    from pure_negative.sheet.definition import Cell, Sheet
    from pure_negative.sheet.team import Hand, Team

AUTO = "auto"
MOST = 10_000
"""Workers."""
_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("workers", "N|auto", "make the pictures with N processes on this machine; auto: one on each GPU"),
    ("ray", "ADDRESS", "make them on a Ray cluster that is running, like auto or 192.168.0.10:6379"),
)
_WEBUI = (
    "another WebUI to make them with, like http://pc2:7860 or http://USER:PASSWORD@pc2:7860; repeat it for each one "
    "(its API must be on)"
)


@dataclass(frozen=True)
class Crewing:
    """What was given: how many workers (None is by the GPUs), on which cluster ("" is this machine), and WebUIs.

    Without any of it one engine in this process does all.
    """

    engines: bool = False
    workers: int | None = None
    ray: str = ""
    webuis: tuple[Address, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether one engine in this process does all."""
        return not (self.engines or self.webuis)

    @property
    def foreign(self) -> bool:
        """Whether WebUIs do all, so that nothing of this program's own engine is needed."""
        return bool(self.webuis) and not self.engines

    @property
    def count(self) -> int | None:
        """How many work at a time; None where that is not known before they are there."""
        if self.alone or self.foreign:
            return len(self.webuis) or 1
        return self.workers and self.workers + len(self.webuis)

    def words(self) -> list[str]:
        """The options on a command line that is to go on; passwords and tokens are left out."""
        count = ["--workers", AUTO if self.workers is None else str(self.workers)] if self.engines else []
        webuis = [word for address in self.webuis for word in ("--webui", address.url)]
        return [*count, *(["--ray", self.ray] if self.ray else []), *webuis]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command."""
    group = parser.add_argument_group("several GPUs or machines (docs/workers.md)")
    for name, metavar, text in _OPTIONS:
        group.add_argument(f"--{name}", metavar=metavar, help=text)
    group.add_argument("--webui", metavar="URL", action="append", default=[], help=_WEBUI)


def read(arguments: argparse.Namespace, options: EngineOptions) -> Crewing:
    """What was given, checked.

    Raises:
        PureNegativeError: a value is not allowed.
    """
    webuis = _addresses(arguments.webui)
    if arguments.workers is None and arguments.ray is None:
        files = {"--checkpoint": options.checkpoint, "--vae": options.vae}
        if webuis and (given := next((name for name, text in files.items() if text), "")):
            raise PureNegativeError(
                f"{given}: the WebUIs draw with what they have loaded; leave it out, or add --workers."
            )
        return Crewing(webuis=webuis)
    if options.device not in (None, "cpu", "cuda"):
        raise PureNegativeError("--device: each worker has a GPU of its own; leave it out, or give cpu.")
    ray = "" if arguments.ray is None else validate.text(arguments.ray, "--ray", 200).strip()
    if arguments.ray is not None and not ray:
        raise validate.refuse("--ray", arguments.ray, "the address of a cluster, like auto or 192.168.0.10:6379")
    return Crewing(True, _count(arguments.workers), ray, webuis)


def _addresses(texts: Sequence[str]) -> tuple[Address, ...]:
    if not texts:
        return ()
    from pure_negative.distributed import address

    found = tuple(address.read(text, "--webui") for text in texts)
    for place, each in enumerate(found):
        if each.url in (other.url for other in found[:place]):
            raise PureNegativeError(f"--webui: {each.url} is named twice; name each WebUI once.")
    return found


def refuse_own(crewing: Crewing, sheet: Sheet) -> None:
    """Refuse a sheet over files or over another program's own settings, which workers don't have.

    Raises:
        PureNegativeError: the sentence names what they can't change.
    """
    if crewing.alone:
        return
    for cell in sheet.cells:
        if cell.request.checkpoint or cell.request.vae or cell.request.host:
            raise PureNegativeError(
                "workers: all draw with one checkpoint and VAE, and know no other program's own axes; leave --workers, "
                "--ray and --webui out, or the axis."
            )


def _count(text: str | None) -> int | None:
    if text is None or text.strip().lower() == AUTO:
        return None
    if not text.strip().isdecimal():
        raise validate.refuse("--workers", text, f"a number, or {AUTO}")
    return validate.whole(text, "--workers", 1, MOST)


@contextlib.contextmanager
def made(
    crewing: Crewing, options: EngineOptions, waiting: Sequence[Cell], sheet: Sheet, begun: Model | None = None
) -> Iterator[Renderer | Team]:
    """The loaded engine, or the workers, which end with this.

    Args:
        crewing: who is to make the cells.
        options: what the engine draws with.
        waiting: the cells.
        sheet: what they are of.
        begun: the checkpoint that a sheet was begun with that goes on now.

    Raises:
        PureNegativeError: there is no such checkpoint or worker.
    """
    if crewing.alone:
        yield engine(options, waiting, sheet)
        return
    from pure_negative.sheet.team import Team, Worker

    with contextlib.ExitStack() as stack:
        workers: list[Worker] = []
        key: Callable[[Sequence[Cell]], batches.Key] = _by_shape
        if crewing.engines:
            engines, key = _engines(crewing, options, stack)
            workers += engines
            begun = engines[0].hand.model
        if crewing.webuis:
            workers += _webuis(crewing.webuis, begun, options.noise)
        crew = stack.enter_context(Team(workers, key))
        say(crew.hands)
        yield crew


def crew_of(maker: Renderer | Team, steps: Progress | None = None) -> Crew:
    """The workers, or the engine as a crew of one, whose `steps` are told."""
    from pure_negative.sheet.crew import Solo
    from pure_negative.sheet.team import Team

    return maker if isinstance(maker, Team) else Solo(maker, steps=steps)


def workers_of(maker: Renderer | Team) -> int:
    """How many work at a time."""
    return len(crew_of(maker).live())


def _by_shape(_: Sequence[Cell]) -> batches.Key:
    from pure_negative.sheet import batches

    return batches.shape_of


def _engines(
    crewing: Crewing, options: EngineOptions, stack: contextlib.ExitStack
) -> tuple[list[RayWorker], Callable[[Sequence[Cell]], batches.Key]]:
    """The stand-alone engines by Ray, which ends with the stack."""
    from pure_negative.distributed import cluster, ray_worker

    if crewing.ray:
        machines = stack.enter_context(cluster.joined(crewing.ray))
        count, threads = crewing.workers or machines.gpus or machines.nodes, None
    else:
        gpus, processor = loading.devices()
        gpus = 0 if options.device == "cpu" else gpus
        count = counted(crewing.workers, gpus)
        threads = ray_worker.threads_of(processor, count, gpus)
        machines = stack.enter_context(cluster.here(count, gpus))
    found, said = ray_worker.workers(ray_worker.Wanted(machines, _elsewhere(options), threads), count)
    print(said, end="", file=sys.stderr)
    return found, lambda cells: ray_worker.key_of(found, cells)


def _webuis(addresses: Sequence[Address], model: Model | None, noise: str) -> list[ThreadWorker]:
    from pure_negative.distributed import webui_worker

    found: list[ThreadWorker] = []
    for address in addresses:
        found.append(webui_worker.connect(address, model or (found[0].hand.model if found else None), noise))
    return found


def counted(wanted: int | None, gpus: int) -> int:
    """How many workers this machine gets: as many as were asked for, else one on each GPU, or one on the processor.

    Raises:
        PureNegativeError: more were asked for than there are GPUs.
    """
    if wanted is not None and wanted > gpus > 0:
        there = "1 GPU" if gpus == 1 else f"{gpus} GPUs"
        raise PureNegativeError(f"--workers: {wanted} asked for, this machine has {there}; give {gpus} or {AUTO}.")
    return wanted or gpus or 1


def engine(options: EngineOptions, waiting: Sequence[Cell], sheet: Sheet) -> Renderer:
    """The loaded engine for cells that were foreseen; of a sheet over files, one that loads them in turn.

    Raises:
        PureNegativeError: there is no such checkpoint.
    """
    plans: dict[several.Files, Plan] = {}
    for cell in sheet.cells:
        plans.setdefault(several.files(cell.request), cell.plan)
    if not any(map(any, plans)):
        return loading.engine(options)
    first = min(waiting, key=lambda cell: cell.order)
    return several.Several(options, plans, several.files(first.request))


def _elsewhere(options: EngineOptions) -> EngineOptions:
    """The same files for a process whose current folder may be another one."""

    def whole(text: str | None) -> str | None:
        return str(Path(text).absolute()) if text and Path(text).exists() else text

    return dataclasses.replace(
        options, checkpoint=whole(options.checkpoint), vae=whole(options.vae), models=whole(options.models)
    )


def say(hands: Sequence[Hand]) -> None:
    """Say who works, and what makes their pictures differ."""
    from pure_negative.sheet import team

    for hand in hands:
        print(f"{hand.told()}.", file=sys.stderr)
    if told := team.unlike(hands):
        print(f"warning: {current.say(told)}", file=sys.stderr)
