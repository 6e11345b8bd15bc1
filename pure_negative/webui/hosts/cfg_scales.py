"""The CFG scales of the pictures of a batch, kept on the processing object; each host of `hosts/` applies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Scales:
    """One batch's CFG scales, and whether they acted: the WebUI swallows what callbacks raise.

    `hires` holds those of the hires pass where it has its own.
    """

    values: Sequence[float]
    base: float
    hires: Sequence[float] | None = None
    hires_base: float = 0.0
    used: int = 0
    trouble: list[str] = field(default_factory=list)
    texts: dict[str, Any] = field(default_factory=dict)
    """For the pictures' parameters: what the run itself would write over before its first model call."""
    undo: list[Callable[[], None]] = field(default_factory=list)

    def now(self, p: Any) -> tuple[Sequence[float], float]:
        """The scales of the pass that runs, and the one scale that `p` names for all of them."""
        if self.hires is not None and getattr(p, "is_hr_pass", False):
            return self.hires, self.hires_base
        return self.values, self.base

    def release(self) -> None:
        """Put back whatever was put on objects that outlive the run."""
        while self.undo:
            self.undo.pop()()


def base_for(values: Sequence[float]) -> float:
    """A scale for `p` that is none of those at which guidance is skipped, alone or times CFG++'s 1/12.5."""
    base = max(values)
    return base + 0.5 if base in (0.0, 1.0, 12.5) else base
