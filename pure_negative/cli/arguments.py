"""Options that several commands share, and the parser that says in one sentence what is wrong with a command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as one sentence, like every other bad input."""

    def error(self, message: str) -> NoReturn:
        raise PureNegativeError(f"command line: {validate.one_line(message)}; see '{self.prog} --help'.")


def add_out(parser: argparse.ArgumentParser, text: str = "folder for the pictures") -> None:
    """Add `--out`, for the commands that work in a folder."""
    parser.add_argument("--out", metavar="DIR", default="outputs", help=text)


def with_values_joined(parser: argparse.ArgumentParser, argv: Sequence[str]) -> list[str]:
    """`--prompt -x` as `--prompt=-x`, for every option of the parser that takes a value.

    argparse takes numbers such as `-6` for values by itself, but `-1e-16`, `-6[` and `-x` for options.
    """
    valued = set(_valued(parser))
    marking = list(argv[:2]) == ["yield", "mark"]
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] in valued:
            joined[-1] = f"{joined[-1]}={word}"
        elif marking and re.match("-[0-9]", word):
            joined.append(f" {word}")  # a seed below 0, which a blank keeps from being taken for an option
        else:
            joined.append(word)
    return joined


def _valued(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The options with one value, those of the commands below included."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _valued(below)
        elif action.nargs is None:
            yield from action.option_strings
