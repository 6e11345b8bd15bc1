"""The `yield` command: make a run, judge it, count it, and carry what was marked to the next level."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pure_negative.cli import crew_options, engine_options
from pure_negative.cli.arguments import add_out
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, validate
from pure_negative.language.current import say
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
ALLOWED_HOSTS = (
    "host names the page is opened under, for use behind a proxy, like example.org (default: only this machine)"
)
_ACTIONS: tuple[tuple[str, str], ...] = (
    ("run", "generate pictures with the same settings and many seeds"),
    ("judge", "open the page for judging pictures by eye"),
    ("table", "print the counts of what was judged"),
    ("mark", "mark seeds as good"),
    ("seeds", "print the marked seeds, for a seed axis, a run or the WebUI's Seed field"),
)
_RUN_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("count", "N", "number of pictures, with consecutive seeds from --seed on (default: 20; 256 at level 1)"),
    ("seeds", "LIST", "use these seeds, like 3, 5, 100-119"),
    ("level", "1-4", "a level of the seed search: 48, 256, 512 or 1024 steps"),
    ("marked", "DIR", "use the seeds marked in this run, at the next level"),
    ("judge", "NAME", "with --marked: only seeds marked by this judge (default: any judge)"),
    ("y", "AXIS", "a second axis, like 'W: 6[, 2[, 0.9'"),
    ("z", "AXIS", "a third axis, like 'size: 512x512, 576x768'"),
    ("batch", "N", "largest batch size (default: by picture size)"),
    ("resume", "DIR", "continue the run in this folder"),
)


def add(parser: argparse.ArgumentParser, add_choices: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    found = {name: actions.add_parser(name, help=text, allow_abbrev=False) for name, text in _ACTIONS}
    add_choices(found["run"])
    for name, metavar, text in _RUN_OPTIONS:
        found["run"].add_argument(f"--{name}", metavar=metavar, help=text)
    engine_options.add(found["run"])
    crew_options.add(found["run"])
    add_out(found["run"], "folder to create the run's folder in")
    found["run"].add_argument("--dry-run", action="store_true", help="show what would be generated, and stop")
    _add_judging(found["judge"])
    _add_table(found["table"])
    _add_marking(found["mark"], found["seeds"])


def _add_judging(judge: argparse.ArgumentParser) -> None:
    judge.add_argument(
        "folder", nargs="*", metavar="FOLDER", help="folders of runs, sheets or any pictures with generation parameters"
    )
    judge.add_argument("--judge", metavar="NAME", help="your name (default: the last one entered on the page)")
    add_out(judge, "folder to look for new runs and sheets in")
    judge.add_argument("--port", metavar="N", default="0", help="port on 127.0.0.1 (default: any free one)")
    judge.add_argument("--allowed-hosts", metavar="NAMES", help=ALLOWED_HOSTS)
    judge.add_argument("--no-browser", action="store_true", help="print the page's address, and don't open a browser")


def _add_marking(mark: argparse.ArgumentParser, seeds: argparse.ArgumentParser) -> None:
    mark.add_argument("folder", metavar="FOLDER")
    mark.add_argument("seeds", metavar="SEEDS", help="like 3,5,100-119")
    mark.add_argument("--judge", metavar="NAME", default=NOBODY, help=f"name of the judge (default: {NOBODY})")
    mark.add_argument("--undo", action="store_true", help="remove the marks")
    seeds.add_argument("folder", metavar="FOLDER")
    seeds.add_argument("--judge", metavar="NAME", help="only seeds marked by this judge (default: any judge)")


def _add_table(table: argparse.ArgumentParser) -> None:
    table.add_argument("folder", nargs="?", metavar="FOLDER", help="count only this run (default: everything judged)")
    table.add_argument(
        "--by",
        metavar="LIST",
        default="size",
        help="one row for each value of: preset, checkpoint, w, size, cfg, steps (default: size)",
    )
    table.add_argument(
        "--format",
        metavar=_FORMATS,
        help="md is laid out like the research's tables (default: by --out's ending, else text)",
    )
    table.add_argument(
        "--judge", metavar="NAME", help="count only this judge's answers (default: those all judges agree on)"
    )
    table.add_argument(
        "--only",
        metavar="WHAT=VALUE",
        action="append",
        default=[],
        help="count only rows with this value, like w=0.9; repeat it to allow several values",
    )
    table.add_argument(
        "--out",
        metavar="FILE",
        help="file to write: the table as .txt, .md or .csv, or a chart as .svg, .png or .pdf",
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
    from pure_negative.yields.db import labels, store

    wanted = seed_search.read_seeds(arguments.seeds)
    with store.Judgements() as judgements:
        here = _opened(judgements, arguments.folder).id
        entries = judgements.entries(here)
        _refuse_missing(wanted, {entry.seed for entry in entries})
        judge = judgements.same_judge(labels.read_judge(arguments.judge, "--judge"))
        for entry in entries:
            if entry.seed in wanted:
                judgements.mark(judge, entry.key, not arguments.undo)
        print(seed_search.write_seeds(judgements.marked(here)))
    return 0


def _refuse_missing(wanted: tuple[int, ...], there: set[int]) -> None:
    missing = [seed for seed in wanted if seed not in there]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise PureNegativeError(
            f"seeds: {_few(missing)} {are} not in this folder; its pictures have {_few(sorted(there))}."
        )


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
    from pure_negative.yields.web import http_server, origin

    port = validate.whole(arguments.port, "--port", 0, 65_535)
    allowed = origin.allowed(arguments.allowed_hosts)
    asked = {} if arguments.judge is None else {"judge": labels.read_judge(arguments.judge, "--judge")}
    with store.Judgements() as judgements:
        asked = {name: judgements.same_judge(judge) for name, judge in asked.items()}
        for path in reversed(arguments.folder):
            asked["run"] = str(_opened(judgements, path).id)
    with http_server.listening(web.Web(out=Path(arguments.out)), port, allowed) as address:
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
            raise validate.refuse("--out", out, f"a name ending in {', '.join(_ENDINGS)}, or give --format too")
        return named or "text"
    form = validate.choice(wanted, "--format", dict.fromkeys([*export.FORMATS, named or "text"]))
    if named and named != form:
        raise PureNegativeError(
            f"--out: a name in {ending} is for {named}, but --format is {form}; leave --format out, or rename the file."
        )
    return form


def _judge(judgements: Judgements, name: str | None) -> str | None:
    from pure_negative.yields.db import labels

    if name is None:
        return None
    judges = judgements.judges()
    if not judges:
        raise PureNegativeError("--judge: nobody has judged anything yet; 'yield judge FOLDER' opens the judging page.")
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
        print(f"hint: {opened.passed} files were skipped: {opened.reason}", file=sys.stderr)
    return opened.run


def _say_what_is_apart(made: Table, passed: str) -> None:
    """Hints on stderr; `passed` is what `--only` asked for, where other pictures were judged."""
    for name, values in made.pooled.items():
        shown = ", ".join(map(validate.one_line, values[:6])) + (", …" if len(values) > 6 else "")
        print(
            say(f"hint: each row adds up several values of {name} ({shown}); use --by or --only to separate them."),
            file=sys.stderr,
        )
    if made.disputed:
        print(
            say(
                f"hint: judges disagree on {made.disputed} pictures, which are counted under no class; use --judge "
                "to count one judge's answers."
            ),
            file=sys.stderr,
        )
    if not made.rows and passed:
        print(
            say(f"hint: nothing judged matches --only {validate.one_line(passed)}; leave it out to see everything."),
            file=sys.stderr,
        )
    elif not made.rows:
        print(say("hint: nothing has been judged yet; 'yield judge FOLDER' opens the judging page."), file=sys.stderr)


def _written(made: Table, form: str, out: str | None) -> int:
    data = _drawn(made, form)
    if out is None:
        print(data.decode(), end="")
        return 0
    with os_errors.told(f"--out: {validate.shown(out)} can't be written", ValueError):
        atomic_file.replace(Path(out), data)
    print(out)
    return 0


def _drawn(made: Table, form: str) -> bytes:
    """The table in its format."""
    from pure_negative.yields import chart, export

    if form not in export.FORMATS:
        return chart.draw(made, form)
    return export.FORMATS[form](made).encode("utf-8")


_RUN: Mapping[str, Callable[[argparse.Namespace, Chosen], int]] = {
    "run": _run,
    "judge": _judge_page,
    "table": _table,
    "mark": _mark,
    "seeds": _seeds,
}
