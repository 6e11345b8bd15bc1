"""The chart of shares drawn by matplotlib, where it is installed: the same bars, in more formats.

The WebUI brings no such library of its own that could be relied on; there, `chart` draws plain SVG.
"""

from __future__ import annotations

import io
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import paths, validate
from pure_negative.yields import chart
from pure_negative.yields.db import labels
from pure_negative.yields.table import Row, Table

FORMATS = ("svg", "png", "pdf")
_INCHES = 8.0
_DPI = 150


def is_here() -> bool:
    """Whether matplotlib is installed; it is not imported for that."""
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def draw(table: Table, form: str) -> bytes:
    """The chart as a file of that format: svg, png or pdf.

    Raises:
        PureNegativeError: matplotlib is not installed.
    """
    form = validate.choice(form, "format", FORMATS)
    paths.settle("MPLCONFIGDIR", "matplotlib")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise PureNegativeError(
            f"{form}: matplotlib is not installed; pip install 'pure-negative[plot]', or draw it as svg."
        ) from None
    rows = chart.ordered(table)
    with rc_context({"svg.hashsalt": "yield", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=(_INCHES, 1.4 + 0.42 * max(1, len(rows))), layout="constrained")
        _fill(figure.subplots(), rows)
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=_DPI, metadata=None if form == "png" else {_DATE[form]: None})
    return file.getvalue()


_DATE = {"svg": "Date", "pdf": "CreationDate"}
"""What would make two files of one table differ."""


def _fill(axes: Any, rows: list[Row]) -> None:
    places = range(len(rows))
    left = [0.0] * len(rows)
    for number, (name, colour) in enumerate(zip(labels.CLASSES, chart.COLOURS, strict=True)):
        shares = [100 * row.shares[number].count / (row.shares[number].sample or 1) for row in rows]
        bars = axes.barh(places, shares, left=left, color=colour, label=name, height=0.72)
        counts = [str(row.counts[number]) if share > 3 else "" for row, share in zip(rows, shares, strict=True)]
        axes.bar_label(bars, counts, label_type="center", color="white", fontweight="bold")
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(places, [f"{chart.label(row)}\nn {row.sample}" for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the pictures, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=len(labels.CLASSES), loc="lower left", bbox_to_anchor=(0, 1), frameon=False)
