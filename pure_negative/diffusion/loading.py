"""Loads the stand-alone engine on demand; importing this module does not import torch and diffusers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.errors import PureNegativeError
from pure_negative.io import paths
from pure_negative.planning.request import Request

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine


def prepare(checkpoint: str | None) -> None:
    """Have a place for the embedded checkpoint where it is the one to use, before anything is told or loaded.

    Raises:
        PureNegativeError: there is none.
    """
    if checkpoint is None:
        with _libraries():
            from pure_negative.diffusion import embedded
        embedded.ensure()


def engine(checkpoint: str | None) -> Engine:
    """The stand-alone engine with that checkpoint, or with the embedded one.

    Raises:
        PureNegativeError: its libraries are not installed, or the checkpoint cannot be read.
    """
    with _libraries():
        from pure_negative.diffusion import engine as room
    loaded = room.Engine.load(Path(checkpoint) if checkpoint else None)
    if checkpoint is None:
        print(
            "Without a checkpoint, a tiny test model draws only noise; give one with --checkpoint FILE.",
            file=sys.stderr,
        )
    return loaded


def foresee(checkpoint: str | None, requests: Iterable[Request]) -> None:
    """Nothing, where the engine would take that checkpoint's file and these requests; it is not loaded for that.

    Raises:
        PureNegativeError: the file is not there or no checkpoint by its name, or a request asks for what the engine
            has not.
    """
    from pure_negative.diffusion import preflight

    if checkpoint:
        preflight.file(Path(checkpoint))
    for request in requests:
        preflight.batch([request])


def token_counter(checkpoint: str | None) -> Callable[[str], str]:
    """The function that writes a prompt's token count, `22/75`, by the tokenizer of that checkpoint alone.

    Raises:
        PureNegativeError: as for `engine`, except that the weights are not looked at.
    """
    with _libraries():
        from pure_negative.diffusion.token_count import counter
    return counter(Path(checkpoint) if checkpoint else None)


@contextlib.contextmanager
def _libraries() -> Iterator[None]:
    """Around an import of the engine: what is missing, and where it comes from."""
    paths.refuse_gone_folder()
    paths.settle("HF_HOME", "huggingface")
    try:
        yield
    except ImportError as error:
        raise PureNegativeError(
            f"render: {error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'."
        ) from None
