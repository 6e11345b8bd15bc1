"""The sheet in the WebUI's Script list: cells in batches, each on disk before the next, drawn at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules import scripts

from pure_negative import infotext
from pure_negative.choices import Choices
from pure_negative.sheet import batches, finish, layout, run, store, timing
from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.finish import Finished
from pure_negative.sheet.store import Folder
from pure_negative.webui import apply, refusal, sheet_controls, tick
from pure_negative.webui.renderer import WebuiRenderer

TITLE = "Pure negative sheet"
FOLDER = "pure-negative-sheets"
MOST_SHOWN = 400
"""Cells in the gallery; more freeze the page (users.md §1)."""


class PureNegativeSheet(scripts.Script):  # type: ignore[misc]
    """What the WebUI loads; it holds no state."""

    def title(self) -> str:
        """The name in the Script list, in the API and in infotexts."""
        return TITLE

    def show(self, is_img2img: bool) -> bool:
        """In txt2img alone."""
        return not is_img2img

    def ui(self, _: bool) -> list[Any]:
        """The controls; the panel behind the tick holds everything that no axis changes."""
        controls = sheet_controls.build()
        for control in controls:
            control.do_not_save_to_config = True
        self.infotext_fields = _pasted(controls)
        return controls

    def run(self, p: Any, *args: Any) -> Any:
        """Make the sheet; None for the gallery's upscale button, which means the WebUI's ordinary run."""
        if getattr(p, "txt2img_upscale", False):
            return None
        with refusal.in_words():
            wanted = sheet_controls.read(args)
            chosen = tick.ticked(_panel_args(p))
            sheet = wanted.sheet(chosen, tab_of(p, chosen))
            planned = layout.plan(sheet, wanted.large)
            with _place(p, wanted.resume) as place:
                return make(p, sheet, planned, wanted, place)


def _panel_args(p: Any) -> tuple[Any, ...]:
    return next((tuple(p.script_args[each.args_from : each.args_to]) for each in tick.loaded(p)), ())


def tab_of(p: Any, chosen: Choices) -> Any:
    """The tab's own controls, the seed fixed once for the whole sheet."""
    from modules import processing

    processing.fix_seed(p)
    seed = chosen.seed if chosen.seed not in (None, -1) else p.seed
    first = [text[0] if isinstance(text, list) else text or "" for text in (p.prompt, p.negative_prompt)]
    return dataclasses.replace(apply.tab_of(p, *first), seed=int(seed or 0))


@contextlib.contextmanager
def _place(p: Any, resume: str) -> Iterator[Path]:
    """Where this WebUI keeps sheets; a folder that vanishes where its settings or the request say not to save."""
    from modules import shared

    if resume or (shared.opts.grid_save and not p.do_not_save_grid):
        yield Path(p.outpath_grids) / FOLDER
        return
    with tempfile.TemporaryDirectory(prefix="pure-negative-") as folder:
        yield Path(folder)


def make(p: Any, sheet: Sheet, planned: layout.Layout, wanted: sheet_controls.Wanted, place: Path) -> Any:
    """Render what is missing, draw, and give the WebUI what its gallery shows."""
    renderer = WebuiRenderer(p, {cell.request: infotext.pack(cell.plan) for cell in sheet.cells})
    if wanted.resume:
        folder = store.reopen(place / wanted.resume, renderer.model)
        renderer.packed = {cell.request: infotext.pack(cell.plan) for cell in folder.sheet.cells}
    else:
        folder = store.create(place, sheet, renderer.model)
    if planned.note:
        p.comment(f"{TITLE}: {planned.note}")
    trouble = render(p, folder, renderer, wanted.batch)
    done = finish.finish(folder, planned)
    if trouble:
        p.comment(f"{TITLE}: {trouble}")
    return shown(p, folder, done, wanted.cells)


def render(p: Any, folder: Folder, renderer: WebuiRenderer, largest: int | None) -> str:
    """Make the missing cells; what could not be made, in words."""
    from modules import shared

    state = shared.state
    groups = batches.groups(folder.missing(), renderer.key)
    state.job_count = sum(batches.count(group, largest) for group in groups) or 1
    work = sum(cell.plan.steps for group in groups for cell in group[:: batches.largest(group[0].request, largest)])
    shared.total_tqdm.updateTotal(work * (2 if getattr(p, "enable_hr", False) else 1))

    def stop() -> bool:
        return bool(state.interrupted or state.stopping_generation)

    try:
        reports = run.run(folder, renderer, largest, key=renderer.key, describe=_text_of(renderer), stop=stop)
        for report in reports:
            tell(p, state, report)
    except run.UnfinishedError as error:
        return str(error)
    missing = len(folder.missing())
    return f"{missing} cells are not made; go on with {folder.path.name}" if missing else ""


def tell(p: Any, state: Any, report: run.Report) -> None:
    """One line for the progress bar; notes such as a halved batch stay under the gallery."""
    left = f", {timing.spoken(report.seconds_left)} left" if report.seconds_left else ""
    state.textinfo = f"{report.done} of {report.total} cells{left}"
    if report.note:
        p.comment(f"{TITLE}: {report.note}")


def _text_of(renderer: WebuiRenderer) -> run.Describe:
    return lambda cell, _: renderer.infotexts[cell.request]


def shown(p: Any, folder: Folder, done: Finished, cells: bool) -> Any:
    """The drawn sheet first, its maps, then the cells; every picture with its own text."""
    from modules.processing import Processed
    from PIL import Image

    whole = _sheet_text(folder)
    pictures = [Image.open(path).convert("RGB") for path in (*done.pictures, *done.maps)]
    texts = [whole] * len(pictures)
    first = len(pictures)
    for cell in folder.sheet.cells[:MOST_SHOWN] if cells else ():
        picture = done.gallery.picture(cell)
        if picture is not None:
            pictures.append(picture)
            texts.append(done.gallery.seen(cell).infotext)  # type: ignore[union-attr]
    for picture, text in zip(pictures, texts, strict=True):
        picture.info["parameters"] = text
    plans = [cell.plan for cell in _in_gallery(folder, done, cells)]
    p.comment(f"{TITLE}: kept in {folder.path}; open {done.page.name} there to look closer.")
    return Processed(
        p,
        pictures,
        p.seed if isinstance(p.seed, int) else -1,
        whole,
        index_of_first_image=first,
        infotexts=texts,
        all_prompts=[folder.sheet.base.prompt] * first + [plan.prompt for plan in plans],
        all_negative_prompts=[folder.sheet.base.negative_prompt] * first + [plan.negative_prompt for plan in plans],
        all_seeds=[folder.sheet.base.seed] * first + [plan.seed for plan in plans],
    )


def _in_gallery(folder: Folder, done: Finished, cells: bool) -> list[Cell]:
    found = folder.sheet.cells[:MOST_SHOWN] if cells else ()
    return [cell for cell in found if done.gallery.seen(cell) is not None]


def _sheet_text(folder: Folder) -> str:
    from pure_negative.sheet import record

    return record.infotext(folder.record)


def _pasted(controls: list[Any]) -> list[tuple[Any, Any]]:
    """Paste a sheet's text and its axes come back; any other text leaves the controls as they are."""
    pairs = []
    for place, name in enumerate(sheet_controls.AXES):
        kind, text = controls[1 + 2 * place], controls[2 + 2 * place]
        key = f"Sheet {name.upper()} axis"
        pairs.append((kind, lambda params, key=key: _part(params, key, 0)))
        pairs.append((text, lambda params, key=key: _part(params, key, 1)))
    return pairs


def _part(params: dict[str, Any], key: str, part: int) -> str | None:
    if params.get("Script") != TITLE:
        return None
    kind, _, text = str(params.get(key, "")).partition(":")
    return (kind, text)[part].strip()
