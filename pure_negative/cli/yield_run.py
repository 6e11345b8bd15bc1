"""`yield run`: plan the run, say what will happen, make what is missing, name the folder."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from pure_negative.cli import crew_options, engine_options
from pure_negative.cli import sheet as sheets
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.choices import Choices
from pure_negative.rules import seeds
from pure_negative.sheet import axis, batches
from pure_negative.sheet import run as runs
from pure_negative.sheet import store as folders
from pure_negative.sheet.definition import Sheet
from pure_negative.sheet.record import Record
from pure_negative.yields import runs as opened
from pure_negative.yields import seed_search
from pure_negative.yields.db import labels, store

KIND = "yield"


def main(arguments: argparse.Namespace, chosen: Choices) -> int:
    """Make a yield run from the choices and the command's own options.

    Raises:
        PureNegativeError: what is asked for is not possible, or pictures could not be made.
    """
    largest = None if arguments.batch is None else validate.whole(arguments.batch, "--batch", 1, batches.LARGEST)
    resumed = None if arguments.resume is None else Path(arguments.resume)
    known = _resumed(arguments, chosen, resumed) if resumed else None
    sheet = known.sheet if known else _sheet(arguments, chosen)
    out = resumed.parent if resumed else Path(arguments.out)
    begun, waiting, options, crewing = sheets.foreseen(arguments, sheet, known, out)
    sheets.announce(sheet, waiting, largest)
    if arguments.dry_run:
        sheets.say_time(waiting, out, workers=crewing.count)
        return 0
    if resumed and not waiting:
        print(resumed)
        return 0
    with crew_options.made(crewing, options, waiting, sheet, begun) as maker:
        model = begun if begun and crewing.foreign else maker.model
        folder = folders.reopen(resumed, model, sheet, known) if resumed else folders.create(out, sheet, model, KIND)
        sheets.say_time(waiting, out, model, crew_options.workers_of(maker))
        try:
            sheets.make_missing(folder, maker, largest)
        except (KeyboardInterrupt, runs.UnfinishedError):
            sheets.say_how_to_go_on(["yield", "run"], folder, [*engine_options.words(options), *crewing.words()])
            raise
    print(folder.path)
    return 0


_OTHERS = ("count", "seeds", "level", "marked", "y", "z")


def _refuse_others(arguments: argparse.Namespace, chosen: Choices, option: str) -> None:
    others = [name for name in _OTHERS if name != option and getattr(arguments, name) is not None]
    if others or chosen != Choices():
        raise PureNegativeError(f"--{option}: the run's settings are in its folder; leave the other options out.")


def _resumed(arguments: argparse.Namespace, chosen: Choices, path: Path) -> Record:
    _refuse_others(arguments, chosen, "resume")
    return folders.find(path)


def _sheet(arguments: argparse.Namespace, chosen: Choices) -> Sheet:
    if arguments.marked is not None:
        return _marked(arguments, chosen)
    if arguments.level is not None:
        if chosen.steps is not None:
            raise PureNegativeError("--level sets --steps itself; give one or the other.")
        level = seed_search.read_level(arguments.level, "--level")
        chosen = dataclasses.replace(chosen, steps=seed_search.LEVELS[level - 1])
    axes = {name: getattr(arguments, name) for name in ("y", "z")}
    y, z = (axis.NONE if text is None else axis.read(text, f"--{name}") for name, text in axes.items())
    if arguments.level is not None and any(each.kind and each.kind.field == "steps" for each in (y, z)):
        raise PureNegativeError("--level: the steps axis sets the steps too; give one or the other.")
    sheets.refuse_passed_over((y, z), arguments)
    chosen = engine_options.with_preset(arguments, chosen)
    return seed_search.plan(chosen, _seeds(arguments, chosen), y, z)


def _seeds(arguments: argparse.Namespace, chosen: Choices) -> tuple[int, ...]:
    if arguments.seeds is not None:
        if arguments.count is not None or chosen.seed is not None:
            raise PureNegativeError("--seeds lists all seeds of the run; leave --seed and --count out.")
        return seed_search.read_seeds(arguments.seeds, "--seeds")
    usual = (
        seed_search.FIRST
        if arguments.level is not None and seed_search.read_level(arguments.level) == 1
        else seed_search.SAMPLE
    )
    count = usual if arguments.count is None else validate.whole(arguments.count, "--count", 1, seed_search.MOST)
    return seeds.counted_up(seeds.fixed(chosen.seed), count)


def _marked(arguments: argparse.Namespace, chosen: Choices) -> Sheet:
    """The level after the one in the folder, by what was marked there."""
    steps = chosen.steps
    _refuse_others(arguments, dataclasses.replace(chosen, steps=None), "marked")
    path = Path(arguments.marked)
    with store.Judgements() as judgements:
        judge = labels.known_judge(arguments.judge, judgements.names(), "--judge")
        marked = judgements.marked(opened.open_run(judgements, path).run.id, judge)
    return seed_search.next_level(path, marked, steps)
