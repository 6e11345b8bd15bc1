"""What stands around the cells: the title, what all cells share, and the labels of columns and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pure_negative import options
from pure_negative.io import validate
from pure_negative.sheet.axis import Axis
from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.draw.text import UNBROKEN, Pen
from pure_negative.sheet.record import Record

FRAMED = "Framed: the CFG scale recommended for its W and size."
PALE = "Pale: light and empty; keep increasing the steps."
MOST_LINES = 4
"""Of a label, and of what stands below the title."""


@dataclass(frozen=True)
class Header:
    """The label of a column or row, what is recommended there, and whether the label itself is.

    `number` says which value of its axis it is, for a picture on which the label can't be written.
    """

    label: str
    note: str = ""
    recommended: bool = False
    number: str = ""

    def written(self, pen: Pen) -> str:
        """The label, or the number under which `index.html` has it where no font here has all of its signs."""
        return self.label if not self.number or pen.writes(self.label) else f"{self.number} (index.html)"

    def lines(self, pen: Pen, width: int) -> list[tuple[str, bool]]:
        """The label's lines and below them the note's, as far as there is room, and whether each is marked."""
        label = pen.lines(self.written(pen), width, MOST_LINES)
        fits = all(pen.width(word) <= width for word in self.note.split(" "))
        note = pen.lines(self.note, width, MOST_LINES - len(label)) if fits else []
        return [*((line, self.recommended) for line in label), *((line, True) for line in note)]

    def width(self, pen: Pen, compact: bool = False) -> int:
        """How wide it is unbroken; `compact` without its note."""
        return max(pen.width(self.written(pen)), 0 if compact else pen.width(self.note))


def title(sheet: Sheet) -> str:
    """What the sheet compares: `W × CFG`, or `W` for a single row."""
    names = [each.name.replace(" ×", " factor") for each in (sheet.x, sheet.y, sheet.z) if each.kind]
    return " × ".join(names[:2])


def shared(record: Record, page: int = 0) -> str:
    """What all cells of a page share: model, seed, size, sampler, steps and so on, and the day the sheet was begun."""
    cells = record.sheet.page(page)
    named = record.sheet.z.values[page].label
    facts = [named, f"{record.model.name} [{record.model.hash}]", *_facts(cells, record.sheet), record.made]
    return " · ".join(filter(None, facts))


def _facts(cells: Sequence[Cell], sheet: Sheet) -> Iterable[str]:
    axes = {each.name for each in sheet.axes}
    for names, fact in _FACTS:
        if axes.isdisjoint(names):
            found = {fact(cell) for cell in cells}
            if len(found) == 1:
                yield found.pop()


_SETTINGS = {each.name: each.axis.name for each in options.settings().values() if each.axis}
"""The options that travel as settings and have an axis → what a caption calls them."""


def _setting(field: str, name: str) -> Callable[[Cell], str]:
    return lambda cell: f"{name} {getattr(cell.plan, field)}"


_FACTS: tuple[tuple[tuple[str, ...], Callable[[Cell], str]], ...] = (
    (("preset",), lambda cell: f"preset {cell.plan.preset}"),
    (("W",), lambda cell: f"W {validate.decimal(cell.plan.strength.w)}"),
    (("CFG",), lambda cell: f"CFG {cell.plan.cfg:g}"),
    (("seed",), lambda cell: f"seed {cell.plan.seed}"),
    (("size", "ratio"), lambda cell: f"{cell.plan.size.width}×{cell.plan.size.height}"),
    (("sampler",), lambda cell: cell.plan.sampler),
    (("scheduler",), lambda cell: "" if cell.plan.scheduler == "Automatic" else cell.plan.scheduler),
    (("steps",), lambda cell: f"{cell.plan.steps} steps"),
    *(((name,), _setting(field, name)) for field, name in _SETTINGS.items()),
)


def columns(sheet: Sheet, page: int) -> list[Header]:
    """The headers of a page's columns."""
    return _headers(sheet, sheet.x, page, lambda cell: cell.column)


def rows(sheet: Sheet, page: int) -> list[Header]:
    """The headers of a page's rows."""
    return _headers(sheet, sheet.y, page, lambda cell: cell.row)


def _headers(sheet: Sheet, along: Axis, page: int, place: Callable[[Cell], int]) -> list[Header]:
    lines: list[list[Cell]] = [[] for _ in along.values]
    for cell in sheet.page(page):
        lines[place(cell)].append(cell)
    labels = [value.label for value in along.values]
    made = [_header(sheet, along, label, cells) for label, cells in zip(labels, lines, strict=True)]
    return [replace(header, number=f"{along.name} {at}") for at, header in enumerate(made, 1)]


def by_number(axis: Axis) -> list[str]:
    """The labels of an axis in order, if they may be texts in any script."""
    return [] if axis.kind is None or axis.kind.numeric else [value.label for value in axis.values]


def _header(sheet: Sheet, along: Axis, label: str, cells: list[Cell]) -> Header:
    if not sheet.varies_cfg or along.kind is None:
        return Header(label)
    if along.name in ("CFG", "CFG ×"):
        recommended = all(cell.recommended for cell in cells)
        return Header(label, "recommended" if recommended else "", recommended)
    known = {cell.plan.recommended.cfg for cell in cells}
    alone = len(known) == 1 and along.name in ("W", "size", "ratio", "preset")
    return Header(label, f"recommended CFG{UNBROKEN}{known.pop():g}" if alone else "")
