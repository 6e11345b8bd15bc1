r"""The WebUI's attention grammar, written down from how it behaves (webui-contract §7).

`(a)` is ×1.1, `[a]` is ÷1.1, `(a:0.5)` is ×0.5; nesting multiplies; a bracket that is never closed reaches to the end;
`\( \) \[ \] \\` are the signs themselves, any other backslash vanishes; BREAK is a piece of its own with weight -1.
"""

from __future__ import annotations

import re
from itertools import groupby

from pure_negative.errors import PureNegativeError

Piece = tuple[str, float]
"""A run of text and the weight all of its tokens get."""

BREAK: Piece = ("BREAK", -1.0)
ROUND = 1.1
SQUARE = 1 / 1.1

_TOKEN = re.compile(
    r"""\\(?P<escaped>[()\[\]\\])? | (?P<opening>[(\[]) | :\s*(?P<weight>[+-]?[.\d]+)\s*\)
      | (?P<closing>[)\]]) | (?P<plain>[^\\()\[\]:]+|:)""",
    re.VERBOSE,
)
_BREAK = re.compile(r"(?:(?<!\s)\s+)?\bBREAK\b\s*")
"""With the blanks around it, begun only where they begin: its time grows no faster than the text."""
MOST_SCALED = 2_000_000
"""Pieces that brackets may weight, each counted once a bracket: some 2,000 brackets inside each other."""


class _Reader:
    """The pieces read so far, and where each open bracket began."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.open: dict[str, list[int]] = {"(": [], "[": []}
        self.scaled = 0

    def scale(self, start: int, factor: float) -> None:
        self.scaled += len(self.pieces) - start
        if self.scaled > MOST_SCALED:
            raise PureNegativeError("prompt: brackets are nested too deep; remove some.")
        self.pieces[start:] = [(text, weight * factor) for text, weight in self.pieces[start:]]

    def literal(self, text: str) -> None:
        for count, part in enumerate(_BREAK.split(text)):
            if count:
                self.pieces.append(BREAK)
            self.pieces.append((part, 1.0))

    def close(self, bracket: str, factor: float, literal: str) -> None:
        """End the innermost bracket of its kind; with none open, its text stands for itself."""
        if self.open[bracket]:
            self.scale(self.open[bracket].pop(), factor)
        else:
            self.literal(literal)

    def take(self, token: re.Match[str]) -> None:
        if token["opening"]:
            self.open[token["opening"]].append(len(self.pieces))
        elif token["weight"] is not None:
            self.close("(", _number(token["weight"]) if self.open["("] else 1.0, token[0])
        elif token["closing"]:
            self.close(*("(", ROUND) if token["closing"] == ")" else ("[", SQUARE), token[0])
        elif token["plain"] is not None:
            self.literal(token["plain"])
        else:
            self.pieces.append((token["escaped"] or "", 1.0))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise PureNegativeError(f"prompt: {text[:40]!r} is not a weight; write a number such as 0.564.") from None


def parse(text: str) -> list[Piece]:
    """The prompt as pieces of text with their weights, neighbours of one weight merged.

    Raises:
        PureNegativeError: a weight like `1.2.3`, at which the WebUI itself would stop with an error, or so many
            brackets inside each other that reading them would take more than a moment.
    """
    reader = _Reader()
    for token in _TOKEN.finditer(text):
        reader.take(token)
    for starts, factor in ((reader.open["("], ROUND), (reader.open["["], SQUARE)):
        for start in starts:
            reader.scale(start, factor)
    return _merged(reader.pieces)


def _merged(pieces: list[Piece]) -> list[Piece]:
    runs = groupby(pieces, key=lambda piece: piece[1])
    return [("".join(text for text, _ in run), weight) for weight, run in runs] or [("", 1.0)]
