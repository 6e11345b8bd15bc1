"""Workers that misbehave on purpose, each a thread, with a renderer of the sheet's tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pure_negative import output
from pure_negative.planning.request import Model
from pure_negative.sheet import batches, crew
from pure_negative.sheet.crew import Answer, Ending, Order, Picture
from pure_negative.sheet.team import Hand, Ready, Team, Tell
from tests.fakes import FakeRenderer
from tests.sheet.making import SheetRenderer

Fate = Callable[[Sequence[Order]], str]
"""What becomes of a batch: "", "dies" or "hangs"."""


class ThreadWorker:
    """A worker that paces itself, dies or hangs; `places` are those that may still take its place."""

    def __init__(
        self,
        name: str,
        pace: float = 0.0,
        fate: Fate = lambda _: "",
        renderer: SheetRenderer | None = None,
        places: int = 99,
        model: Model = FakeRenderer.model,
    ) -> None:
        self.hand = Hand(name, f"device of {name}", "full precision", model)
        self.pace, self.fate, self.renderer, self.places = pace, fate, renderer or SheetRenderer(), places
        self.given: list[int] = []
        self.rest, self.wakes = 0.0, True
        self.ended = False

    def begin(self, orders: Sequence[Order], tell: Tell) -> None:
        self.given.append(len(orders))
        threading.Thread(target=lambda: self._make(orders, tell), daemon=True).start()

    def _make(self, orders: Sequence[Order], tell: Tell) -> None:
        fate = self.fate(orders)
        if fate == "hangs":
            return
        if fate == "dies":
            tell(Answer(Ending.LOST, 0.0, told=f"{self.hand.name} died"))
            return
        begun = time.monotonic()
        time.sleep(self.pace * len(orders))
        made = crew.answered(lambda: self._pictures(orders))
        tell(Answer(made.ending, time.monotonic() - begun, made.pictures, made.told))

    def _pictures(self, orders: Sequence[Order]) -> tuple[Picture, ...]:
        images = self.renderer.render([order.request for order in orders])
        texts = [crew.own_infotext(self.renderer, order) for order in orders]
        return tuple(Picture(text, png=output.png(image, text)) for image, text in zip(images, texts, strict=True))

    def end(self) -> None:
        self.ended = True

    def again(self, ready: Ready) -> ThreadWorker | None:
        if not self.places:
            return None
        self.places -= 1
        self.ended = False
        threading.Timer(self.rest, lambda: ready(self.wakes)).start()
        return self


def team(*workers: ThreadWorker, dropped: Callable[[], bool] = lambda: False) -> Team:
    return Team(workers, lambda _: batches.key_of(workers[0].renderer), dropped)
