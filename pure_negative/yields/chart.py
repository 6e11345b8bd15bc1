"""The chart of shares: a bar for each row of the table, stacked by class, drawn by matplotlib."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import paths, validate
from pure_negative.yields.db import labels
from pure_negative.yields.table import Row, Table

FORMATS = ("svg", "png", "pdf")
COLOURS = ("#8a94a3", "#3579c0", "#dd8a2b", "#2f9466")
"""One for each class; they differ in brightness too, for eyes that see few colours."""
_INK = "#757f8b"
"""Of text and lines in an SVG, which pages show on light and on dark: the grey that stands out alike from both."""
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_SETTINGS = {"svg.hashsalt": "yield", "svg.fonttype": "none", "text.parse_math": False}
"""The same bytes for the same table, text as text, and a $ in a name as it stands."""
_DATE = {"svg": "Date", "pdf": "CreationDate"}
"""What would make two files of one table differ."""
_UNKNOWN = r"Glyph .* missing|Matplotlib currently does not support"
"""How warnings begin about letters that matplotlib's font has not; those of the SVG's viewer may have them."""
_INCHES = 8.0
_DPI = 150
_LONGEST = 26
"""Characters beside a bar."""
_DRAWING = threading.Lock()
"""matplotlib's settings and Python's filter of warnings are one for the whole program."""


def svg(table: Table) -> str:
    """The chart as SVG; as `draw`."""
    return draw(table, "svg").decode()


def draw(table: Table, form: str) -> bytes:
    """The chart as a file of that format: svg, png or pdf.

    Raises:
        PureNegativeError: matplotlib is not installed.
    """
    form = validate.choice(form, "format", FORMATS)
    paths.settle("MPLCONFIGDIR", "matplotlib")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise PureNegativeError(
            f"{form}: matplotlib is not installed; run 'python3 run.py', or pip install 'pure-negative[plot]'."
        ) from None
    rows = _ordered(table)
    with _set_up(form):
        figure = Figure(figsize=(_INCHES, 1.4 + 0.42 * max(1, len(rows))), layout="constrained")
        _fill(figure.subplots(), rows)
        file = io.BytesIO()
        metadata = None if form == "png" else {_DATE[form]: None}
        figure.savefig(file, format=form, dpi=_DPI, metadata=metadata, transparent=form == "svg")
    return file.getvalue()


@contextmanager
def _set_up(form: str) -> Iterator[None]:
    from matplotlib import rc_context

    settings: dict[str, Any] = _SETTINGS | (dict.fromkeys(_INKED, _INK) if form == "svg" else {})
    with _DRAWING, rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", _UNKNOWN, UserWarning)
        yield


def _ordered(table: Table) -> list[Row]:
    """The rows as a chart has them: by their numbers, W first."""
    return sorted(table.rows, key=lambda row: (row.setting.w, row.setting.width, row.setting.height, row.setting.cfg))


def _label(row: Row) -> str:
    """What stands beside a bar."""
    text = validate.one_line(", ".join(f"W {cell}" if name == "w" else cell for name, cell in row.cells.items()))
    return f"{text if len(text) <= _LONGEST else f'{text[: _LONGEST - 1]}…'}\nn {row.sample}"


def _fill(axes: Any, rows: list[Row]) -> None:
    places = range(len(rows))
    left = [0.0] * len(rows)
    for number, (name, colour) in enumerate(zip(labels.CLASSES, COLOURS, strict=True)):
        shares = [100 * row.shares[number].count / (row.shares[number].sample or 1) for row in rows]
        bars = axes.barh(places, shares, left=left, color=colour, label=name, height=0.72)
        counts = [str(row.counts[number]) if share > 3 else "" for row, share in zip(rows, shares, strict=True)]
        axes.bar_label(bars, counts, label_type="center", color="white", fontweight="bold")
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(places, [_label(row) for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the pictures, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=len(labels.CLASSES), loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
