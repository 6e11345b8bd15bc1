"""A typed list of words: where it is divided, what is taken out of it, and what other programs would read as a weight.

The weight notations refused here are those of NovelAI (`{{bad}}`, `1.5::bad::`), Midjourney (`bad::1.2`), compel and
InvokeAI (`bad++`, `(bad)1.2`), ComfyUI and the WebUI (`((bad))`, `[bad]`, `(bad:1.2)`). Faces such as `(=_=)` or `>:3`,
and signs inside a word as in `ryu_(street_fighter)` or `nier:automata`, are text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, validate


class OwnWeightError(PureNegativeError):
    """A word was typed with a weight of its own."""


class WordList(tuple[str, ...]):
    """Words, and `notes`: a sentence for everything that reading them took out, divided or left in doubt."""

    notes: tuple[str, ...]

    def __new__(cls, words: Iterable[str] = (), notes: Iterable[str] = ()) -> WordList:
        made = super().__new__(cls, words)
        made.notes = tuple(notes)
        return made


def notes(words: Iterable[str] | None) -> tuple[str, ...]:
    """What there is to say about words, wherever they come from."""
    return words.notes if isinstance(words, WordList) else ()


_OTHER = f"{characters.COMMAS[1:]}；؛"
_END = rf"(?=[\s,{_OTHER}]|$)"
_DIVIDING = re.compile(rf"[{_OTHER}]|(?<=[^\W_]);{_END}|(?<=[^\W_]\s);{_END}")
_SEMICOLON = re.compile(r"(?<=[^\W_]);(?=[^\W_])")


def divide(text: str, where: str) -> WordList:
    """The parts of a typed list, trimmed, in Unicode's composed form (NFC) and without what nobody sees.

    NFC changes no picture: the WebUI's tokenizer composes the text itself (ftfy).
    """
    seen = unicodedata.normalize("NFC", characters.visible(text))
    signs: dict[str, None] = {}
    commas = _with_commas(seen, signs)
    return WordList((part.strip() for part in commas.split(",")), _said(text, list(signs), where))


def _with_commas(text: str, signs: dict[str, None]) -> str:
    """The text divided by commas alone; one semicolon inside a word is part of it, as in `steins;gate`."""

    def comma(found: re.Match[str]) -> str:
        signs.setdefault(found[0])
        return ","

    parts = _DIVIDING.sub(comma, text).split(",")
    return ",".join(_SEMICOLON.sub(comma, part) if part.count(";") > 1 else part for part in parts)


def _said(text: str, signs: list[str], where: str) -> Iterator[str]:
    if hidden := characters.invisible(text):
        yield (
            f"{where}: {', '.join(hidden)} in {validate.shown(text)} cannot be seen and would change the words; "
            f"{'it was' if len(hidden) == 1 else 'they were'} removed."
        )
    if signs:
        shown = " and ".join(f"'{sign}'" for sign in signs)
        read = "was read as a comma" if len(signs) == 1 else "were read as commas"
        yield f"{where}: {shown} in {validate.shown(text)} {read}: the words are separated there."


_ESCAPED = re.compile(r"\\[()\[\]\\]")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_OWN_WEIGHT = re.compile(r":\s*[+-]?[.\d]+\s*\)")
_DOUBLE_COLON = re.compile(rf"(?:^|\s){_NUMBER}\s*::|[\w)\]}}\"']\s*::\s*(?:{_NUMBER})?(?:\s|$)")
_COLON_TAIL = re.compile(r"\s*[+-]?[.\d]*\d[.\d]*%?\s*")
_POWER = re.compile(rf"[^\W\d_][)\]}}\"'\s]*[\^*]\s*{_NUMBER}$")
_SIGNS = re.compile(r"[^\W_]{2}\s*(?:\+{2,}|-{2,})$")
_AFTER_A_GROUP = re.compile(rf"\s*(?:[+-]+|{_NUMBER})$")
_MINUS = re.compile(r"-+\s*[^\W\d_]{2}.*(?<!-)$", re.DOTALL)


def check_weight(typed: str, where: str) -> None:
    """Refuse a word that carries a weight, in the notation of whatever program, since here W is the weight of all.

    Args:
        typed: one word, with the WebUI's escapes; what is escaped belongs to the word.
        where: what the sentence begins with.

    Raises:
        OwnWeightError: with the plain word to write in its place.
    """
    word = characters.narrow(_ESCAPED.sub("·", typed))
    if _OWN_WEIGHT.search(word):
        raise _refused(typed, where, "has its own weight")
    if any(each.search(word) for each in (_DOUBLE_COLON, _POWER, _SIGNS)) or _is_colon_weight(word):
        raise _refused(typed, where, "has its own weight, in another program's notation")
    if (tail := _AFTER_A_GROUP.search(word)) and _is_group(word[: tail.start()]):
        raise _refused(typed, where, "has its own weight, in another program's notation")
    if _MINUS.fullmatch(word):
        raise _refused(typed, where, "begins with a minus, but every word here is negative anyway")
    if _is_bracketed(word):
        raise _refused(typed, where, "is in brackets, which would give only this word a weight")
    if _has_half_a_pair(word):
        raise _refused(typed, where, "has an unpaired bracket, which would be read as a weight")


def _refused(typed: str, where: str, what: str) -> OwnWeightError:
    plain = _plain(typed)
    write = (
        f"write {plain} and give the weight of all words as W" if plain else "give plain words, and their weight as W"
    )
    escape = r"; brackets that belong to a word are written \( \) \[ \]" if re.search(r"[()\[\]]", typed) else ""
    return OwnWeightError(f"{where}: {validate.shown(typed)} {what}; {write}{escape}.")


def _plain(typed: str) -> str:
    """The word that was weighted, to be shown; nothing where it is not plain which."""
    word = characters.narrow(_ESCAPED.sub("·", typed)).strip("()[]{}<>+-:;^* \"'")
    word = re.sub(
        rf"^{_NUMBER}\s*::|[)\]}}\"']+\s*{_NUMBER}$|[()\[\]{{}}\"']*\s*(?::+|[\^*])\s*[()\[\]{{}}]*{_NUMBER}%?$",
        "",
        word,
    )
    word = word.strip("()[]{}<>+-:;^* \"'")
    return word if re.fullmatch(r"[\w][\w .'-]{0,40}", word) else ""


def _is_colon_weight(word: str) -> bool:
    """`bad:1.2` and `[low]:0.5`, but neither `16:9` nor the faces `:3` and, in `cat :3`, behind a word."""
    head, _, tail = word.rpartition(":")
    if not _COLON_TAIL.fullmatch(tail) or not re.search(r"[^\W\d_]|[^\W_]{2}", head):
        return False
    if tail.isdecimal():
        return not (head[-1].isdecimal() or (head[-1].isspace() and tail in "03"))
    return True


def _is_group(word: str) -> bool:
    return _is_bracketed(word) or bool(re.fullmatch(r"\"[^\"]*\w[^\"]*\"", word))


_PAIRS = {")": "(", "]": "[", "}": "{"}


def _brackets(word: str) -> tuple[str, list[int]]:
    """What stands outside of all brackets, and the places of those without a partner."""
    opened: list[int] = []
    lone: list[int] = []
    inside = [False] * len(word)
    for place, sign in enumerate(word):
        if sign in "([{":
            opened.append(place)
        elif sign in _PAIRS and opened and word[opened[-1]] == _PAIRS[sign]:
            start = opened.pop()
            if not opened:
                inside[start : place + 1] = [True] * (place + 1 - start)
        elif sign in _PAIRS:
            lone.append(place)
    return "".join(sign for sign, hidden in zip(word, inside, strict=True) if not hidden), sorted([*lone, *opened])


def _is_bracketed(word: str) -> bool:
    outside, lone = _brackets(word)
    return bool(word) and not lone and not outside.strip() and not _is_face(word)


def _is_face(word: str) -> bool:
    """`(=_=)`, `(o_o)`, `(uwu)`, `[]`, and the `(9)` of a name, which nobody weights."""
    if not re.search(r"[^\W_]", word):
        return True
    inner = word[1:-1]
    if word[0] != "(" or re.search(r"[()\[\]{}]", inner):
        return False
    eyes = re.fullmatch(r"([^\W\d_])[wω]\1", inner, re.IGNORECASE)
    return bool(eyes) or (not re.search(r"[^\W_]{2}", inner) and bool(re.search(r"[^\w\s]|_|^\d$", inner)))


def _has_half_a_pair(word: str) -> bool:
    """`((bad`, `worst))`, `bad (low`; not the face in `bad :(` or `(: bad`."""
    _, lone = _brackets(word)
    for place in lone:
        before, after = word[:place], word[place + 1 :]
        if word[place] in "([{":
            if not re.search(r"[:;=^'<>-][(\[{]*$", before) and re.match(r"[(\[{\"'“”‘’\s]*\w\w", after):
                return True
        elif re.search(r"\w\w[)\]}\"'“”‘’\s]*$", before):
            return True
    return False


_DOUBTFUL = (
    (_SEMICOLON, "is one word, with its semicolon; words are separated by commas"),
    (re.compile(r"\w::\w"), "is one word, with its colons; words are separated by commas"),
    (re.compile(r"\w。|\s[|｜]\s"), "is one word, with the sign inside it; words are separated by commas"),
    (re.compile(r"^\w.*[^\W\d_][+-]$"), "keeps the sign at its end as text, not as a weight"),
    (re.compile(r"^[\"'“”‘’`]\w|\w[\"“”`]$"), "keeps its quotation mark as text; words need none"),
)


def doubts(words: Iterable[str], where: str) -> Iterator[str]:
    """A sentence for each word that is taken as it stands and may have been meant otherwise."""
    for word in words:
        for pattern, what in _DOUBTFUL:
            if pattern.search(word):
                yield f"{where}: {validate.shown(word)} {what}."
