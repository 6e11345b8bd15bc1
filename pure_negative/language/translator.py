"""A text of the source in another language.

The source writes whole English sentences, which the API, the tests and the infotext rely on; they are translated where
a person reads them. So a sentence that was put together is recognised by its fixed parts: `{}` in the catalogue's
message stands for whatever is put in there.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pure_negative.language import names

DOMAIN = "pure_negative"
HOLE = "{}"
_FEWEST = 8
"""Letters that a message must have beside its holes to be recognised in a sentence."""
_DEEPEST = 3


class Translator:
    """Called with an English text, it gives that in the catalogue's language, or as it is where it knows it not."""

    def __init__(self, catalogue: Mapping[str, str]) -> None:
        self.catalogue = catalogue
        found = [(message.split(HOLE), text) for message, text in catalogue.items() if is_recognised(message)]
        self._patterns = sorted(found, key=lambda each: -sum(map(len, each[0])))

    def __call__(self, text: str, *parts: object) -> str:
        """The text translated; with `parts`, a message of the catalogue with them put in.

        A part that is a text of the catalogue is translated too.
        """
        if parts:
            return _filled(self.catalogue.get(text, text), [self._known(str(part), _DEEPEST + 1) for part in parts])
        return self._known(text, 0)

    def _known(self, text: str, depth: int) -> str:
        if text in self.catalogue:
            return self.catalogue[text]
        if depth > _DEEPEST or " " not in text:
            return text
        for pieces, translated in self._patterns:
            holes = _holes(pieces, text)
            if holes is not None:
                return _filled(translated, [self._known(each, depth + 1) for each in holes])
        return text


def is_recognised(message: str) -> bool:
    """One that begins with a word of its own, or has enough of them."""
    letters = sum(sign.isalpha() for sign in message)
    begun = any(sign.isalpha() for sign in message.partition(HOLE)[0])
    return (HOLE in message or message.endswith(" ")) and (begun or letters >= _FEWEST)


def _holes(pieces: list[str], text: str) -> list[str] | None:
    """What stands in a sentence between a message's fixed parts, in time linear in it; None where they are not there.

    Behind a message that ends in a space another sentence may follow.
    """
    if not text.startswith(pieces[0]):
        return None
    if pieces[-1].endswith(" "):
        pieces = [*pieces, ""]
    at, found = len(pieces[0]), []
    for piece in pieces[1:-1]:
        end = text.find(piece, at)
        if end < 0:
            return None
        found.append(text[at:end])
        at = end + len(piece)
    end = len(text) - len(pieces[-1])
    if len(pieces) == 1:
        return [] if at == len(text) else None
    return [*found, text[at:end]] if end >= at and text.endswith(pieces[-1]) else None


def _filled(message: str, parts: list[str]) -> str:
    """The parts in a message: `{}` takes the next one, `{0}` that one; one left over follows at the end."""
    pieces = message.replace("{", "\0{").replace("}", "}\0").split("\0")
    left, written = dict(enumerate(parts)), []
    for piece in pieces:
        inside = piece[1:-1] if piece.startswith("{") and piece.endswith("}") else None
        if inside == "" and left:
            written.append(left.pop(min(left)))
        elif inside is not None and inside.isdecimal() and int(inside) < len(parts):
            written.append(parts[int(inside)])
            left.pop(int(inside), None)
        else:
            written.append(piece)
    return "".join([*written, *left.values()])


@cache
def translator(catalogue: str) -> Translator:
    """The translator for one of `names.CATALOGUES`; any other name leaves texts in English."""
    if catalogue not in names.CATALOGUES:
        return Translator({})
    path = Path(__file__).parent / catalogue / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return Translator({key: text for key, text in known.items() if key and isinstance(key, str)})
