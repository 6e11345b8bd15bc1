"""The table as text: the research's own Markdown, CSV with everything, lines for a terminal, and the chart as SVG."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from pure_negative.yields import chart
from pure_negative.yields.db import labels
from pure_negative.yields.table import COLUMNS, Row, Share, Table

PRINTED = ("Pattern", "Object or Sceneary", "Malformed Human", "Legit Human")
"""The classes as the tables of seeds/000 and seeds/001 head their columns, so that rows can be put under theirs."""


def markdown(table: Table) -> str:
    """The research's table; a column for what judges disagree on stands in it only where they do."""
    apart = ["Disagreed"] if table.disputed else []
    heads = [*(COLUMNS[name].heading for name in table.by), "Sample size", *PRINTED, *apart, "Body shape"]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for row in table.rows:
        disputed = [str(row.disputed)] if apart else []
        lines.append(_line([*row.cells.values(), str(row.sample), *map(str, row.counts), *disputed, row.body_shape]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"|{'|'.join(cell.replace('|', chr(92) + '|') for cell in cells)}|"


def comma_separated(table: Table) -> str:
    """One line a row: counts, and the ends of each share's 95 % interval."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [name.lower().replace(" ", "_") for name in labels.CLASSES]
    ends = [f"{name}_{end}" for name in names for end in ("share", "low", "high")]
    shapes = [f"shape_{shape.lower()}" for shape in labels.SHAPES]
    writer.writerow([*table.by, "sample", *names, "disagreed", *ends, *shapes, "shape_disagreed"])
    for row in table.rows:
        shares = [f"{value:.4f}" for share in row.shares for value in _numbers(share)]
        counted = [row.shapes.get(shape, 0) for shape in (*labels.SHAPES, "?")]
        cells = [_harmless(cell) for cell in row.cells.values()]
        writer.writerow([*cells, row.sample, *row.counts, row.disputed, *shares, *counted])
    return file.getvalue()


def _harmless(cell: str) -> str:
    """A name that a spreadsheet would take for a formula, as text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _numbers(share: Share) -> tuple[float, float, float]:
    low, high = share.interval
    return share.count / share.sample if share.sample else 0.0, low, high


def spoken(share: Share) -> str:
    """A count with the interval of its share: `8 (22-61 %)`."""
    low, high = share.interval
    return f"{share.count} ({100 * low:.0f}-{100 * high:.0f} %)"


def lines(table: Table) -> str:
    """The table for a terminal, each count with its interval."""
    heads = [*(COLUMNS[name].heading for name in table.by), "Sample", *labels.CLASSES, "Disagreed", "Body shape"]
    rows = [heads, *(_cells(row) for row in table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(padded) + "\n"


def _cells(row: Row) -> list[str]:
    shares = [spoken(share) for share in row.shares]
    return [*row.cells.values(), str(row.sample), *shares, str(row.disputed), row.body_shape]


FORMATS: Mapping[str, Callable[[Table], str]] = {
    "text": lines,
    "md": markdown,
    "csv": comma_separated,
    "svg": chart.svg,
}
