"""The command line: `python -m pure_negative`, or `pure-negative`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from pure_negative import __version__, options
from pure_negative.cli import crew_options, engine_options, show, streams, yields
from pure_negative.cli import presets as presets_command
from pure_negative.cli.arguments import Parser, add_out, with_values_joined
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language import names
from pure_negative.language.current import say, spoken
from pure_negative.planning import choices, plan


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="pure-negative", description="Generate pictures from a pure negative prompt.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    planning = commands.add_parser("plan", help="show the prompts and settings of a run", allow_abbrev=False)
    _add_choices(planning)
    planning.add_argument("--json", action="store_true", help="print a body for POST /sdapi/v1/txt2img")
    rendering = commands.add_parser("render", help="generate pictures without the WebUI", allow_abbrev=False)
    _add_choices(rendering)
    _add_rendering(rendering)
    sheet = commands.add_parser(
        "sheet", help="generate a grid of pictures over W, CFG and other axes", allow_abbrev=False
    )
    _add_choices(sheet)
    _add_sheet(sheet)
    page = commands.add_parser("ui", help="open the panel as a web page, without the WebUI", allow_abbrev=False)
    _add_page(page)
    counted = commands.add_parser(
        "yield", help="judge pictures by eye and count what a setting yields", allow_abbrev=False
    )
    yields.add(counted, _add_choices)
    presets = commands.add_parser("presets", help="list, check, save and share presets", allow_abbrev=False)
    presets_command.add(presets, _add_choices)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("generation options (those not given come from the preset)")
    for spelling in _spelled():
        if spelling.metavar:
            group.add_argument(show.option(spelling.key), metavar=spelling.metavar, help=spelling.help)
    for spelling in _spelled():
        if not spelling.metavar:
            group.add_argument(show.option(spelling.key), action="store_const", const=True, help=spelling.help)


def _spelled() -> list[options.Spelling]:
    """The keys that the command line has."""
    return [spelling for each, spelling in options.spelled() if each.command_line]


def _add_rendering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", metavar="N", default="1", help="number of pictures, with consecutive seeds")
    parser.add_argument("--batch", metavar="N", default="4", help="largest batch size")
    engine_options.add(parser)
    add_out(parser)


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="N", default="7869", help="port on 127.0.0.1 (default: 7869); 0 is any free one"
    )
    parser.add_argument("--allowed-hosts", metavar="NAMES", help=yields.ALLOWED_HOSTS)
    engine_options.add(parser)
    add_out(parser)


_SHEET_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("x", "AXIS", "columns, like 'W: 6[, 2[, 0.9'"),
    ("y", "AXIS", "rows, like 'CFG: 8, 10.5' or 'steps: 8-64 (+8)'"),
    ("z", "AXIS", "pages, like 'seed: 1-3'"),
    ("from", "FILE", "take axes and settings from a saved grid (its file or its name) or a sheet's folder"),
    ("save", "NAME", "save the axes and settings as a grid of your own, and stop"),
    ("scan", "NAME", "ready-made axes from the research: w-cfg, cfg-steps or cfg-steps-768"),
    ("batch", "N", "largest batch size (default: by picture size)"),
    ("resume", "DIR", "continue the sheet in this folder"),
    (
        "large",
        "scale|pages",
        "if the sheet is too large for one picture: scale it down (default), or split it into pages",
    ),
)


def _add_sheet(parser: argparse.ArgumentParser) -> None:
    for name, metavar, text in _SHEET_OPTIONS:
        parser.add_argument(f"--{name}", metavar=metavar, help=text)
    engine_options.add(parser)
    crew_options.add(parser)
    add_out(parser, "folder to create the sheet's folder in")
    parser.add_argument("--dry-run", action="store_true", help="show what would be generated, and stop")


def _chosen(arguments: argparse.Namespace) -> choices.Choices:
    values: dict[str, Any] = vars(arguments)
    return choices.read(
        {key: values[key] for key in options.readers_by_key() if key in values}, "command line", show.option
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 2 after one clear sentence on stderr when it could not."""
    words = sys.argv[1:] if argv is None else argv
    with streams.guarded(), spoken(names.of_shell(os.environ)):
        try:
            code = _answered(lambda: _command(words))
        except SystemExit:  # from --help and --version
            if lost := _answered(streams.flush):
                return lost
            raise
        return _answered(streams.flush) or code


def _command(words: Sequence[str]) -> int:
    streams.refuse_closed()
    parser = _parser()
    return _run(parser.parse_args(with_values_joined(parser, words)))


def _answered(work: Callable[[], int]) -> int:
    """The exit code of a piece of work, once what went wrong is said."""
    try:
        return work()
    except BrokenPipeError:  # whoever reads our output has seen enough, like `| head`
        return 141
    except KeyboardInterrupt:
        print("interrupted; finished pictures are kept.", file=sys.stderr)
        return 130
    except (PureNegativeError, ModuleNotFoundError, OSError, MemoryError) as error:
        print(f"error: {say(_sentence(error))}", file=sys.stderr)
        return 2


def _sentence(error: BaseException) -> str:
    """What went wrong, as one sentence, also of what the system refused and no other place has told of."""
    if isinstance(error, ModuleNotFoundError):
        need = f"{error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'"
        return f"command line: {need}."
    if isinstance(error, MemoryError):
        return "command line: not enough memory."
    if isinstance(error, OSError):
        place = f"{validate.one_line(str(error.filename))}: " if error.filename else "command line: "
        return f"{place}{validate.one_line(str(error.strerror or error or type(error).__name__))}."
    return str(error)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "presets":
        return presets_command.run(arguments, lambda: _chosen(arguments))
    if arguments.command == "yield":
        return yields.run(arguments, lambda: _chosen(arguments))
    if arguments.command == "sheet":
        from pure_negative.cli import sheet as sheet_command

        return sheet_command.main(_chosen(arguments), arguments)
    if arguments.command == "ui":
        from pure_negative.cli import ui

        return ui.run(arguments.port, engine_options.read(arguments), arguments.out, arguments.allowed_hosts)
    if arguments.command == "render":
        from pure_negative.cli import render

        made = plan.make(engine_options.with_preset(arguments, _chosen(arguments)))
        using = engine_options.read(arguments, made)
        return render.run(made, arguments.count, arguments.batch, using, arguments.out)
    made = plan.make(_chosen(arguments))
    if arguments.json:
        print(json.dumps(made.api_body(), ensure_ascii=False, indent=2))
    else:
        print(show.plan(made))
    show.notes(made)
    return 0
