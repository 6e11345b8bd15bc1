"""Negative words and a weight W to prompt text, as the research's `step` tool wrote it.

Source: seeds/001, *Negative prompt used*.

Every text made here means the same to the WebUI's prompt parser: each word carries exactly the weight W.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, validate
from pure_negative.prompt import word_list
from pure_negative.prompt.word_list import WordList

SCOPES = ("each", "whole")
NOTATIONS = ("weight", "bracket", "novelai")
WEBUI_STEP = 1.1
"""One WebUI bracket multiplies or divides by this (webui-contract: emphasis)."""
NOVELAI_STEP = 1.05
"""One NovelAI bracket multiplies or divides by this."""
MOST_BRACKETS = 400
"""1.1 to the power of -387 is the 1e-16 that the research tested; more brackets are a slip of the hand."""
MOST_WRITTEN_BRACKETS = 64
"""Nested deeper, the WebUI's schedule parser takes minutes; write such a W as a weight."""
_STEPS = f"W above 0 like 0.9, or whole brackets up to {MOST_BRACKETS}: -6 for six '[', 6 for six '{{'"
MOST_WORDS = 500
LONGEST_WORD = 200
LADDER = (1.0, 0.95, 0.91, 0.82, 0.75)
"""The "negative exponential scale" for positive prompts: seeds/001, *Bizzare result*.

The scale begins at "0.95 for the character"; the 1.0 before it is that of the example there,
`(miku:1.0), (1girl:0.91), (car:0.75)`.
"""

_FORBIDDEN = (
    (re.compile(r"\n"), "a line break", "the WebUI may cut or reorder text at line breaks; write a comma"),
    (
        re.compile(r"\bembedding:\w", re.IGNORECASE),
        "'embedding:'",
        "other programs mark embeddings like this; write the name alone",
    ),
    (re.compile(r"#"), "'#'", "the WebUI deletes what follows it as a comment; leave it out"),
    (re.compile(r"\bBREAK\b"), "BREAK", "the WebUI starts a new 75-token chunk there; write a comma"),
    (re.compile(r"\bAND\b"), "AND", "the WebUI splits prompts there; write a comma, or the word as 'and'"),
    (
        re.compile(r"[<＜]\w+[:：]"),
        "an extra-network tag such as <lora:…>",
        "the WebUI takes no weight for one; write it into the prompt, or the plain word here",
    ),
)
_EXTRA_NETWORK = re.compile(r"<\w+:[^>]+>")


@dataclass(frozen=True)
class Strength:
    """How strongly the words act: the weight W, and the bracket count if it was given as one (negative: weaker)."""

    w: float
    brackets: int | None = None


def read_w(value: object, where: str = "w") -> Strength:
    """W as a number: greater than 0 and finite (seeds/000: arbitrarily low, but greater than zero)."""
    w = validate.number(value, where)
    if w <= 0:
        raise PureNegativeError(
            f"{where}: {validate.shown(value)} is not allowed; W must be greater than 0, like 0.0001."
        )
    return Strength(w)


def read_brackets(value: object, where: str = "brackets") -> Strength:
    """W from a bracket count: -n is n `[` (1.1^-n), n is n `(` (1.1^n), to the three digits the research writes."""
    count = validate.whole(value, where, -MOST_BRACKETS, MOST_BRACKETS)
    return Strength(_three_digits(WEBUI_STEP**count), count)


def read_step(value: object, where: str = "step") -> Strength:
    """The number the `step` tool took: -n is n `[`, a whole n > 1 is n `{`, a number with a point is W itself."""
    try:
        return _step_number(value, where)
    except PureNegativeError:
        raise validate.refuse(where, value, _STEPS) from None


def _step_number(value: object, where: str) -> Strength:
    if isinstance(value, str):
        typed = characters.figures(value)
        value = int(typed) if re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", typed) else validate.number(typed, where)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return read_brackets(value, where)
    if isinstance(value, int) and not isinstance(value, bool) and value > 1:
        return read_brackets(value, where)
    return read_w(value, where)


def _three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def read_words(value: object, where: str = "words") -> WordList:
    """The list of words from a comma-separated text or a list of texts: trimmed, blanks and repeats dropped.

    Words are kept without the WebUI's escapes, so `astolfo_(fate)` and `astolfo_\\(fate\\)` are one word. What was
    taken out or divided on the way, or may have been meant otherwise, is in the `notes`.

    Raises:
        PureNegativeError: no word is left, or one holds what the WebUI would turn into something else, or a weight.
    """
    parts = value if isinstance(value, (list, tuple)) else [value]
    words: dict[str, None] = {}
    notes: dict[str, None] = {}
    for part in parts:
        divided = word_list.divide(validate.text(part, where, 20_000), where)
        notes |= dict.fromkeys(divided.notes)
        words |= dict.fromkeys(_literal(word, where) for word in divided)
    words.pop("", None)
    if not words or len(words) > MOST_WORDS:
        raise PureNegativeError(f"{where}: there are {len(words)} words; give 1 to {MOST_WORDS}, separated by commas.")
    return WordList(words, [*notes, *word_list.doubts(words, where)])


def _literal(typed: str, where: str) -> str:
    """The word itself; one that is weighted already would get brackets or numbers as text, and is refused."""
    word = unescape(typed)
    _check_word(word, where)
    for text in (typed, escape(word)):  # the second is what it will be read from again
        word_list.check_weight(text, where)
    return word


def _check_word(word: str, where: str) -> None:
    if len(word) > LONGEST_WORD:
        raise PureNegativeError(f"{where}: a word has {len(word)} characters; give {LONGEST_WORD} at most.")
    for pattern, name, reason in _FORBIDDEN:
        if pattern.search(word):
            raise PureNegativeError(f"{where}: {validate.shown(word)} contains {name}, which is not allowed: {reason}.")


def escape(word: str) -> str:
    """A word as the WebUI's grammar wants it literally: `()[]\\` with a backslash before each."""
    return re.sub(r"([()\[\]\\])", r"\\\1", word)


def unescape(word: str) -> str:
    """The literal word behind the WebUI's escapes."""
    return re.sub(r"\\([()\[\]\\])", r"\1", word)


def spaced(words: Iterable[str]) -> tuple[str, ...]:
    """The words with `_` turned into spaces (seeds/001: underscores bind nothing in the WebUI), repeats dropped."""
    found = tuple(dict.fromkeys(word.replace("_", " ").strip() or word for word in words))
    for word in found:  # `a_BREAK` was one word until now, and `bad:_1.2` too
        _literal(escape(word), "words")
    return found


def negative_prompt(words: Sequence[str], strength: Strength, scope: str = "each", notation: str = "weight") -> str:
    """The negative prompt in which every word has the weight W.

    Args:
        words: as `read_words` returns them.
        strength: the weight; the bracket notations write the nearest whole number of brackets.
        scope: `each` word in a bracket of its own, or the `whole` list in one.
        notation: `weight` `(bad:0.564)`, `bracket` `[[bad]]` (WebUI, 1.1), `novelai` `[[bad]]`/`{{bad}}` (1.05).

    Raises:
        PureNegativeError: the notation cannot hold a word, or the count of brackets.
    """
    opening, closing = brackets_of(words, strength, notation)
    escaped = [escape(word) for word in words]
    texts = escaped if scope == "each" else [", ".join(escaped)]
    return ", ".join(f"{opening}{text}{closing}" for text in texts)


def brackets_of(words: Sequence[str], strength: Strength, notation: str) -> tuple[str, str]:
    """What goes before and after a word to give it the weight."""
    if notation == "weight":
        return "(", f":{validate.decimal(strength.w)})"
    signs = ":|[]{}" if notation == "novelai" else ":|"
    for word in words:
        if any(sign in word for sign in signs):
            raise PureNegativeError(
                f"words: {validate.shown(word)} contains one of {' '.join(signs)}, which mean something else "
                "inside brackets; use the notation 'weight'."
            )
    count = bracket_count(strength, notation)
    if abs(count) > MOST_WRITTEN_BRACKETS:
        raise PureNegativeError(
            f"notation: W {validate.decimal(strength.w)} would need {abs(count)} brackets; "
            f"at most {MOST_WRITTEN_BRACKETS} are allowed, so use the notation 'weight'."
        )
    pair = "[]" if count < 0 else "{}" if notation == "novelai" else "()"
    return pair[0] * abs(count), pair[1] * abs(count)


def bracket_count(strength: Strength, notation: str) -> int:
    """The whole number of brackets nearest to W: negative for `[`."""
    if strength.brackets is not None:
        return strength.brackets
    return round(math.log(strength.w) / math.log(_step(notation)))


def written_w(strength: Strength, notation: str) -> float:
    """The weight that the written text really carries in its own program."""
    if notation == "weight":
        return strength.w
    return float(_step(notation) ** bracket_count(strength, notation))


def _step(notation: str) -> float:
    return NOVELAI_STEP if notation == "novelai" else WEBUI_STEP


def ladder(tags: Sequence[str]) -> str:
    """A positive prompt whose tags, in order of importance, get 1.0, 0.95, 0.91, 0.82, 0.75, then on by 1.1^-n."""
    weights = [*LADDER, *(float(f"{WEBUI_STEP**-n:.2g}") for n in range(4, 4 + len(tags)))]
    return ", ".join(f"({escape(tag)}:{validate.decimal(weight)})" for tag, weight in zip(tags, weights, strict=False))


def climb(prompt: str) -> str:
    """A comma-separated positive prompt put on the ladder; one that stands on it already is left as it is."""
    if descend(prompt) is not None:
        return prompt
    tags = list(dict.fromkeys(filter(None, (_literal(tag, "prompt") for tag in word_list.divide(prompt, "prompt")))))
    if len(tags) > MOST_WORDS:
        raise PureNegativeError(f"prompt: there are {len(tags)} tags; at most {MOST_WORDS} can be weighted by order.")
    if found := _EXTRA_NETWORK.search(ladder(tags)):
        raise PureNegativeError(
            f"prompt: weighted by order, {validate.shown(found[0])} would be read as an extra network "
            "tag; remove a '<' or '>'."
        )
    return ladder(tags)


def descend(prompt: str) -> str | None:
    """The tags of a ladder, comma-separated as they were typed; None where the prompt is no ladder."""
    tags = re.findall(r"\(((?:[^\\()\[\]]|\\.)+):[.\d]+\)", prompt)
    if tags and ladder([unescape(tag) for tag in tags]) == prompt:
        return ", ".join(tags)
    return None
