"""An actor without a model, whose fate stands in files of a folder: most are used up by the first batch."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from pure_negative import __version__, output
from pure_negative.distributed.engine_actor import EngineActor, Facts
from pure_negative.errors import PureNegativeError
from pure_negative.planning.request import Model
from pure_negative.sheet import crew
from pure_negative.sheet.crew import Answer, Order, Picture
from tests.fakes import FakeRenderer
from tests.sheet.making import SheetRenderer

POISON = "bad:0.05)"


class FateActor(EngineActor):
    """`options.models` names the folder. `poison` stays there; `kill-1` and `hang-1` are for the worker 1 and go."""

    def load(self) -> Facts:
        self._folder = Path(str(self._options.models))
        if (self._folder / "unreadable").exists():
            raise PureNegativeError("model.safetensors is no SD 1.x checkpoint.")
        other = (self._folder / f"other-{self._number}").exists()
        model = Model("other", "ffffffffff") if other else FakeRenderer.model
        return Facts(model, f"process {os.getpid()}", "full precision", __version__, "said once\n")

    @property
    def _number(self) -> str:
        return self._name.split()[-1]

    def chunks(self, texts: Iterable[str]) -> dict[str, int]:
        return dict.fromkeys(texts, 1)

    def make(self, orders: Sequence[Order]) -> Answer:
        self.load()
        if (self._folder / "poison").exists() and any(POISON in each.request.negative_prompt for each in orders):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._meets("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._meets("hang"):
            time.sleep(600)
        if self._meets("bug"):
            raise RuntimeError("a bug\nwith details")
        pace = self._folder / "pace"
        time.sleep(float(pace.read_text()) if pace.exists() else 0)
        limit = self._folder / f"memory-{self._number}"
        renderer = SheetRenderer(memory=float(limit.read_text()) if limit.exists() else float("inf"))
        return crew.answered(lambda: _pictures(renderer, orders))

    def _meets(self, what: str) -> bool:
        path = self._folder / f"{what}-{self._number}"
        there = path.exists()
        path.unlink(missing_ok=True)
        return there


def _pictures(renderer: SheetRenderer, orders: Sequence[Order]) -> tuple[Picture, ...]:
    images = renderer.render([order.request for order in orders])
    texts = [crew.own_infotext(renderer, order) for order in orders]
    return tuple(Picture(text, png=output.png(image, text)) for image, text in zip(images, texts, strict=True))
