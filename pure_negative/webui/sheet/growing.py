"""The sheet as it grows, where the WebUI shows its live preview while a run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.draw.canvas import EMPTY

if TYPE_CHECKING:
    from PIL.Image import Image

EVERY = 1.0
"""Seconds between two pictures of it, at the least."""
SHARE = 0.006
"""Of the time, at the most, for what the WebUI does to show one of them."""
ENCODING = 45e-9
"""Seconds a pixel in which it makes a PNG of one: 42 ms for 1024 × 1024 on one core (benchmarks/growing_gallery.py)."""
SIDE = 512
"""Pixels of its longer side, at the most."""
CELL = 160
TIGHT = 256
"""Pixels of its longer side up to which the WebUI packs a PNG as tightly as it can, which takes ten times as long."""
_LATE = 10**9
"""A sampling step after which the WebUI draws no preview of its own over ours; it counts from 0 in each batch."""


class Growing:
    """One page of the sheet in small, every finished cell in its place; the page is that of the last cell."""

    def __init__(self, sheet: Sheet, state: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._state, self._clock = state, clock
        self._columns, self._rows = len(sheet.x.values), len(sheet.y.values)
        longer = max(self._columns, self._rows)
        self._side = max(min(CELL, SIDE // longer), TIGHT // longer + 1)
        self._page, self._shown = -1, float("-inf")
        self._picture: Image | None = None

    def take(self, cell: Cell, image: Image) -> None:
        """A cell that was just made."""
        import PIL.Image

        if self._picture is None or cell.page != self._page:
            size = (self._columns * self._side, self._rows * self._side)
            self._page, self._picture = cell.page, PIL.Image.new("RGB", size, EMPTY)
        share = (self._side - 1) / max(image.size)
        small = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        made = image.convert("RGB").resize(small, PIL.Image.Resampling.BILINEAR, reducing_gap=2.0)
        self._picture.paste(made, (cell.column * self._side, cell.row * self._side))

    def show(self) -> None:
        """After a batch: what there is so far, unless the last one was shown a moment ago."""
        if self._picture is not None and self._clock() - self._shown >= pause(self._picture):
            self._shown = self._clock()
            self._state.assign_current_image(self._picture.copy())
        if self._picture is not None:
            self._state.current_image_sampling_step = _LATE


def pause(picture: Image) -> float:
    """Seconds until the next one may be shown."""
    return max(EVERY, picture.width * picture.height * ENCODING / SHARE)


def wanted() -> bool:
    """Whether this WebUI shows pictures while a run goes on."""
    from modules import shared

    return bool(getattr(shared.opts, "live_previews_enable", False)) and hasattr(shared.state, "assign_current_image")
