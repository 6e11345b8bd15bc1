"""The search for seeds: many pictures at few steps, then only the marked ones, at more steps each time.

Source: ch99/astolfo_wrc.md of the repository that seeds/000 is from, its last line: 256 pictures of 48 steps, 26 of
256, 20 of 512, 8 of 1024; the seeds carried from one to the next by ch97/listseed.js. The 4 "with different STEPS" that
it ends with are no level: they are a run over the axis `steps`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, shell, validate
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.rules import seeds
from pure_negative.sheet import axis, definition, notation
from pure_negative.sheet import store as sheets
from pure_negative.sheet.axis import Axis
from pure_negative.sheet.definition import Sheet

LEVELS = (48, 256, 512, 1024)
"""Steps of each level."""
FIRST = 256
"""Pictures of the first level."""
SAMPLE = 20
"""Pictures of a yield run: the sample size of the research's tables (seeds/000; seeds/001, *Bizzare result*)."""
MOST = notation.MOST_VALUES


def read_seeds(text: object, where: str = "seeds") -> tuple[int, ...]:
    """Seeds from a text as the sheet's axis takes it: `3, 5, 100-119`; each once, in order."""
    parts = notation.split(characters.figure_list(validate.text(text, where, notation.LONGEST)), where)
    if not 1 <= len(parts) <= MOST:
        raise _refused(text, where)
    return tuple(
        dict.fromkeys(_seed(each, where) for part in parts for each in notation.expand(part, where, whole=True))
    )


def _seed(text: str, where: str) -> int:
    try:
        found = seeds.read(text, where)
    except PureNegativeError:
        raise _refused(text, where) from None
    if found == seeds.RANDOM:
        raise _refused(text, where)
    return found


def _refused(text: object, where: str) -> PureNegativeError:
    span = f"seeds from {seeds.LOWEST} to {seeds.HIGHEST}, except -1, which stands for a random one"
    return validate.refuse(where, text, f"{span}; {MOST} at most, like 3, 5, 100-119")


def write_seeds(found: Iterable[int]) -> str:
    """Seeds as `read_seeds`, a sheet's seed axis and the X/Y/Z plot take them: `3, 5, 100`."""
    return ", ".join(map(str, found))


def read_level(value: object, where: str = "level") -> int:
    """The number of a level, counted from 1."""
    return validate.whole(value, where, 1, len(LEVELS))


def next_steps(steps: int) -> int | None:
    """The steps of the level after pictures of so many; None after the last."""
    return next((level for level in LEVELS if level > steps), None)


def at_steps(choices: Choices, steps: int) -> Choices:
    """The choices at a level's steps, also where the steps are left to the host's own controls."""
    value = axis.kind_named("steps").value(steps)
    return axis.of("steps", [value]).applied(value, choices)


def plan(
    choices: Choices, wanted: Sequence[int], y: Axis = axis.NONE, z: Axis = axis.NONE, tab: Tab | None = None
) -> Sheet:
    """A yield run: a sheet over these seeds, and over up to two axes more, on a host's own controls where it has any.

    Raises:
        PureNegativeError: too many seeds, or a picture that can't be planned.
    """
    kind = axis.kind_named("seed")
    if not 1 <= len(wanted) <= MOST:
        raise PureNegativeError(f"seeds: there are {len(wanted)}; a run takes 1 to {MOST}.")
    values = [kind.value(seed) for seed in wanted]
    return definition.make(dataclasses.replace(choices, seed=wanted[0]), axis.of("seed", values), y, z, tab)


def next_level(folder: Path, marked: Sequence[int], steps: int | None = None) -> Sheet:
    """The run that comes after the one in a folder: the same choices over the marked seeds, at more steps.

    What the run left to a host's own controls stays as they were.

    Raises:
        PureNegativeError: the folder holds no run, nothing is marked, or the levels end there.
    """
    known = sheets.find(folder).sheet
    where = validate.one_line(str(folder))
    if not marked:
        raise PureNegativeError(f"{where}: no seeds are marked there; mark the good ones with 'yield judge' first.")
    found = steps or next_steps(max(cell.plan.steps for cell in known.cells))
    if found is None:
        raise PureNegativeError(f"{where}: the last level has {LEVELS[-1]} steps; use --steps for more.")
    more = [each for each in known.axes if each.kind and each.name not in ("seed", "steps")]
    y, z = (*more, axis.NONE, axis.NONE)[:2]
    return plan(at_steps(known.choices, found), marked, y, z, known.tab)


def command(folder: Path, steps: int, judge: str | None = None) -> str | None:
    """The command line that makes the next level of the run in a folder, whose pictures have so many steps.

    None where the folder holds no run of ours. No cell is planned for it.
    """
    if not (folder / sheets.RECORD).is_file():
        return None
    words = ["yield", "run", "--marked", str(folder)]
    words += ["--judge", judge] if judge else []
    return shell.line(words if next_steps(steps) else [*words, "--steps", str(2 * steps)])
