"""An engine for each of the files that a sheet's checkpoint and VAE axes name, one of them in memory at a time."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pure_negative.diffusion import digest, loading
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model, Progress, Request

if TYPE_CHECKING:
    from PIL.Image import Image

    from pure_negative.diffusion.engine import Engine

Files = tuple[str, str]
"""A request's checkpoint and its VAE, "" for what the engine's options say."""
_AUTOMATIC = ("auto", "automatic")


def files(request: Request) -> Files:
    """What a request is to be made with."""
    return request.checkpoint, request.vae


class Several:
    """A renderer for requests that name their own files. A checkpoint is loaded when the first request wants it."""

    def __init__(self, options: EngineOptions, plans: Mapping[Files, Plan], first: Files) -> None:
        """`plans` has one plan for each of the files of the whole sheet, in its order; its preset may name a VAE.

        `first` is what is needed first.
        """
        self._options = {each: _options(options, each, plan) for each, plan in plans.items()}
        self._noise, self._first = options.noise, first
        self._loaded: tuple[Files, Engine] | None = None

    @property
    def model(self) -> Model:
        """All checkpoints in one record, in their order."""
        from pure_negative.diffusion import toy

        named = dict.fromkeys(each.path() or toy.ensure() for each in self._options.values())
        hashes = (digest.sha256(path)[:10] for path in named)
        return Model(", ".join(path.stem for path in named), ", ".join(hashes), noise=self._noise)

    def model_of(self, request: Request) -> Model:
        """The checkpoint and VAE that made a request's picture."""
        return self._engine(files(request)).model

    def chunks(self, text: str) -> int:
        """As `Engine.chunks`, by the checkpoint that is loaded, else the first one that is needed."""
        return self._engine(self._loaded[0] if self._loaded else self._first).chunks(text)

    def described(self, request: Request) -> Mapping[str, str]:
        """As `Engine.described`."""
        return self._engine(files(request)).described(request)

    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image]:
        """As `Engine.render`.

        Raises:
            PureNegativeError: the checkpoint can't be loaded, or the pictures can't be made.
        """
        return self._engine(files(batch[0])).render(batch, progress)

    def _engine(self, wanted: Files) -> Engine:
        if self._loaded is None or self._loaded[0] != wanted:
            self._loaded = None
            gc.collect()  # the weights that are not needed any more, before there are others
            self._loaded = wanted, loading.engine(self._options[wanted])
        return self._loaded[1]


def foresee(options: EngineOptions, requests: Iterable[Request]) -> None:
    """As `loading.foresee`, for all the files that requests name."""
    by_files: dict[Files, list[Request]] = {}
    for request in requests:
        by_files.setdefault(files(request), []).append(request)
    for each, group in by_files.items():
        loading.foresee(_options(options, each, options.plan), group)


def _options(options: EngineOptions, wanted: Files, made: Plan | None) -> EngineOptions:
    checkpoint, vae = wanted
    if vae:
        options = dataclasses.replace(options, vae=None if vae.casefold() in _AUTOMATIC else vae)
    return dataclasses.replace(options, checkpoint=checkpoint or options.checkpoint, plan=made)
