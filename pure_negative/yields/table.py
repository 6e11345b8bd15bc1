"""The table of yield: pictures counted by setting, in the research's form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from pure_negative.io import validate
from pure_negative.yields import wilson
from pure_negative.yields.db import labels
from pure_negative.yields.db.picture import Setting
from pure_negative.yields.db.records import DISPUTED, DISPUTED_SHAPE, Count
from pure_negative.yields.db.store import Judgements

Value = str | float | int


@dataclass(frozen=True)
class Column:
    """What rows can be told apart by: the heading, the value of a setting, and how it is written."""

    heading: str
    value: Callable[[Setting], Value]
    write: Callable[[Setting], str]


COLUMNS: Mapping[str, Column] = {
    "preset": Column("Preset", lambda of: of.preset, lambda of: of.preset or "(none)"),
    "checkpoint": Column("Checkpoint", lambda of: of.checkpoint, lambda of: of.checkpoint or "(unknown)"),
    "w": Column("W", lambda of: of.w, lambda of: plain(of.w) if of.w else "(unknown)"),
    "size": Column("Dimension", lambda of: of.size, lambda of: of.size),
    "cfg": Column("CFG", lambda of: of.cfg, lambda of: plain(of.cfg)),
    "steps": Column("Steps", lambda of: of.steps, lambda of: str(of.steps)),
}
"""In the order they stand in a table; a dimension is what the research counts by."""
BY = ("size",)


def plain(value: float) -> str:
    """A number as people write it: `8`, `0.564`, `0.0000000000000001`."""
    return validate.decimal(value).removesuffix(".0")


@dataclass(frozen=True)
class Share:
    """So many of a sample, and the 95 % interval of the share, from 0 to 1."""

    count: int
    sample: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson.interval(self.count, self.sample)


@dataclass(frozen=True)
class Row:
    """One row: its cells by column, its pictures by class, those its judges disagree on, and the body shapes.

    `sample` counts every picture once; shares are of those whose judges agree. `shapes` counts humans by shape, those
    whose judges say different ones under `?`.
    """

    cells: Mapping[str, str]
    setting: Setting
    counts: tuple[int, ...]
    disputed: int
    shapes: Mapping[str, int]

    @property
    def sample(self) -> int:
        return sum(self.counts) + self.disputed

    @property
    def shares(self) -> tuple[Share, ...]:
        """One for each class."""
        return tuple(Share(count, sum(self.counts)) for count in self.counts)

    @property
    def body_shape(self) -> str:
        """The shape that all humans have for whom one is said, Mixed where they differ, as the research puts it."""
        said = [shape for shape in labels.SHAPES if self.shapes.get(shape)]
        disputed = self.shapes.get(DISPUTED_SHAPE, 0)
        texts = [*(said if len(said) < 2 else ["Mixed"]), *([f"{disputed} disagreed"] if disputed else [])]
        return ", ".join(texts)


@dataclass(frozen=True)
class Table:
    """Rows in the order in which their settings first came up, and what each of them pools beside its own columns."""

    by: tuple[str, ...]
    rows: tuple[Row, ...]
    pooled: Mapping[str, tuple[str, ...]]

    @property
    def disputed(self) -> int:
        return sum(row.disputed for row in self.rows)


def read_by(value: object, where: str = "by") -> tuple[str, ...]:
    """The columns named in a text like `w,size`, in the order of the table."""
    parts = [part.strip() for part in validate.text(value, where, 200).split(",")]
    named = {validate.choice(part, where, COLUMNS) for part in parts if part}
    if not named:
        raise validate.refuse(where, value, f"one or more of {', '.join(COLUMNS)}")
    return tuple(name for name in COLUMNS if name in named)


def make(
    judgements: Judgements,
    by: Iterable[str] = BY,
    *,
    judge: str | None = None,
    run: int | None = None,
    only: Mapping[str, Collection[Value]] | None = None,
) -> Table:
    """The table of what has been judged.

    Args:
        judgements: the store.
        by: names of `COLUMNS`.
        judge: count what this judge said; None counts what all judges of a picture agree on, the others apart.
        run: pictures of this run alone.
        only: settings with one of these values alone, by names of `COLUMNS`.
    """
    names = tuple(by)
    settings = judgements.settings()
    groups: dict[tuple[Value, ...], list[Count]] = {}
    for count in sorted(judgements.counts(judge, run), key=lambda each: each.setting_id):
        setting = settings[count.setting_id]
        if all(COLUMNS[name].value(setting) in values for name, values in (only or {}).items()):
            groups.setdefault(tuple(COLUMNS[name].value(setting) for name in names), []).append(count)
    rows = tuple(_row(names, settings[counts[0].setting_id], counts) for counts in groups.values())
    pooled = _pooled(names, [{settings[count.setting_id] for count in counts} for counts in groups.values()])
    return Table(names, rows, pooled)


def _row(names: tuple[str, ...], setting: Setting, counts: list[Count]) -> Row:
    classes, shapes = Counter[int](), Counter[str]()
    for count in counts:
        classes[count.judged] += count.pictures
        if count.judged in labels.HUMANS and count.shape:
            shapes[count.shape] += count.pictures
    numbers = tuple(classes[number] for number in range(1, len(labels.CLASSES) + 1))
    cells = {name: COLUMNS[name].write(setting) for name in names}
    return Row(cells, setting, numbers, classes[DISPUTED], dict(shapes))


def _pooled(names: tuple[str, ...], rows: list[set[Setting]]) -> dict[str, tuple[str, ...]]:
    """The columns that are not in the table and have several values in one of its rows, and those values."""
    found: dict[str, tuple[str, ...]] = {}
    for name, column in COLUMNS.items():
        values: dict[Value, Setting] = {}
        for row in rows if name not in names else ():
            several = {column.value(setting): setting for setting in row}
            values |= several if len(several) > 1 else {}
        if values:
            found[name] = tuple(column.write(values[value]) for value in sorted(values))
    return found
