"""The stand-alone engine, loaded when it is asked for; importing this imports none of its libraries."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.errors import PureNegativeError
from pure_negative.planning.request import NOISE_SOURCES, Request

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine


@dataclass(frozen=True)
class EngineOptions:
    """What the engine draws with: a checkpoint's file, or None for the embedded one, and a source of noise."""

    checkpoint: str | None = None
    noise: str = NOISE_SOURCES[0]

    def path(self) -> Path | None:
        return Path(self.checkpoint) if self.checkpoint else None


def engine(options: EngineOptions) -> Engine:
    """The stand-alone engine with these options.

    Raises:
        PureNegativeError: its libraries are not installed, or the checkpoint cannot be read.
    """
    with _libraries():
        from pure_negative.diffusion import engine as room
    loaded = room.Engine.load(options.path(), options.noise)
    for note in loaded.notes:
        print(f"hint: {note}", file=sys.stderr)
    if options.checkpoint is None:
        print("The embedded checkpoint has random weights: its pictures are noise patterns.", file=sys.stderr)
    return loaded


def foresee(options: EngineOptions, requests: Iterable[Request]) -> None:
    """Nothing, where the engine would take the checkpoint's file and these requests; it is not loaded for that.

    Raises:
        PureNegativeError: the file is not there or no checkpoint by its name, or a request asks for what the engine
            has not.
    """
    from pure_negative.diffusion import preflight

    if path := options.path():
        preflight.file(path)
    for request in requests:
        preflight.batch([request])


def token_counter(options: EngineOptions) -> Callable[[str], str]:
    """The function that writes a prompt's token count, `22/75`, by the tokenizer of the checkpoint alone.

    Raises:
        PureNegativeError: as for `engine`, except that the weights are not looked at.
    """
    with _libraries():
        from pure_negative.diffusion.token_count import counter
    return counter(options.path())


@contextlib.contextmanager
def _libraries() -> Iterator[None]:
    """Around an import of the engine: what is missing, and where it comes from."""
    try:
        yield
    except ImportError as error:
        raise PureNegativeError(
            f"render: {error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'."
        ) from None
