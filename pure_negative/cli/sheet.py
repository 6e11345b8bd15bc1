"""The `sheet` command: plan, say what will happen, make what is missing, draw."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative import output
from pure_negative.cli import crew_options, engine_options, show
from pure_negative.cli.crew_options import Crewing
from pure_negative.diffusion import loading, several
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.io import shell, validate
from pure_negative.language.current import say
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Model, Renderer
from pure_negative.preset import library
from pure_negative.sheet import axis, batches, definition, saved, scans, store, timing
from pure_negative.sheet.axis import Axis
from pure_negative.sheet.definition import Cell, Sheet
from pure_negative.sheet.draw import layout
from pure_negative.sheet.draw.layout import Layout
from pure_negative.sheet.record import Record
from pure_negative.sheet.store import Folder

if TYPE_CHECKING:
    from pure_negative.sheet.draw.cache import Gallery
    from pure_negative.sheet.run import Kept
    from pure_negative.sheet.team import Team

_AXES = ("x", "y", "z")
_EITHER = (("size", "ratio"), ("cfg", "cfg_factor"))
"""Options of which one takes the other's place."""
_STRENGTH = ("w", "brackets", "step")
"""The options that say W."""


def main(chosen: Choices, arguments: argparse.Namespace) -> int:
    """Make a sheet from the choices and the command's own options.

    Raises:
        PureNegativeError: what is asked for is not possible, or cells could not be made.
    """
    largest = None if arguments.batch is None else validate.whole(arguments.batch, "--batch", 1, batches.LARGEST)
    resumed = None if arguments.resume is None else Path(arguments.resume)
    known = store.find(resumed, Alone(arguments.checkpoint)) if resumed else None
    sheet = _sheet(chosen, arguments, known)
    if arguments.save is not None:
        print(saved.save(arguments.save, saved.write(_grid(sheet, chosen))))
        return 0
    planned = layout.plan(sheet, validate.choice(arguments.large or layout.WAYS[0], "--large", layout.WAYS))
    out = resumed.parent if resumed else Path(arguments.out)
    begun, waiting, options, crewing = foreseen(arguments, sheet, known, out)
    announce(sheet, waiting, largest)
    if planned.note:
        print(f"hint: {say(planned.note)}", file=sys.stderr)
    if arguments.dry_run:
        say_time(waiting, out, workers=crewing.count)
        return 0
    if resumed and begun and not waiting:
        with store.reopen(resumed, begun, sheet, known).held() as mine:
            _draw(mine, planned)
        return 0
    with crew_options.made(crewing, options, waiting, sheet, begun) as maker:
        model = begun if begun and crewing.foreign else maker.model
        folder = store.reopen(resumed, model, sheet, known) if resumed else store.create(out, sheet, model)
        say_time(waiting, out, model, crew_options.workers_of(maker))
        with folder.held() as mine:
            return _make(mine, maker, largest, planned, [*engine_options.words(options), *crewing.words()])


def foreseen(
    arguments: argparse.Namespace, sheet: Sheet, known: Record | None, out: Path
) -> tuple[Model | None, Sequence[Cell], EngineOptions, Crewing]:
    """The model a folder was begun with, the cells that are missing, and what makes them, which is not loaded yet.

    Args:
        arguments: the command's.
        sheet: what is to be made.
        known: the record in the folder of a sheet that goes on.
        out: the folder that sheets are in.

    Raises:
        PureNegativeError: the engine would refuse the files or a cell, or there is no place for its results.
    """
    begun = known.model if known else None
    waiting = store.reopen(Path(arguments.resume), known.model, sheet, known).missing() if known else sheet.cells
    options = engine_options.read(arguments, sheet.base, begun)
    crewing = crew_options.read(arguments, options)
    crew_options.refuse_own(crewing, sheet)
    if not crewing.foreign:
        several.foresee(options, (cell.request for cell in waiting))
    if waiting and not arguments.dry_run:
        prepare(None if crewing.foreign else options, out)
    return begun, waiting, options, crewing


def prepare(options: EngineOptions | None, out: Path) -> None:
    """Have the folder for sheets and a place for the toy, before anything is told or loaded.

    `options` is None where this program's own engine is not needed.

    Raises:
        PureNegativeError: one of them can't be made.
    """
    with store.told(out):
        out.mkdir(parents=True, exist_ok=True)
    if options:
        loading.prepare(options)


def _sheet(chosen: Choices, arguments: argparse.Namespace, begun: Record | None) -> Sheet:
    """The sheet the command line describes, or the one in the folder where it only names that."""
    texts = {name: getattr(arguments, name) for name in _AXES if getattr(arguments, name) is not None}
    if (given := getattr(arguments, "from")) is not None:
        return _taken(saved.from_file(given), texts, chosen, arguments)
    if arguments.scan is not None:
        texts, chosen = _scanned(texts, chosen, arguments.scan)
    x, y, z = (axis.read(texts[name], f"--{name}") if name in texts else axis.NONE for name in _AXES)
    refuse_passed_over((x, y, z), arguments)
    known = begun.sheet if begun else None
    if not texts and known:
        if chosen != Choices():
            raise PureNegativeError("--resume: the sheet's settings are in its folder; leave the other options out.")
        return known
    if known and chosen.seed is None:
        chosen = dataclasses.replace(chosen, seed=known.choices.seed)
    chosen = engine_options.with_preset(arguments, chosen, (x, y, z))
    return definition.make(chosen, x, y, z, host=Alone(arguments.checkpoint))


class Alone(definition.Host):
    """The engine as the host of a sheet: which checkpoint it draws with where no axis says so."""

    def __init__(self, checkpoint: str | None) -> None:
        self.checkpoint = checkpoint

    def fitting(self, checkpoint: str) -> str:
        """As `definition.Host`; by the file's name."""
        return definition.fitting(Path(checkpoint or self.checkpoint or "").name)


def refuse_passed_over(axes: Sequence[Axis], arguments: argparse.Namespace) -> None:
    """Refuse an option whose place an axis takes in every cell; it would say nothing.

    A host's panel has a value for everything, so that there the axis holds without a word.
    """
    for each in axes:
        for key in (each.kind.field, *each.kind.clears) if each.kind else ():
            for name in _STRENGTH if key == "strength" else (key,):
                if getattr(arguments, name, None) is not None:
                    raise PureNegativeError(
                        f"{show.option(name)}: the axis {each.name} sets it too; give only one of them."
                    )


def _taken(grid: saved.Grid, texts: dict[str, str], chosen: Choices, arguments: argparse.Namespace) -> Sheet:
    """The saved grid, with what the command line says in its place."""
    if arguments.resume is not None or arguments.scan is not None:
        raise PureNegativeError("--from: the axes are in its file; leave --resume and --scan out.")
    given = {name: value for name, value in vars(chosen).items() if value is not None}
    for one, other in _EITHER:
        given |= {other: None} if one in given else {one: None} if other in given else {}
    axes = [texts.get(name, text) for name, text in zip(_AXES, grid.axes, strict=True)]
    read = [axis.read(text, "--from") if text else axis.NONE for text in axes]
    merged = engine_options.with_preset(arguments, dataclasses.replace(grid.choices, **given), read)
    taken = saved.Grid((axes[0], axes[1], axes[2]), merged, grid.tab)
    sheet = taken.sheet(Alone(arguments.checkpoint), "--from")
    refuse_passed_over(sheet.axes, arguments)
    return sheet


def _grid(sheet: Sheet, chosen: Choices) -> saved.Grid:
    """What is kept of a sheet; a seed only where the command line says one, and not that it was of the toy."""
    kept = sheet.choices.preset if sheet.choices.preset != library.FOR_TOY else chosen.preset
    x, y, z = (each.text for each in sheet.axes)
    return saved.Grid((x, y, z), dataclasses.replace(sheet.choices, seed=chosen.seed, preset=kept))


def _scanned(texts: dict[str, str], chosen: Choices, name: str) -> tuple[dict[str, str], Choices]:
    if "x" in texts or "y" in texts:
        raise PureNegativeError("--scan sets --x and --y itself; give one or the other.")
    scan = scans.SCANS[validate.choice(name, "--scan", scans.SCANS)]
    return {"x": scan.x, "y": scan.y, **texts}, scan.chosen(chosen)


def announce(sheet: Sheet, waiting: Sequence[Cell], largest: int | None) -> None:
    """Say what will be made, before anything is."""
    count = sum(batches.count(group, largest) for group in batches.groups(waiting, batches.shape_of))
    for name, each in zip(("columns", "rows", "pages"), sheet.axes, strict=True):
        if each.kind:
            print(f"{name:>15}: {', '.join(value.label for value in each.values)}")
    there = f", {len(sheet.cells) - len(waiting)} already generated" if len(waiting) < len(sheet.cells) else ""
    print(f"{'cells':>15}: {len(sheet.cells)}{there}")
    print(f"{'batches':>15}: {count}, or more if the negative prompts differ in length")
    print(f"{'work':>15}: {sum(cell.plan.steps for cell in waiting)} sampling steps in all", flush=True)
    warnings = Counter(text for cell in sheet.cells for text in cell.plan.warnings)
    for text, times in warnings.items():
        print(f"warning: {say(text)} ({times} of {len(sheet.cells)} cells)", file=sys.stderr)


def say_time(cells: Sequence[Cell], out: Path, model: Model | None = None, workers: int | None = 1) -> None:
    """Say how long these cells take with so many workers, as far as an earlier sheet tells."""
    seconds = timing.estimate(out, [cell.request for cell in cells], model, workers) if workers else None
    place = validate.one_line(str(out))
    told = f"about {timing.spoken(seconds)}, judging by an earlier sheet in {place}" if seconds is not None else ""
    print(
        f"{'time':>15}: {told or f'known after the first batch (no earlier sheet in {place} to estimate from)'}",
        flush=True,
    )


def _make(folder: Folder, maker: Renderer | Team, largest: int | None, planned: Layout, options: Sequence[str]) -> int:
    from pure_negative.sheet import run
    from pure_negative.sheet.draw.cache import Gallery

    failure, gallery = None, Gallery(folder)
    try:
        make_missing(folder, maker, largest, gallery.take)
    except KeyboardInterrupt:
        say_how_to_go_on(["sheet"], folder, options)
        raise
    except run.UnfinishedError as error:
        failure = error
    _draw(folder, planned, gallery)
    if failure:
        say_how_to_go_on(["sheet"], folder, options)
        raise failure
    return 0


def _draw(folder: Folder, planned: Layout, gallery: Gallery | None = None) -> None:
    """Draw what there is of a sheet, and name every file."""
    from pure_negative.sheet.draw import finish

    done = finish.finish(folder, planned, gallery=gallery)
    for path in filter(None, (folder.path / store.CELLS, *done.pictures, *done.maps, done.page)):
        print(path, flush=True)


def make_missing(folder: Folder, maker: Renderer | Team, largest: int | None, kept: Kept | None = None) -> None:
    """Make what is missing of a sheet, with bars on stderr; as `run.run`."""
    from pure_negative.sheet import run

    with output.bars(len(folder.sheet.cells)) as (pictures, steps):
        for report in run.run_crew(folder, crew_options.crew_of(maker, steps), largest, kept=kept):
            pictures.update(report.done - pictures.n)
            if report.seconds_left is not None:
                pictures.set_postfix_str(f"{timing.spoken(report.seconds_left)} left")
            if report.note:
                pictures.write(say(f"warning: {report.note}."), file=sys.stderr)


def say_how_to_go_on(command: Sequence[str], folder: Folder, options: Sequence[str]) -> None:
    """Say after a stop which command line makes the rest; `options` are its words for the engine and the workers."""
    words = [*command, "--resume", str(folder.path), *options]
    print(f"finished pictures are kept; to continue: {shell.line(words)}", file=sys.stderr)
