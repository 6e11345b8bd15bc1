"""What a sheet is: base choices over the host's controls, up to three axes, and the cells they come to."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Plan, Tab
from pure_negative.planning.plan import make as make_plan
from pure_negative.planning.request import Request
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.rules import seeds
from pure_negative.sheet import axis, replacing
from pure_negative.sheet.axis import Axis, Value

MOST_CELLS = 10_000
AUTO = "auto"
"""In place of a preset's id: the one that fits the checkpoint of each cell."""
HOST = "host"
"""The field of the axes that are the host's."""
_FILES = ("checkpoint", "vae")
_CONTRADICTING = (("CFG", "CFG ×"), ("size", "ratio"))


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet: its place, counted from 0, and its plan, the seed fixed.

    `beside` are the fields of its request that no plan speaks of; `order` sorts cells by what takes long to change.
    """

    column: int
    row: int
    page: int
    plan: Plan
    beside: tuple[tuple[str, Any], ...] = ()
    order: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Page, row and column, counted from 1: the name of its file."""
        return f"{self.page + 1}-{self.row + 1:02}-{self.column + 1:02}"

    @cached_property
    def request(self) -> Request:
        """What a renderer gets."""
        request = self.plan.request(self.plan.seed)
        return dataclasses.replace(request, **dict(self.beside)) if self.beside else request

    @property
    def recommended(self) -> bool:
        """Whether its CFG scale is the one recommended for its W and its size."""
        return self.plan.cfg == self.plan.recommended.cfg


class Host:
    """What is asked of the program that makes the pictures, while cells are planned; this one has nothing of its own.

    Its axes are of kinds with `field` `HOST`.
    """

    def axis(self, text: str, where: str) -> Axis | None:  # noqa: ARG002
        """The axis in a text, where it is one of the host's."""
        return None

    def adapted(self, values: Sequence[tuple[str, str]], choices: Choices, tab: Tab) -> tuple[Choices, Tab]:  # noqa: ARG002
        """The choices and controls of a cell in which the host's axes have these values, by their names."""
        return choices, tab

    def fitting(self, checkpoint: str) -> str:
        """The id of the preset that fits a checkpoint, "" for the one that is loaded."""
        return fitting(checkpoint)


def fitting(checkpoint: str, *hashes: str) -> str:
    """The id of the preset that fits a checkpoint best, by its name and hashes; the usual one where none does."""
    found = library.match(checkpoint, *hashes) if checkpoint else []
    return found[0].id if found else library.DEFAULT


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
        """The plan of the base choices, before any axis acts; of the first cell's preset where each has its own."""
        own = self.choices.preset == AUTO
        chosen = dataclasses.replace(self.choices, preset=self.cells[0].plan.preset) if own else self.choices
        return make_plan(chosen, self.tab)

    @cached_property
    def digest(self) -> str:
        """A hash of every request: it changes when a preset's file or the planning changed."""
        requests = [_digested(cell.request) for cell in self.cells]
        return hashlib.sha256(json.dumps(requests).encode()).hexdigest()

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


def _digested(made: Request) -> list[Any]:
    """What a request is, without what had no field of its own once and is not said: so digests stay as they were."""
    return [value for key, value in vars(made).items() if value or key not in ("checkpoint", "vae", "host")]


def make(
    choices: Choices,
    x: Axis = axis.NONE,
    y: Axis = axis.NONE,
    z: Axis = axis.NONE,
    tab: Tab | None = None,
    host: Host | None = None,
) -> Sheet:
    """The sheet of these axes, every random seed fixed once and every cell planned; `host` is asked about its own.

    Raises:
        PureNegativeError: no axis, two that contradict each other, too many cells, or a cell that cannot be planned.
    """
    _check((x, y, z))
    tab = tab or Tab()
    seed = tab.seed if choices.seed is None else choices.seed
    choices = dataclasses.replace(choices, seed=seeds.fixed(seed))
    x, y, z = _fixed(x), _fixed(y), _fixed(z)
    return Sheet(choices, tab, x, y, z, _cells(choices, tab, (x, y, z), host or Host()))


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


def _cells(choices: Choices, tab: Tab, axes: tuple[Axis, Axis, Axis], host: Host) -> tuple[Cell, ...]:
    presets: dict[str, preset.Preset] = {}
    cells = []
    costly = sorted((each for each in axes if each.kind and each.kind.cost), key=lambda each: -_cost(each))
    for page, row, column in product(*(range(len(each.values)) for each in reversed(axes))):
        places = list(zip(axes, (column, row, page), strict=True))
        held = [(each, each.values[index]) for each, index in places]
        chosen = axis.applied(held, choices)
        beside = _beside(held)
        if chosen.preset == AUTO:
            chosen = dataclasses.replace(chosen, preset=host.fitting(beside.get("checkpoint", "")))
        chosen, own = host.adapted(beside.get(HOST, ()), chosen, tab)
        name = chosen.preset or library.DEFAULT
        if name not in presets:
            presets[name] = library.load(name)
        for each, value in held:
            if each.name == "S/R":
                chosen, own = replacing.applied(each, value, chosen, own, presets[name])
        order = tuple(index for one in costly for each, index in places if each is one)
        cells.append(Cell(column, row, page, make_plan(chosen, own, presets[name]), tuple(beside.items()), order))
    return tuple(cells)


def _cost(each: Axis) -> float:
    return each.kind.cost if each.kind else 0.0


def _beside(held: Sequence[tuple[Axis, Value]]) -> dict[str, Any]:
    """What of a cell's values goes into its request as it is, by the request's field."""
    found: dict[str, Any] = {}
    for each, value in held:
        if each.kind and each.kind.field in _FILES:
            found |= value.changes
        elif each.kind and each.kind.field == HOST:
            found[HOST] = (*found.get(HOST, ()), (each.name, value.text))
    return found
