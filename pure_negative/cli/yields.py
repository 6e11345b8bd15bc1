"""The `yield` command: make a run, judge it, count it, and carry what was marked to the next level."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pure_negative.cli import engine_options
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, validate
from pure_negative.planning import choices

if TYPE_CHECKING:
    from pure_negative.yields.db.records import Run
    from pure_negative.yields.db.store import Judgements
    from pure_negative.yields.table import Table, Value

Chosen = Callable[[], choices.Choices]
_FORMATS = "text|md|csv|svg"
_ENDINGS = {".txt": "text", ".md": "md", ".csv": "csv", ".svg": "svg", ".png": "png", ".pdf": "pdf"}
"""What a file's name ends in → the format it is for."""
_FEW = 12
"""Seeds that a sentence names."""
NOBODY = "command line"
_ACTIONS: tuple[tuple[str, str], ...] = (
    ("run", "pictures of one plan over many seeds"),
    ("judge", "the page to judge pictures by eye"),
    ("table", "what was judged, counted"),
    ("mark", "mark the pictures of these seeds as good ones"),
    ("seeds", "the marked seeds, for a seed axis, a run or the WebUI's seed box"),
)
_RUN_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("count", "N", "pictures, with consecutive seeds from --seed on (default: 20, at level 1 256)"),
    ("seeds", "LIST", "these seeds: 3, 5, 100-119"),
    ("level", "1-4", "a level of the search for seeds: 48, 256, 512 or 1024 steps"),
    ("marked", "DIR", "the seeds marked in this run, at the next level"),
    ("judge", "NAME", "with --marked: those this judge marked (default: any)"),
    ("y", "AXIS", "the same seeds over an axis too, like 'W: 6[, 2[, 0.9'"),
    ("z", "AXIS", "and over another, like 'size: 512x512, 576x768'"),
    ("batch", "N", "pictures made together at the most (default: by their size)"),
    ("resume", "DIR", "go on with the run in this folder"),
)
VALUED = ("--by", "--format", "--judge", "--only", "--seeds", "--level", "--marked")
"""Options with a value, beside those of other commands."""


def add(parser: argparse.ArgumentParser, add_choices: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    found = {name: actions.add_parser(name, help=text, allow_abbrev=False) for name, text in _ACTIONS}
    add_choices(found["run"])
    for name, metavar, text in _RUN_OPTIONS:
        found["run"].add_argument(f"--{name}", metavar=metavar, help=text)
    engine_options.add(found["run"])
    found["run"].add_argument("--out", metavar="DIR", default="outputs", help="folder for the run's own folder")
    found["run"].add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")
    _add_judging(found["judge"])
    _add_table(found["table"])
    _add_marking(found["mark"], found["seeds"])


def _add_judging(judge: argparse.ArgumentParser) -> None:
    judge.add_argument("folder", nargs="*", metavar="FOLDER", help="runs, sheets or any PNGs with their parameters")
    judge.add_argument("--judge", metavar="NAME", help="your name (default: as the page had it last)")
    judge.add_argument("--out", metavar="DIR", default="outputs", help="what is new in this folder is found too")
    judge.add_argument("--port", metavar="N", default="0", help="port on 127.0.0.1 (default: any free one)")
    judge.add_argument("--no-browser", action="store_true", help="print the page's address and open nothing")


def _add_marking(mark: argparse.ArgumentParser, seeds: argparse.ArgumentParser) -> None:
    mark.add_argument("folder", metavar="FOLDER")
    mark.add_argument("seeds", metavar="SEEDS", help="like 3,5,100-119")
    mark.add_argument("--judge", metavar="NAME", default=NOBODY, help=f"in whose name (default: {NOBODY})")
    mark.add_argument("--undo", action="store_true", help="take the marks away")
    seeds.add_argument("folder", metavar="FOLDER")
    seeds.add_argument("--judge", metavar="NAME", help="those this judge marked (default: any)")


def _add_table(table: argparse.ArgumentParser) -> None:
    table.add_argument("folder", nargs="?", metavar="FOLDER", help="of this run alone (default: all that was judged)")
    table.add_argument("--by", metavar="LIST", default="size", help="preset, checkpoint, w, size, cfg, steps")
    table.add_argument(
        "--format", metavar=_FORMATS, help="md is the research's own form (default: by --out, else text)"
    )
    table.add_argument("--judge", metavar="NAME", help="what this judge said (default: what all judges agree on)")
    table.add_argument(
        "--only", metavar="WHAT=VALUE", action="append", default=[], help="like w=0.9; of several for one column any"
    )
    table.add_argument(
        "--out",
        metavar="FILE",
        help="write it there, as the name ends: .txt, .md, .csv, or the chart: .svg, .png, .pdf",
    )


def run(arguments: argparse.Namespace, chosen: Chosen) -> int:
    """Run one action.

    Raises:
        PureNegativeError: what is asked for is not possible.
    """
    return _RUN[arguments.action](arguments, chosen)


def _run(arguments: argparse.Namespace, chosen: Chosen) -> int:
    from pure_negative.cli import yield_run

    return yield_run.main(arguments, chosen())


def _mark(arguments: argparse.Namespace, _: Chosen) -> int:
    from pure_negative.yields import seed_search
    from pure_negative.yields.db import store

    wanted = seed_search.read_seeds(arguments.seeds)
    with store.Judgements() as judgements:
        here = _opened(judgements, arguments.folder).id
        entries = judgements.entries(here)
        _refuse_missing(wanted, {entry.seed for entry in entries})
        for entry in entries:
            if entry.seed in wanted:
                judgements.mark(arguments.judge, entry.key, not arguments.undo)
        print(seed_search.write_seeds(judgements.marked(here)))
    return 0


def _refuse_missing(wanted: tuple[int, ...], there: set[int]) -> None:
    missing = [seed for seed in wanted if seed not in there]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise PureNegativeError(f"seeds: {_few(missing)} {are} in no picture there; those have {_few(sorted(there))}.")


def _few(seeds: list[int]) -> str:
    """Seeds in a sentence: all of them, or the first, the last and how many."""
    from pure_negative.yields import seed_search

    if len(seeds) <= _FEW:
        return seed_search.write_seeds(seeds)
    return f"{seed_search.write_seeds(seeds[: _FEW - 2])}, … {seeds[-1]} ({len(seeds)} seeds)"


def _seeds(arguments: argparse.Namespace, _: Chosen) -> int:
    from pure_negative.yields import seed_search
    from pure_negative.yields.db import labels, store

    with store.Judgements() as judgements:
        here = _opened(judgements, arguments.folder).id
        judge = labels.known_judge(arguments.judge, judgements.names(), "--judge")
        print(seed_search.write_seeds(judgements.marked(here, judge)))
    return 0


def _judge_page(arguments: argparse.Namespace, _: Chosen) -> int:
    """Serve the page until it is interrupted."""
    import threading
    import webbrowser
    from urllib.parse import urlencode

    from pure_negative.yields.db import labels, store
    from pure_negative.yields.web import app as web
    from pure_negative.yields.web import http_server

    port = validate.whole(arguments.port, "--port", 0, 65_535)
    asked = {} if arguments.judge is None else {"judge": labels.read_judge(arguments.judge, "--judge")}
    with store.Judgements() as judgements:
        for path in reversed(arguments.folder):
            asked["run"] = str(_opened(judgements, path).id)
    with http_server.listening(web.Web(out=Path(arguments.out)), port) as address:
        page = f"{address}?{urlencode(asked)}" if asked else address
        print(page, flush=True)
        if not arguments.no_browser:
            webbrowser.open(page)
        threading.Event().wait()
    return 0


def _table(arguments: argparse.Namespace, _: Chosen) -> int:
    from pure_negative.yields import table
    from pure_negative.yields.db import store

    by, form, only = table.read_by(arguments.by, "--by"), _form(arguments.format, arguments.out), _only(arguments.only)
    with store.Judgements() as judgements:
        here = _opened(judgements, arguments.folder).id if arguments.folder else None
        judge = _judge(judgements, arguments.judge)
        made = table.make(judgements, by, judge=judge, run=here, only=only)
        passed = bool(only and judgements.counts(judge, here))
    _say_what_is_apart(made, ", ".join(arguments.only) if passed else "")
    return _written(made, form, arguments.out)


def _form(wanted: str | None, out: str | None) -> str:
    """The table's format: the one asked for, else the one the file's name ends in, else text."""
    from pure_negative.yields import export

    ending = Path(out or "").suffix.lower()
    named = _ENDINGS.get(ending, "")
    if wanted is None:
        if ending and not named:
            raise validate.refuse("--out", out, f"a name that ends in {', '.join(_ENDINGS)}, or --format too")
        return named or "text"
    form = validate.choice(wanted, "--format", dict.fromkeys([*export.FORMATS, named or "text"]))
    if named and named != form:
        raise PureNegativeError(
            f"--out: a name in {ending} is for {named}, and --format says {form}; leave --format out, or rename it."
        )
    return form


def _judge(judgements: Judgements, name: str | None) -> str | None:
    from pure_negative.yields.db import labels

    if name is None:
        return None
    judges = judgements.judges()
    if not judges:
        raise PureNegativeError("--judge: nobody has judged yet; 'yield judge FOLDER' opens the page for it.")
    return labels.known_judge(name, judges, "--judge")


def _only(texts: list[str]) -> dict[str, list[Value]]:
    """What `--only` names, by column, each value as a setting has it; several of one column may each be."""
    from pure_negative.yields import table

    found: dict[str, list[Value]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise validate.refuse("--only", text, "a column and its value, like w=0.9")
        name = validate.choice(name, "--only", table.COLUMNS)
        found.setdefault(name, []).append(_READ.get(name, _text)(value, f"--only {name}"))
    return found


def _text(value: object, where: str) -> str:
    return validate.text(value, where, 1000).strip()


def _size(value: object, where: str) -> str:
    return _text(value, where).replace("×", "x").replace(" ", "")


_READ: Mapping[str, Callable[[object, str], Any]] = {
    "w": validate.number,
    "cfg": validate.number,
    "steps": validate.number,
    "size": _size,
}


def _opened(judgements: Judgements, path: str) -> Run:
    from pure_negative.yields import runs

    opened = runs.open_run(judgements, Path(path))
    if opened.passed:
        print(f"hint: {opened.passed} PNGs there are none to judge: {opened.reason}", file=sys.stderr)
    return opened.run


def _say_what_is_apart(made: Table, passed: str) -> None:
    """Hints on stderr; `passed` is what `--only` asked for, where other pictures were judged."""
    for name, values in made.pooled.items():
        shown = ", ".join(map(validate.one_line, values[:6])) + (", …" if len(values) > 6 else "")
        print(
            f"hint: rows add up several values of {name} ({shown}); --by or --only tells them apart.", file=sys.stderr
        )
    if made.disputed:
        print(
            f"hint: judges disagree on {made.disputed} pictures, which are in no class; --judge counts one of them.",
            file=sys.stderr,
        )
    if not made.rows and passed:
        print(
            f"hint: nothing that was judged fits --only {validate.one_line(passed)}; leave it out to see what was.",
            file=sys.stderr,
        )
    elif not made.rows:
        print("hint: nothing was judged yet; 'yield judge FOLDER' opens the page for it.", file=sys.stderr)


def _written(made: Table, form: str, out: str | None) -> int:
    data = _drawn(made, form)
    if out is None:
        print(data.decode(), end="")
        return 0
    try:
        atomic_file.replace(Path(out), data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PureNegativeError(f"--out: {validate.shown(out)} can't be written: {reason}.") from None
    print(out)
    return 0


def _drawn(made: Table, form: str) -> bytes:
    """The table in its format; a chart by matplotlib where it is installed."""
    from pure_negative.yields import export, plot

    if form not in export.FORMATS or (form == "svg" and plot.is_here()):
        return plot.draw(made, form)
    return export.FORMATS[form](made).encode("utf-8")


_RUN: Mapping[str, Callable[[argparse.Namespace, Chosen], int]] = {
    "run": _run,
    "judge": _judge_page,
    "table": _table,
    "mark": _mark,
    "seeds": _seeds,
}
