"""The command line: `python -m pure_negative`, or `pure-negative`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from pure_negative import __version__
from pure_negative.cli import engine_options, show, yields
from pure_negative.cli import presets as presets_command
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import choices, plan

_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("preset", "ID-or-FILE", "a preset's id, or a path to its .yaml file (default: nai)"),
    ("w", "W", "weight of every negative word, above 0, like 0.564 or 1e-16"),
    ("brackets", "N", "the weight as a bracket count: -6 is six '[', 2 is two '('"),
    ("step", "X", "the number the research's step tool took: 0.9, -6 or 2"),
    ("words", "LIST", "the negative words, separated by commas"),
    ("scope", "each|whole", "each word in its own bracket, or the whole list in one"),
    ("notation", "weight|bracket|novelai", "how the weight is written"),
    ("embeddings", "LIST", "embeddings put before the words, separated by commas ('' for none)"),
    ("prompt", "TEXT", "the positive prompt (default: none)"),
    ("prompt-format", "TEXT", "where the prompt and the style go, like 'masterpiece, {style}, {prompt}'"),
    ("style", "TEXT", "what goes into {style}; 'presets styles ID' lists a preset's"),
    ("ratio", "A:B", "aspect ratio; the size follows by the size rule"),
    ("size-rule", "aspect512|closest", "from ratio to size"),
    ("size", "WxH", "a size, snapped to 64 px"),
    ("cfg", "X", "a fixed CFG scale (default: recommended)"),
    ("cfg-factor", "X", "a factor on the recommended CFG scale"),
    ("steps", "N", "sampling steps"),
    ("sampler", "NAME", "Euler, Euler a, DPM++ 2M, …"),
    ("scheduler", "NAME", "schedule type: Automatic, Karras, …"),
    ("clip-skip", "N", "clip skip, 1 skips nothing"),
    ("emphasis", "NAME", "emphasis mode: Original, No norm"),
    ("seed", "N", "seed, -1 for a random one"),
)
_FLAGS = (
    ("spaces", "turn '_' in the words into spaces"),
    ("ladder", "weigh the positive prompt's tags by importance: 1.0, 0.95, 0.91, …"),
)


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command line as one sentence, like every other bad input."""

    def error(self, message: str) -> NoReturn:
        raise PureNegativeError(f"command line: {validate.one_line(message)}; see '{self.prog} --help'.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="pure-negative", description="Pictures from a pure negative prompt.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    planning = commands.add_parser("plan", help="what would run", allow_abbrev=False)
    _add_choices(planning)
    planning.add_argument("--json", action="store_true", help="print a body for POST /sdapi/v1/txt2img")
    rendering = commands.add_parser("render", help="make pictures without the WebUI", allow_abbrev=False)
    _add_choices(rendering)
    _add_rendering(rendering)
    sheet = commands.add_parser("sheet", help="a grid of pictures over W, CFG and more", allow_abbrev=False)
    _add_choices(sheet)
    _add_sheet(sheet)
    page = commands.add_parser("ui", help="the panel as a page of its own, with a gallery", allow_abbrev=False)
    _add_page(page)
    counted = commands.add_parser(
        "yield", help="judge pictures by eye and count what a setting gives", allow_abbrev=False
    )
    yields.add(counted, _add_choices)
    presets = commands.add_parser("presets", help="list, check, keep and share presets", allow_abbrev=False)
    presets_command.add(presets, _add_choices)
    return parser


def _add_choices(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("choices (what is not given comes from the preset)")
    for name, metavar, text in _OPTIONS:
        group.add_argument(f"--{name}", metavar=metavar, help=text)
    for name, text in _FLAGS:
        group.add_argument(f"--{name}", action="store_const", const=True, help=text)


def _add_rendering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", metavar="N", default="1", help="pictures, with consecutive seeds")
    parser.add_argument("--batch", metavar="N", default="4", help="pictures made together at the most")
    engine_options.add(parser)
    parser.add_argument("--out", metavar="DIR", default="outputs", help="folder for the pictures")


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", metavar="N", default="7869", help="port on 127.0.0.1 (default: 7869); 0 is any free one"
    )
    engine_options.add(parser)
    parser.add_argument("--out", metavar="DIR", default="outputs", help="folder for the pictures")


_SHEET_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("x", "AXIS", "columns, like 'W: 6[, 2[, 0.9'"),
    ("y", "AXIS", "rows, like 'CFG: 8, 10.5' or 'steps: 8-64 (+8)'"),
    ("z", "AXIS", "pages, like 'seed: 1-3'"),
    ("scan", "NAME", "axes of the research: w-cfg, cfg-steps or cfg-steps-768"),
    ("batch", "N", "pictures made together at the most (default: by their size)"),
    ("resume", "DIR", "go on with the sheet in this folder"),
    ("large", "scale|pages", "a sheet too large for one picture: draw it smaller (default), or in several"),
)


def _add_sheet(parser: argparse.ArgumentParser) -> None:
    for name, metavar, text in _SHEET_OPTIONS:
        parser.add_argument(f"--{name}", metavar=metavar, help=text)
    engine_options.add(parser)
    parser.add_argument("--out", metavar="DIR", default="outputs", help="folder for the sheet's own folder")
    parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")


def _chosen(arguments: argparse.Namespace) -> choices.Choices:
    values: dict[str, Any] = vars(arguments)
    return choices.read({key: values[key] for key in choices.READERS if key in values}, "command line", show.option)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 2 after one clear sentence on stderr when it could not."""
    _use_utf8()
    try:
        code = _run(_parser().parse_args(_joined_negatives(sys.argv[1:] if argv is None else argv)))
        sys.stdout.flush()
        return code
    except PureNegativeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        need = f"{error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'"
        print(f"error: command line: {need}.", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads our output has seen enough, like `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("interrupted: what was finished is kept.", file=sys.stderr)
        return 130


def _use_utf8() -> None:
    """Windows consoles and `LANG=C` would otherwise fail on signs like × in our sentences."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _joined_negatives(argv: Sequence[str]) -> list[str]:
    """`--brackets -6` as `--brackets=-6`, so that values starting with '-' are never taken for options."""
    joined: list[str] = []
    named = (f"--{name}" for name, _, _ in (*_OPTIONS, *_SHEET_OPTIONS))
    valued = {*named, *presets_command.VALUED, *yields.VALUED, "--count", "--out", "--port"}
    for word in argv:
        if joined and joined[-1] in valued:
            joined[-1] = f"{joined[-1]}={word}"
        else:
            joined.append(word)
    return joined


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

        return ui.run(arguments.port, engine_options.read(arguments), arguments.out)
    made = plan.make(_chosen(arguments))
    if arguments.command == "render":
        from pure_negative.cli import render

        options = engine_options.read(arguments, made)
        return render.run(made, arguments.count, arguments.batch, options, arguments.out)
    if arguments.json:
        print(json.dumps(made.api_body(), ensure_ascii=False, indent=2))
    else:
        print(show.plan(made))
    show.notes(made)
    return 0
