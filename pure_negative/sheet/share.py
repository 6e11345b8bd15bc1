"""How many cells each worker of a crew gets at a time, and how long it may take for them.

A worker gets its share of what is left, by its speed: `min(what fits, max(1, ceil(left × own ÷ all live workers')))`.
So the last batches are small and all end at about the same time, however fast each worker is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

FIRST = 2
"""Cells of a worker's first batch, which tells its speed."""
PATIENCE = 4
"""Times the expected time after which a worker is taken for hung."""
SHORTEST = 60.0
"""Seconds that any batch may take: small ones take longer than their share of a large one."""
SHORTEST_FIRST = 900.0
"""Seconds that a worker's first batch may take where only the speed of others is known."""


@dataclass
class Member:
    """What is known of a worker: its work and seconds so far, and what was too much for its memory, in pixels."""

    work: float = 0.0
    seconds: float = 0.0
    ceiling: float = math.inf
    """Of a batch."""
    too_large: float = math.inf
    """Of a single picture."""
    refused: set[str] = field(default_factory=set)
    """Names of single cells that it could not make."""
    lost: set[str] = field(default_factory=set)
    """Names of cells that it was making when it was lost."""

    @property
    def speed(self) -> float | None:
        """Work in a second; None before its first batch is done."""
        return self.work / self.seconds if self.seconds > 0 else None


@dataclass
class Members:
    """What is known of all workers of a crew, by their names."""

    known: dict[str, Member] = field(default_factory=dict)
    _asked: tuple[str, ...] = ()
    """The workers whose speed was asked for last; of a thousand it is asked several times a batch."""
    _sum: float = 0.0
    """Of those of their speeds that are known, whose number is `_measured`."""
    _measured: int = 0

    def __getitem__(self, worker: str) -> Member:
        member = self.known.get(worker)
        if member is None:
            member = self.known[worker] = Member()
        return member

    def clock(self, worker: str, work: float, seconds: float) -> None:
        """Note that a worker did so much in so many seconds."""
        member = self[worker]
        before = member.speed
        member.work += work
        member.seconds += seconds
        after = member.speed
        if after is not None and worker in self._asked:
            self._sum += after - (before or 0.0)
            self._measured += before is None

    def speed(self, live: Sequence[str]) -> float | None:
        """The work that these workers do in a second; those not measured yet count as the mean of the others."""
        asked = tuple(live)
        if asked != self._asked:
            known = self._speeds(asked)
            self._asked, self._sum, self._measured = asked, sum(known), len(known)
        return self._sum / self._measured * len(asked) if self._measured else None

    def share(self, worker: str, live: Sequence[str], left: float, each: float) -> int:
        """Cells of the worker's next batch, memory aside.

        Args:
            worker: who is to get it.
            live: all workers there are.
            left: the work that waits.
            each: the work of one of the cells.
        """
        own, together = self[worker].speed, self.speed(live)
        if own is None or together is None:
            return FIRST
        return max(1, math.ceil(left * own / together / each))

    def allowed(self, worker: str, live: Sequence[str], work: float) -> float | None:
        """Seconds after which the worker is taken for hung with a batch of that work; None where no speed is known."""
        own = self[worker].speed
        if own is not None:
            return max(SHORTEST, PATIENCE * work / own)
        slowest = min(self._speeds(live), default=None)
        return None if slowest is None else max(SHORTEST_FIRST, PATIENCE * work / slowest)

    def _speeds(self, live: Iterable[str]) -> list[float]:
        return [speed for worker in live if (speed := self[worker].speed) is not None]
