"""The seeds marked in the newest run, for the next level of the seed search."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.sheet import store as sheets
from pure_negative.yields import seed_search
from pure_negative.yields.db.store import Judgements

LOOKED_AT = 200
"""Runs, the newest ones, that are looked at."""


@dataclass(frozen=True)
class Marked:
    """The seeds marked in a run's folder, by anyone, and the steps of the level after it; None after the last one."""

    folder: Path
    seeds: tuple[int, ...]
    steps: int | None


def newest() -> Marked:
    """The newest run in which something is marked.

    Raises:
        PureNegativeError: nothing is marked anywhere, or the judgements can't be read.
    """
    with Judgements() as judgements:
        for run in judgements.runs()[:LOOKED_AT]:
            seeds = judgements.marked(run.id)
            if seeds:
                return Marked(run.path, tuple(seeds), _steps(run.path))
    raise PureNegativeError("seeds: no seeds are marked yet; mark the good pictures on the judging page first.")


def _steps(folder: Path) -> int | None:
    """The next level's; a folder of pictures that is no run of ours has no level."""
    try:
        return seed_search.next_steps(max(cell.plan.steps for cell in sheets.find(folder).sheet.cells))
    except PureNegativeError:
        return None
