"""The stand-alone engine in a process of its own, which a crew calls; it knows nothing of Ray."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pure_negative import __version__, output
from pure_negative.diffusion import loading
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.planning.request import Model
from pure_negative.sheet import crew
from pure_negative.sheet.crew import Answer, Ending, Order, Picture

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine

THREADS = "OMP_NUM_THREADS"


@dataclass(frozen=True)
class Facts:
    """What a worker says of itself once its checkpoint is loaded; `said` is what the engine printed."""

    model: Model
    device: str
    precision: str
    version: str
    said: str


class EngineActor:
    """One engine, its checkpoint loaded once."""

    def __init__(self, name: str, options: EngineOptions, threads: int | None, model: Model | None = None) -> None:
        """
        Args:
            name: the worker's, in messages.
            options: what the engine draws with.
            threads: of the processor; None is as many as torch takes by itself.
            model: the checkpoint that the other workers draw with, where that is known.
        """
        if threads is None:
            os.environ.pop(THREADS, None)
        else:
            os.environ[THREADS] = str(threads)
        self._name, self._options, self._model = name, options, model
        self._engine: Engine | None = None

    def load(self) -> Facts:
        """Load the checkpoint.

        Raises:
            PureNegativeError: there is none, or it can't be read.
        """
        with contextlib.redirect_stderr(io.StringIO()) as said:
            loaded = self._engine = loading.engine(self._options)
        return Facts(loaded.model, loaded.device_name, loaded.precision, __version__, said.getvalue())

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        """How many 75-token chunks each of these prompts fills."""
        engine = self._loaded()
        return {text: engine.chunks(text) for text in texts}

    def make(self, orders: Sequence[Order]) -> Answer:
        """The pictures of a batch, compressed here, so that whoever asked only writes them."""
        try:
            engine = self._loaded()
        except PureNegativeError as error:
            return Answer(Ending.LOST, 0.0, told=f"{self._name} has no engine any more: {error}")
        return crew.answered(lambda: _pictures(engine, orders))

    def _loaded(self) -> Engine:
        if self._engine is None:
            self.load()
        engine = self._engine
        assert engine is not None
        if self._model and engine.model.hash != self._model.hash:
            raise PureNegativeError(f"the checkpoint's file there is another one, [{engine.model.hash}].")
        return engine


def _pictures(engine: Engine, orders: Sequence[Order]) -> tuple[Picture, ...]:
    images = engine.render([order.request for order in orders])
    crew.check_count(images, len(orders))
    texts = [crew.own_infotext(engine, order) for order in orders]
    return tuple(Picture(text, png=output.png(image, text)) for image, text in zip(images, texts, strict=True))
