"""A yield run in the WebUI: pictures in batches as a sheet's cells are, then made known to the judging page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.store import Folder
from pure_negative.webui import names
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core import comments, refusal
from pure_negative.webui.sheet import results
from pure_negative.webui.sheet import run as sheet_run
from pure_negative.webui.yields import controls as yield_controls
from pure_negative.yields import runs
from pure_negative.yields.db.store import Judgements


def start(p: Any, args: tuple[Any, ...]) -> Any:
    """Make the run that the arguments ask for. It is kept whatever the WebUI saves: there is nothing else to judge.

    Raises:
        RefusedRunError: there can be no such run.
    """
    with refusal.in_words(p):
        wanted = yield_controls.read(args)
        return make(p, sheet_run.opened(p, wanted, Path(p.outpath_grids) / names.YIELD_FOLDER), wanted)


def make(p: Any, folder: Folder, wanted: yield_controls.Wanted) -> Any:
    """Render what is missing, make it known, and give the WebUI what its gallery shows."""
    comments.warn(p, [folder.sheet.base])
    gallery = Gallery(folder)
    trouble = sheet_run.render(p, gallery, WebuiRenderer(p, folder.sheet.cells), wanted.batch)
    result = results.processed(p, gallery, ())
    for note in filter(None, [trouble, _known(folder), _going_on(gallery), results.left_out(result)]):
        refusal.tell(p, names.YIELD, note)
    result.extra_generation_params["Yield folder"] = folder.path.name
    results.tell(p, result)
    return result


def _known(folder: Folder) -> str:
    """Where its pictures can be judged; the judging page knows them from now on."""
    if len(folder.missing()) == len(folder.sheet.cells):
        return ""
    with Judgements() as judgements:
        run = runs.open_run(judgements, folder.path).run
    page = f"{names.YIELD_PAGE}?run={run.id}"
    return f"{run.pictures} pictures in {folder.path}; to judge them, add {page} to this page's address."


def _going_on(gallery: Gallery) -> str:
    """What to type to have the rest."""
    cells = gallery.folder.sheet.cells
    missing = sum(gallery.seen(cell) is None for cell in cells)
    name = gallery.folder.path.name
    return (
        f"{missing} of {len(cells)} pictures are missing; to generate them, type {name} into 'Resume run'."
        if missing
        else ""
    )
