"""What a sheet is: base choices over the host's controls, up to three axes, and the cells they come to."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Plan, Tab
from pure_negative.planning.plan import make as make_plan
from pure_negative.planning.request import Request
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.rules import seeds
from pure_negative.sheet import axis
from pure_negative.sheet.axis import Axis, Value

MOST_CELLS = 10_000
_CONTRADICTING = (("CFG", "CFG ×"), ("size", "ratio"))


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet: its place, counted from 0, and its plan, the seed fixed."""

    column: int
    row: int
    page: int
    plan: Plan

    @property
    def name(self) -> str:
        """Page, row and column, counted from 1: the name of its file."""
        return f"{self.page + 1}-{self.row + 1:02}-{self.column + 1:02}"

    @property
    def request(self) -> Request:
        return self.plan.request(self.plan.seed)

    @property
    def recommended(self) -> bool:
        """Whether its CFG scale is the one recommended for its W and its size."""
        return self.plan.cfg == self.plan.recommended.cfg


@dataclass(frozen=True)
class Sheet:
    """A grid of pictures: `x` are its columns, `y` its rows, `z` its pages; `cells` go page by page, row by row."""

    choices: Choices
    tab: Tab
    x: Axis
    y: Axis
    z: Axis
    cells: tuple[Cell, ...]

    @property
    def axes(self) -> tuple[Axis, Axis, Axis]:
        return self.x, self.y, self.z

    @cached_property
    def base(self) -> Plan:
        """The plan of the base choices, before any axis acts."""
        return make_plan(self.choices, self.tab)

    @property
    def varies_cfg(self) -> bool:
        """Whether an axis sets the CFG scale, so that marking the recommended one says something."""
        return any(each.name in ("CFG", "CFG ×") for each in self.axes)

    def page(self, page: int) -> tuple[Cell, ...]:
        """The cells of one page, row by row."""
        count = len(self.x.values) * len(self.y.values)
        return self.cells[page * count : (page + 1) * count]

    def label(self, cell: Cell) -> str:
        """The cell's place in words: `W 0.564 (6[), CFG 10.5`."""
        return ", ".join(value.label for value in self.values(cell) if value.label)

    def values(self, cell: Cell) -> tuple[Value, Value, Value]:
        """The values of the axes that hold in a cell."""
        return self.x.values[cell.column], self.y.values[cell.row], self.z.values[cell.page]


def make(
    choices: Choices, x: Axis = axis.NONE, y: Axis = axis.NONE, z: Axis = axis.NONE, tab: Tab | None = None
) -> Sheet:
    """The sheet of these axes, every random seed fixed once and every cell planned.

    Raises:
        PureNegativeError: no axis, two that contradict each other, too many cells, or a cell that cannot be planned.
    """
    _check((x, y, z))
    tab = tab or Tab()
    seed = tab.seed if choices.seed is None else choices.seed
    choices = dataclasses.replace(choices, seed=seeds.fixed(seed))
    x, y, z = _fixed(x), _fixed(y), _fixed(z)
    return Sheet(choices, tab, x, y, z, _cells(choices, tab, (x, y, z)))


def _check(axes: Sequence[Axis]) -> None:
    names = [each.name for each in axes if each.kind]
    if not names:
        raise PureNegativeError("sheet: give at least one axis, like 'W: 6[, 2[, 0.9'.")
    for name in names:
        if names.count(name) > 1:
            raise PureNegativeError(f"sheet: the axis {name} is used twice; keep one.")
    for one, other in _CONTRADICTING:
        if one in names and other in names:
            raise PureNegativeError(f"sheet: the axes {one} and {other} contradict each other; keep one.")
    count = len(axes[0].values) * len(axes[1].values) * len(axes[2].values)
    if count > MOST_CELLS:
        raise PureNegativeError(f"sheet: the axes make {count} cells; at most {MOST_CELLS} are allowed.")


def _fixed(each: Axis) -> Axis:
    """Random seeds drawn, so that a sheet can be resumed and its cells are what their infotexts say."""
    if each.kind is None or each.name != "seed":
        return each
    return axis.of("seed", [each.kind.value(seeds.fixed(value.changes["seed"])) for value in each.values])


def _cells(choices: Choices, tab: Tab, axes: tuple[Axis, Axis, Axis]) -> tuple[Cell, ...]:
    presets: dict[str, preset.Preset] = {}
    cells = []
    for page, row, column in product(*(range(len(each.values)) for each in reversed(axes))):
        chosen = choices
        for each, index in zip(axes, (column, row, page), strict=True):
            chosen = each.applied(each.values[index], chosen)
        name = chosen.preset or library.DEFAULT
        if name not in presets:
            presets[name] = library.load(name)
        cells.append(Cell(column, row, page, make_plan(chosen, tab, presets[name])))
    return tuple(cells)
