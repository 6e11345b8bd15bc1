"""How large the second pass of a run makes its pictures."""

from __future__ import annotations

from copy import copy
from typing import Any

from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw.layout import SizeOf


def size_of(p: Any) -> SizeOf | None:
    """The width and height in pixels of a cell's picture, by the run's hires fix; None for a run without it."""
    return (lambda cell: _target(p, cell)) if p.enable_hr else None


def _target(p: Any, cell: Cell) -> tuple[int, int]:
    """What the WebUI itself works out, for a copy of the run: what sticks out over a wanted size is cut off."""
    from modules.processing import opt_f

    own = copy(p)
    own.extra_generation_params = {}
    own.width, own.height = cell.plan.size.width, cell.plan.size.height
    own.calculate_target_resolution()
    width, height = own.hr_upscale_to_x // opt_f - own.truncate_x, own.hr_upscale_to_y // opt_f - own.truncate_y
    return width * opt_f, height * opt_f
