"""Sheets for one click: the scans the research makes by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from pure_negative.planning.choices import Choices
from pure_negative.rules import size


@dataclass(frozen=True)
class Scan:
    """The texts of two axes, and the size the scan is made at (None: any)."""

    x: str
    y: str
    size: str | None

    def chosen(self, choices: Choices) -> Choices:
        """The choices at the scan's size, unless they name a size themselves."""
        if self.size is None or choices.size or choices.ratio:
            return choices
        return dataclasses.replace(choices, size=size.read_size(self.size))


_CFG = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
"""1 … 12 in users.md §7, without 1: there the negative prompt does nothing."""
_AT_768 = 2.25
"""768²/512²: the factor on the CFG scale that users.md §7 gives for 768×768."""

SCANS: Mapping[str, Scan] = {
    # The published weights (seeds/000, seeds/001) against the CFG scales recommended for them.
    "w-cfg": Scan(x="W: 24[, 12[, 6[, 2[, 0.91, 1.0", y="CFG: 8, 10.5, 12, 16", size=None),
    # The CFG-STEP scan of an unknown model.
    "cfg-steps": Scan(
        x=f"CFG: {', '.join(map(str, _CFG))}",
        y="steps: 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192",
        size="512x512",
    ),
    # The same at 768×768, with 2.25 times the CFG scale.
    "cfg-steps-768": Scan(
        x=f"CFG: {', '.join(f'{cfg * _AT_768:g}' for cfg in _CFG)}",
        y="steps: 48, 64, 96",
        size="768x768",
    ),
}
"""Name → scan (users.md §7, *Done by hand*, 2)."""
