"""`index.html` beside the cells: the sheet to look at, with no server and nothing from the network.

Words, prompts and names are strangers' text: everything is escaped, and the page's own content security policy lets no
other script run than the one in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from html import escape
from pathlib import Path

from pure_negative.io import atomic_file, web_page
from pure_negative.sheet import store
from pure_negative.sheet.definition import Cell
from pure_negative.sheet.draw import caption
from pure_negative.sheet.draw.cache import Gallery, Seen
from pure_negative.sheet.draw.caption import Header

NAME = "index.html"
_ZOOM = (48, 1024)
"""Pixels of a cell's longer side, smallest and largest."""


def write(gallery: Gallery, drawn: list[Path]) -> Path:
    """Write the page into the sheet's folder, with links to the drawn pictures.

    Returns:
        The page's file.
    """
    text = "".join(_page(gallery, drawn)).encode()
    return atomic_file.write(gallery.folder.path / NAME, lambda file: file.write(text))


def _page(gallery: Gallery, drawn: list[Path]) -> Iterator[str]:
    own = Path(__file__)
    style, script = web_page.style(own.with_suffix(".css")), own.with_suffix(".js").read_text(encoding="utf-8")
    policy = web_page.policy(style, script, "img-src 'self' file:")
    title = escape(f"Pure negative prompt: {caption.title(gallery.folder.sheet)}")
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{style}</style>\n</head>\n'
    yield f"<body>\n{_header(gallery, title, drawn)}<main>\n"
    infotexts: list[str] = []
    for page in range(len(gallery.folder.sheet.z.values)):
        yield from _section(gallery, page, infotexts)
    texts = json.dumps(infotexts).replace("<", "\\u003c")
    yield f'</main>\n{_VIEWER}<script type="application/json" id="infotexts">{texts}</script>\n'
    yield f"<script>{script}</script>\n</body>\n</html>\n"


def _header(gallery: Gallery, title: str, drawn: list[Path]) -> str:
    sheet = gallery.folder.sheet
    seen = [found for cell in sheet.cells if (found := gallery.seen(cell))]
    legend = ["<span><i></i>recommended CFG scale</span>"] if sheet.varies_cfg else []
    if any(found.measure.pale for found in seen):
        legend.append(f"<span>{escape(caption.PALE)}</span>")
    if len(seen) < len(sheet.cells):
        legend.append(f"<span>{len(seen)} of {len(sheet.cells)} cells made</span>")
    links = "".join(f'<a class="button" href="{escape(path.name)}">{escape(path.name)}</a> ' for path in drawn[:12])
    views = "".join(_view(name, index) for index, name in enumerate(("pictures", "brightness", "detail")))
    return (
        f'<header>\n<h1>{title}</h1>\n<p class="facts">{escape(caption.shared(gallery.folder.record))}</p>\n'
        f'<div class="bar"><label>Zoom {_slider(seen)}</label><fieldset aria-label="View">{views}</fieldset>'
        f'<button id="theme" type="button">Light or dark</button><span>{links}</span>'
        f'<span class="legend">{" · ".join(legend)}</span></div>\n</header>\n'
    )


def _slider(seen: list[Seen]) -> str:
    """A slider over the logarithm of the cell size, so that each bit of way zooms alike."""
    largest = max((max(found.width, found.height) for found in seen), default=256)
    low, high, at = (round(100 * math.log2(pixels)) for pixels in (*_ZOOM, min(256, max(96, largest))))
    return f'<input id="zoom" type="range" min="{low}" max="{high}" value="{at}">'


def _view(name: str, index: int) -> str:
    checked = "" if index else " checked"
    return (
        f'<input type="radio" name="view" id="view-{name}" value="{name}"{checked}>'
        f'<label class="choice" for="view-{name}">{name.capitalize()}</label>'
    )


def _section(gallery: Gallery, page: int, infotexts: list[str]) -> Iterator[str]:
    """One page's table; the infotexts of its cells are appended to the list."""
    sheet = gallery.folder.sheet
    label = sheet.z.values[page].label
    yield f"<section>{f'<h2>{escape(label)}</h2>' if label else ''}<table>\n"
    heads = "".join(f'<th scope="col">{_header_text(header)}</th>' for header in caption.columns(sheet, page))
    yield f"<thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n"
    rows = caption.rows(sheet, page)
    cells = sheet.page(page)
    measured = _Scale([found for cell in cells if (found := gallery.seen(cell))])
    for row, header in enumerate(rows):
        yield f'<tr><th scope="row">{_header_text(header)}</th>'
        for cell in cells[row * len(sheet.x.values) : (row + 1) * len(sheet.x.values)]:
            yield _cell(gallery, cell, measured, infotexts)
        yield "</tr>\n"
    yield "</tbody></table></section>\n"


def _header_text(header: Header) -> str:
    note = f"<small>{escape(header.note)}</small>" if header.note else ""
    return f'<span title="{escape(header.label)}">{escape(header.label)}</span>{note}'


class _Scale:
    """The range of both measures on a page, for the colours of its maps."""

    def __init__(self, seen: list[Seen]) -> None:
        self.brightness = _span([found.measure.brightness for found in seen])
        self.detail = _span([found.measure.detail for found in seen])


def _span(values: list[float]) -> tuple[float, float]:
    return min(values, default=0.0), max(values, default=0.0)


def _share(value: float, span: tuple[float, float]) -> str:
    return f"{(value - span[0]) / (span[1] - span[0] or 1.0):.3f}"


def _cell(gallery: Gallery, cell: Cell, scale: _Scale, infotexts: list[str]) -> str:
    seen = gallery.seen(cell)
    if seen is None:
        return '<td class="cell missing">not made</td>'
    sheet, measure = gallery.folder.sheet, seen.measure
    recommended = sheet.varies_cfg and cell.recommended
    marks = {"recommended": recommended, "pale": measure.pale, "wide": seen.width >= seen.height}
    classes = " ".join(["cell", *(name for name, holds in marks.items() if holds)])
    classes += "" if marks["wide"] else " tall"
    remarks = [f"brightness {measure.brightness:.3f}", f"detail {measure.detail:.3f}"]
    remarks += ["the recommended CFG scale"] if recommended else []
    remarks += [caption.PALE] if measure.pale else []
    infotexts.append(seen.infotext)
    return (
        f'<td class="{classes}" data-index="{len(infotexts) - 1}" data-remarks="{escape(", ".join(remarks))}"'
        f' data-brightness="{_share(measure.brightness, scale.brightness)}"'
        f' data-detail="{_share(measure.detail, scale.detail)}">'
        f'<a href="{store.CELLS}/{cell.name}.png" data-brightness="{measure.brightness:.3f}"'
        f' data-detail="{measure.detail:.3f}"><img src="{store.CELLS}/{cell.name}.png" loading="lazy" decoding="async"'
        f' width="{seen.width}" height="{seen.height}" alt="{escape(sheet.label(cell))}"></a></td>'
    )


_VIEWER = """<dialog id="viewer" aria-labelledby="label"><div class="viewer">
<div class="stage" id="stage"><img id="picture" alt="" title="click: fit, or actual size"></div>
<div class="side">
<h3 id="label"></h3>
<p id="remarks"></p>
<div class="buttons"><button id="copy" type="button">Copy parameters</button>
<a class="button" id="file" href="#" target="_blank">Open picture</a>
<button id="close" type="button">Close</button></div>
<p id="copied" role="status"></p>
<pre id="parameters" tabindex="0"></pre>
<p>Keys: arrows go to the neighbours, c copies, Esc closes; + and - zoom the sheet.</p>
</div></div></dialog>
"""
