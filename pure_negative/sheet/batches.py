"""Which cells one denoising run can make together, and how many at the most."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from pure_negative.planning.request import SHARED
from pure_negative.rules import schedule_type
from pure_negative.rules.size import MODEL_AREA

if TYPE_CHECKING:
    from pure_negative.planning.request import Renderer, Request
    from pure_negative.sheet.definition import Cell

LARGEST = 64
"""Pictures of one batch at the most."""
AT_MODEL_AREA = 8
"""Pictures of 512×512 in a batch by default: a cautious guess that running out of memory corrects downwards."""

Key = Callable[["Request"], Hashable]


def shape_of(request: Request) -> Hashable:
    """What the pictures of a batch must agree on as far as it is known without a model."""
    return tuple(getattr(request, name) for name in SHARED)


def key_of(renderer: Renderer) -> Key:
    """What the pictures of a batch must agree on: the shape of the work, and how many chunks their negatives fill."""
    counts: dict[str, int] = {}

    def key(request: Request) -> Hashable:
        text = request.negative_prompt
        if text not in counts:
            counts[text] = renderer.chunks(text)
        return shape_of(request), counts[text]

    return key


def groups(cells: Iterable[Cell], key: Key) -> list[list[Cell]]:
    """The cells that can share a batch, each group in the order of the sheet.

    Groups go by their first cell, but for what takes long to change (`Cell.order`): that changes least often.
    """
    found: dict[Hashable, list[Cell]] = {}
    for cell in cells:
        found.setdefault(key(cell.request), []).append(cell)
    return sorted(found.values(), key=lambda group: group[0].order)


def largest(request: Request, chosen: int | None = None, ceiling: float = math.inf) -> int:
    """How many pictures like this one go into a batch.

    Args:
        request: one picture of the group.
        chosen: what the user chose; None is 8 at 512×512, and more or fewer by the area.
        ceiling: pixels a batch may have in all, once a larger one ran out of memory.
    """
    if request.sampler.startswith(schedule_type.ALONE):
        return 1
    area = request.width * request.height
    wanted = chosen or min(LARGEST, AT_MODEL_AREA * MODEL_AREA // area)
    return int(max(1, min(wanted, ceiling // area)))


def first_size(count: int, most: int) -> int:
    """The size of the next batch when `count` cells wait: even batches, since a small last one wastes the machine."""
    return math.ceil(count / math.ceil(count / most))


def count(group: list[Cell], chosen: int | None = None) -> int:
    """How many batches a group takes."""
    return math.ceil(len(group) / largest(group[0].request, chosen))
