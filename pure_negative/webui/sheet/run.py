"""A sheet's run in the WebUI: cells in batches, each on disk before the next, drawn at the end."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.planning.request import Model
from pure_negative.rules import seeds
from pure_negative.sheet import batches, run, store, temporary, timing
from pure_negative.sheet.crew import Crew, Describe, Solo
from pure_negative.sheet.definition import Cell, Host, Sheet
from pure_negative.sheet.draw import finish, layout
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.store import Folder
from pure_negative.sheet.team import unlike
from pure_negative.webui import names
from pure_negative.webui.batch import drawn_prompts
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core import apply, checkpoints, comments, refusal, samplers, script_args, vae
from pure_negative.webui.hosts import detect
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.webui.sheet import growing, hires, loaded, results, saved_settings
from pure_negative.webui.xyz.plot_axes import PlotAxes

ENSD = "eta_noise_seed_delta"


def start(p: Any, args: tuple[Any, ...]) -> Any:
    """Make the sheet that the arguments ask for.

    Raises:
        RefusedRunError: there can be no such sheet.
    """
    with refusal.in_words(p):
        wanted, host = sheet_controls.read(args), PlotAxes(p)
        if wanted.resume or saving(p):
            return make(p, opened(p, wanted, Path(p.outpath_grids) / names.SHEET_FOLDER, host), wanted, host)
        with tempfile.TemporaryDirectory(prefix="pure-negative-") as place:
            return make(p, _passing(p, wanted, Path(place), host), wanted, host)


def tab_of(p: Any, chosen: Choices) -> Any:
    """The tab's own controls, the seed one for the whole sheet.

    Raises:
        PureNegativeError: the WebUI would stop at that seed.
    """
    seed = seeds.fixed(seeds.read(p.seed or 0, "seed") if chosen.seed is None else chosen.seed)
    first = [text[0] if isinstance(text, list) else text or "" for text in (p.prompt, p.negative_prompt)]
    return dataclasses.replace(apply.tab_of(p, *first), seed=seed)


def saving(p: Any) -> bool:
    """Whether this WebUI's settings, and the request, say to keep grids."""
    from modules import shared

    return bool(shared.opts.grid_save and not p.do_not_save_grid)


class Asked(Protocol):
    """What is asked for: a new sheet, or one to go on with; `kind` is the first half of its folder's name."""

    @property
    def kind(self) -> str: ...

    @property
    def resume(self) -> str: ...

    def sheet(self, chosen: Choices, tab: Tab, host: Host | None = None, /) -> Sheet:
        """The new sheet."""


def opened(p: Any, wanted: Asked, place: Path, host: PlotAxes | None = None) -> Folder:
    """The folder of the sheet that is asked for: a new one, or the one to go on with, as it was begun."""
    _get_ready(p)
    if wanted.resume:
        known = store.find(place / wanted.resume, host)
        folder = store.reopen(place / wanted.resume, _model(p, known.sheet), known=known)
        saved_settings.check(folder.path, p)
        if host:
            host.look_again()
        return folder
    sheet = _sheet(p, wanted, host)
    folder = store.create(place, sheet, _model(p, sheet), wanted.kind)
    with store.told(folder.path):
        saved_settings.write(folder.path, p)
    return folder


def _passing(p: Any, wanted: Asked, place: Path, host: PlotAxes) -> Folder:
    """The new sheet that is asked for, where this WebUI is to keep nothing."""
    _get_ready(p)
    sheet = _sheet(p, wanted, host)
    with store.told(place):
        return temporary.begin(place, sheet, _model(p, sheet))


def _get_ready(p: Any) -> None:
    """Have the checkpoint loaded and random seeds drawn.

    Raises:
        PureNegativeError: another extension is set to make more than one picture of a cell.
    """
    from modules import processing

    drawn_prompts.check(p)
    detect.current().ready()
    processing.fix_seed(p)


def _model(p: Any, sheet: Sheet) -> Model:
    """The checkpoint of the whole sheet; of one over several, all of them, in their order."""
    named = [value.text for each in sheet.axes if each.name == "checkpoint" for value in each.values]
    if not named:
        return WebuiRenderer(p, ()).model
    models = [checkpoints.model(name) for name in named]
    return Model(", ".join(each.name for each in models), ", ".join(each.hash for each in models))


def _sheet(p: Any, wanted: Asked, host: PlotAxes | None) -> Sheet:
    chosen = script_args.ticked(script_args.arguments(p))
    tab = tab_of(p, chosen)
    sheet = wanted.sheet(chosen, tab, host)
    checkpoints.check(sheet.axes)
    if host:
        host.check(sheet.axes, tab)
    for request in {(cell.plan.sampler, cell.plan.scheduler): cell.request for cell in sheet.cells}.values():
        samplers.check(request)
    _check_seeds(p, sheet)
    return sheet


def _check_seeds(p: Any, sheet: Sheet) -> None:
    """See that the WebUI can draw its later noise too, which it does at each seed plus a number of its settings.

    Raises:
        PureNegativeError: it would stop at one of them.
    """
    from modules import shared

    usual = getattr(shared.opts, ENSD, 0)
    delta = int(p.override_settings.get(ENSD, usual) or 0)
    for seed in (cell.plan.seed for cell in sheet.cells):
        if not seeds.LOWEST <= seed + delta <= seeds.HIGHEST:
            raise PureNegativeError(
                f"seed: the WebUI's setting {ENSD} adds {delta} to {seed}, which is out of range; "
                f"use a {'lower' if delta > 0 else 'higher'} seed, or set that to 0."
            )


def make(p: Any, folder: Folder, wanted: sheet_controls.Wanted, host: PlotAxes) -> Any:
    """Render what is missing, draw, and give the WebUI what its gallery shows."""
    planned = layout.plan(folder.sheet, wanted.large, size_of=hires.size_of(p))
    comments.warn(p, [folder.sheet.base])
    renderer = WebuiRenderer(p, folder.sheet.cells, host)
    for told in filter(None, (planned.note, _one_each(p), _drawn(renderer))):
        refusal.tell(p, names.SHEET, told)
    gallery = Gallery(folder, texts=results.keeps_texts())
    with loaded.kept(folder.sheet):
        trouble = render(p, gallery, renderer, wanted.batch, wanted.also)
    done = finish.finish(folder, planned, gallery=gallery)
    result = results.processed(p, gallery, (*done.pictures, *done.maps), wanted.cells)
    for note in filter(None, [trouble, *_going_on(folder, done), results.left_out(result)]):
        refusal.tell(p, names.SHEET, note)
    if saving(p):
        results.save(p, gallery, done.pictures, result.images[: len(done.pictures)])
    if folder.lasting:
        result.extra_generation_params["Sheet folder"] = folder.path.name
    results.tell(p, result)
    return result


def _one_each(p: Any) -> str:
    """What becomes of the tab's batch count and batch size."""
    if p.n_iter * p.batch_size <= 1:
        return ""
    return "Batch count and size are ignored; add a seed axis for more pictures per cell."


def _drawn(renderer: WebuiRenderer) -> str:
    """How many cells another extension draws the prompts of."""
    count = sum(map(renderer.is_drawn, renderer.plans))
    return f"Dynamic Prompts draws the prompts of {count} pictures, so they are made one at a time." if count else ""


def _going_on(folder: Folder, done: finish.Finished) -> Iterator[str]:
    """Where the sheet is, and what to type to have the rest of it."""
    if done.page:
        yield f"saved in {folder.path}; open {done.page.name} there for a closer look."
    missing, all_ = sum(done.gallery.seen(cell) is None for cell in folder.sheet.cells), len(folder.sheet.cells)
    if missing and done.page:
        yield f"{missing} of {all_} cells are missing; to generate them, type {folder.path.name} into 'Resume sheet'."
    elif missing:
        yield f"{missing} of {all_} cells are missing."


def render(p: Any, gallery: Gallery, renderer: WebuiRenderer, largest: int | None, also: bool = False) -> str:
    """Make the missing cells for the gallery, `also` with other WebUIs; what could not be made, in words.

    Raises:
        PureNegativeError: not a single cell could be made.
    """
    from modules import shared

    state, folder = shared.state, gallery.folder
    groups = batches.groups(folder.missing(), renderer.key)
    state.job_count = sum(batches.count(group, largest) for group in groups) or 1
    work = sum(cell.plan.steps for group in groups for cell in group[:: batches.largest(group[0].request, largest)])
    shared.total_tqdm.updateTotal(work * (2 if p.enable_hr else 1))

    def stop() -> bool:
        return bool(state.interrupted or state.stopping_generation)

    try:
        grown = growing.Growing(folder.sheet, state) if growing.wanted() else None

        def kept(cell: Cell, image: Any, text: str) -> None:
            gallery.take(cell, image, text)
            if grown:
                grown.take(cell, image)

        with vae.used(p, (cell.plan for cell in folder.sheet.cells)), _crew(p, renderer, also) as crew:
            for report in run.run_crew(folder, crew, largest, stop=stop, kept=kept):
                tell(p, state, report)
                if grown:
                    grown.show()
    except run.UnfinishedError as error:
        if len(folder.missing()) == len(folder.sheet.cells):
            raise PureNegativeError(error.what) from None
        return error.what
    return ""


@contextlib.contextmanager
def _crew(p: Any, renderer: WebuiRenderer, also: bool) -> Iterator[Crew]:
    """This WebUI alone, or with others, whose differences are said."""
    from modules import shared

    if not also:
        yield Solo(renderer, renderer.key, _text_of(renderer))
        return
    from pure_negative.webui.sheet import others

    with others.team(p, renderer, lambda: bool(shared.state.interrupted)) as team:
        if told := unlike(team.hands):
            refusal.tell(p, names.SHEET, told)
        yield team


def tell(p: Any, state: Any, report: run.Report) -> None:
    """One line for the progress bar; notes such as a halved batch stay under the gallery."""
    left = (timing.spoken(report.seconds_left),) if report.seconds_left else ()
    told = "{} of {} cells, {} left" if left else "{} of {} cells"
    state.textinfo = refusal.spoken_to(p, told, report.done, report.total, *left)
    if report.note and not state.interrupted:
        refusal.tell(p, names.SHEET, report.note)


def _text_of(renderer: WebuiRenderer) -> Describe:
    """What the WebUI wrote; of cells with equal requests (two presets, say) each names its own choices."""

    def text(cell: Cell, _: object) -> str:
        made, written = renderer.plans[cell.request], renderer.infotexts[cell.request]
        return written if made is cell.plan else written.replace(infotext.pack(made), infotext.pack(cell.plan))

    return text
