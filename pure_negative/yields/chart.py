"""The chart of shares: a bar for each row of the table, stacked by class, as plain SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from pure_negative.yields.db import labels
from pure_negative.yields.table import Row, Table

COLOURS = ("#8a94a3", "#3579c0", "#dd8a2b", "#2f9466")
"""One for each class; they differ in brightness too, for eyes that see few colours."""
WIDTH, BAR, GAP, LEFT, TOP = 720, 30, 12, 190, 56
_AREA = WIDTH - LEFT - 70


def ordered(table: Table) -> list[Row]:
    """The rows as a chart has them: by their numbers, W first."""
    return sorted(table.rows, key=lambda row: (row.setting.w, row.setting.width, row.setting.height, row.setting.cfg))


def label(row: Row) -> str:
    """What stands beside a bar."""
    return ", ".join(f"W {cell}" if name == "w" else cell for name, cell in row.cells.items())


def svg(table: Table) -> str:
    """The chart; text and lines take the colour of what is around them, and need none of it for light and dark."""
    rows = ordered(table)
    height = TOP + max(1, len(rows)) * (BAR + GAP) + 34
    body = "".join([*_legend(), *_scale(height), *_bars(rows)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" font-family="system-ui, sans-serif" font-size="13" color="#6b7480" fill="currentColor">'
        f"<title>Shares of what was judged</title>{body}</svg>\n"
    )


def _legend() -> Iterator[str]:
    for place, (name, colour) in enumerate(zip(labels.CLASSES, COLOURS, strict=True)):
        x = 16 + place * 170
        yield f'<rect x="{x}" y="14" width="14" height="14" rx="2" fill="{colour}"/>'
        yield f'<text x="{x + 20}" y="26">{name}</text>'


def _scale(height: int) -> Iterator[str]:
    for percent in range(0, 101, 25):
        x = LEFT + _AREA * percent / 100
        yield f'<path d="M{x:g} {TOP - 8}V{height - 30}" stroke="currentColor" stroke-opacity=".25"/>'
        yield f'<text x="{x:g}" y="{height - 12}" text-anchor="middle">{percent} %</text>'


def _bars(rows: Sequence[Row]) -> Iterator[str]:
    for place, row in enumerate(rows):
        y = TOP + place * (BAR + GAP)
        middle = y + BAR / 2 + 4.5
        yield f'<text x="{LEFT - 10}" y="{middle:g}" text-anchor="end">{escape(_cut(label(row)))}</text>'
        yield from _stack(row, y, middle)
        apart = f", {row.disputed} disagreed" if row.disputed else ""
        told = f"<title>{row.sample} pictures{apart}</title>"
        yield f'<text x="{LEFT + _AREA + 8}" y="{middle:g}">n {row.sample}{told}</text>'


def _stack(row: Row, y: int, middle: float) -> Iterator[str]:
    x = float(LEFT)
    for name, colour, share in zip(labels.CLASSES, COLOURS, row.shares, strict=True):
        if not share.count:
            continue
        width = _AREA * share.count / share.sample
        low, high = share.interval
        told = f"{name}: {share.count} of {share.sample}, 95 % interval {100 * low:.0f} to {100 * high:.0f} %"
        place = f'x="{x:.2f}" y="{y}" width="{width:.2f}" height="{BAR}"'
        yield f'<rect {place} fill="{colour}"><title>{told}</title></rect>'
        if width > 24:
            yield (
                f'<text x="{x + width / 2:.2f}" y="{middle:g}" text-anchor="middle" fill="#fff" font-weight="600" '
                f'pointer-events="none">{share.count}</text>'
            )
        x += width


def _cut(text: str) -> str:
    return text if len(text) < 27 else f"{text[:25]}…"
