"""Parameters texts out of what was pasted: without what chats, mails, web pages and programs put around them.

A text is looked for by our own field. Around it are taken off: JSON, fences, marks of a quotation, bullets and line
numbers, HTML, headings above the prompt, and whatever stands behind the settings. Several texts in one come out as
several. Signs that a program may have changed (quotation marks, spaces, entities, escapes) are put back only where the
words that the field tells of, or the words with their weight, are not in the text as it stands.

What can't be had whole is refused: nothing is kept that is less than what the text says.
"""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.sharing.wrapping import BARE_AMPERSAND, ESCAPED, FIELD, LINE_ENDS, MARKUP, STEPS, is_prefix, layers

LONGEST = 1_000_000
"""Characters of a pasted text."""
_NEGATIVE = re.compile(
    rf"(?im)(?:(?<=\s)|^){MARKUP}negative[ \xa0]prompt{MARKUP}:{MARKUP}"
    rf"|^[# \t]*{MARKUP}negative prompt{MARKUP}[ \t]*$"
)
_QUOTED = re.compile(r"(?:(?:[-*+•]|>+)[ \t]+|>{2,}(?=\w))+(?![:;.][-']?[)(DPOo])")
"""Marks before the prompt alone; a face like `> :(` is none."""
_AROUND = re.compile(r"(?:[\s\"'“”’\\]|\\n|&(?:amp;)*(?:quot|#x?27|#39);)*[\]}]")
"""What stands behind a text in JSON that could not be taken apart."""
_GOES_ON = re.compile(r"\n?[\w.~+()%-]*;")
_MAY_GO_ON = re.compile(r"\n[\w.~ +()%-]+(?:,|\n|\Z)")
"""What stands behind a field that was broken in two."""
_CUT_JSON = re.compile(
    r"[\[{(]*\s*[\"']?\w+[\"']?\s*:\s*[\"']|[{\[]\s*(?:\n|\Z)"
    r"|.*?(?:[\"“”„]|&(?:amp;)*quot;)\s*:\s*(?:[\"“”„\[{]|&(?:amp;)*quot;)",
    re.DOTALL,
)
"""A prompt that begins with, or holds, what JSON has before a text."""
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});")
_MARK = re.compile(r"\A[>|•*+#-]+(?=\s|\Z)|(?<=\s)[>|•*+#-]+\Z|(?<=\s)>+(?=\s)|`{3,}|~{3,}|\\+(?=[\"n](?![a-z]))")
"""What a program may have put into a prompt, or its author."""
_HEADINGS = re.compile(
    r"(?:positive )?prompts?|positive|png ?info|(?:generation|image|my)[ _](?:data|parameters|info|settings|details)"
    r"|geninfo|infotext|metadata|settings|prompt and settings|info|workflow|(?:txt|text)2img"
)
_LABEL = re.compile(
    r"(?i)(?:(?:#{1,6}[ \t]+)?[*_`~]{0,6}parameters[*_`~]{0,6}(?:[ \t]+|\Z))+|"
    r"[*_`]*(?:positive[ \xa0])?(?:prompt|parameters)[*_`]*:[*_`]*\s*(?:[|>][-+]?\s*(?=\n))?"
)
_STAMP = re.compile(
    r"(?:.*(?:wrote|said|writes|schrieb|a écrit)\s*:|.{0,80}[\[,(—–-]\s*[^\n]{0,30}\b\d{1,2}:\d{2}\b[^,\n]{0,12})"
)
"""Who wrote a message and when."""
_TAIL = re.compile(
    r"(?:Used embeddings|Time taken|(?:Negative )?Template|Wildcard (?:negative )?prompt|Postprocess[ \w]*|Saved|A|R"
    r"|Sys): [^\n]*|postprocessing|extras|[-=_*~—]{3,}|[`\"'}\])*|~]+"
)
"""Lines that stand behind a text, and so above the next one."""
_SPACES: Mapping[int, str | None] = {
    **dict.fromkeys(map(ord, "\xa0\u202f\u2007\u2009\u3000"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\xad\u202a\u202b\u202c\u202d\u202e"), None),
}
_QUOTES: Mapping[int, str] = {
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′"), "'"),
    **{ord("…"): "...", ord("–"): "-", ord("—"): "--", ord("−"): "-"},
}
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()<>#+.!~|:-])")
_MOST_CHANGED = 20_000
"""Characters of a text for which every combination of changes is tried."""


def _rejoined(text: str, between: str, in_field: str) -> str:
    """The settings on one line, whatever broke them into several and marked each as quoted."""
    starts, fields = list(STEPS.finditer(text)), list(FIELD.finditer(text))
    at = starts[-1].start() if starts else len(text)
    inside = max(at, fields[-1].start(1) if fields else at)
    return text[:at] + _BREAK.sub(between, text[at:inside]) + _BREAK.sub(in_field, text[inside:])


_BREAK = re.compile(
    r"[ \t]*\n[ \t]*(?:>[ \t]?)*(?=\S)(?!(?:Used embeddings|Time taken|(?:Negative )?Template|Saved): |`{3}|~{3})"
)
_CHANGES: tuple[Callable[[str], str], ...] = (
    lambda text: text.translate(_SPACES),
    lambda text: text.translate(_QUOTES),
    html.unescape,
    lambda text: text.replace("**", "").replace("||", "").replace("~~", ""),
    lambda text: _ESCAPED.sub(r"\1", text),
)
"""What programs do to single signs, undone."""
_BREAKS = ((" ", ""), (" ", " "), ("", ""))
"""What stood where long lines were broken: before our field, and in it."""
_HYPHENATED = re.compile(r"(?<=[a-z]-)\n")
_CLOSED_BY: Mapping[str, str] = {**{sign: sign for sign in "`*|~\"'_"}, ")": "(", "”": "“", "»": "«", "’": "‘"}
_WHOLE, _CLEAN = 1, 2
_CHANGED_AROUND = "{}: the text around the parameters is cut off or changed; copy them alone."
_ONE = "paste one at a time"
_MOST, _FAR = 100, 10_000
"""Pictures in one text, and characters in which one's settings are looked for."""


@dataclass(frozen=True)
class Pasted:
    """One parameters text as the WebUI writes them, and what is to be known of how it was found."""

    text: str
    notes: tuple[str, ...] = ()
    is_rewrapped: bool = field(default=False, repr=False)


def holds(text: str) -> bool:
    """Whether our field is anywhere in a text."""
    return FIELD.search(text) is not None or FIELD.search(html.unescape(text).translate(_SPACES)) is not None


def is_of_a_picture(text: str) -> bool:
    """Whether a text is a picture's parameters, ours or any other's."""
    plain = LINE_ENDS.sub("\n", text.translate(_SPACES))
    starts = [each.start() for each in itertools.islice(STEPS.finditer(plain), _MOST)]
    return any(infotext.pairs(" ".join(plain[start : start + _FAR].split())) for start in starts)


def fenced(text: str) -> list[str]:
    """What stands between fences on lines of their own, however it is quoted."""
    plain = LINE_ENDS.sub("\n", text)
    unquoted = re.sub(r"(?m)^[ \t]*(?:>[ \t]?)+", "", plain)
    for each in (plain, unquoted):
        found = [block[1] for block in re.findall(r"(?ms)^(```|~~~)[^\n`~]*\n(.*?)^\1", each)]
        if found:
            return found
    return []


def read(text: str, where: str) -> list[Pasted]:
    """The parameters texts with our field in a pasted text.

    Raises:
        PureNegativeError: there is none, or one of them is cut, or was changed so that words are missing.
    """
    if len(text) > LONGEST:
        raise PureNegativeError(f"{where}: {len(text)} characters are too many; at most {LONGEST} are allowed.")
    text = text.strip("\ufeff \t\r\n")
    if stands_alone(text) and _is_whole(text):
        return [Pasted(text)]
    best: list[tuple[int, Pasted]] = []
    first: list[Pasted] | PureNegativeError | None = None
    seen: list[list[Pasted]] = []
    for changed in _changed(text):
        tries = []
        for each in changed:
            found = _cut_or_refused(each, where)
            first = first or found
            if isinstance(found, list) and found not in seen:
                seen.append(found)
                tries.append([_mended(one) for one in found])
        best = max([best, *tries], key=_least)
        if _least(best) == _CLEAN:
            _refuse_two_readings([each for each in tries if _least(each) == _CLEAN], where)
            break
    if _least(best):
        return [_questioned(each, is_clean=sound == _CLEAN) for sound, each in best]
    if isinstance(first, PureNegativeError) or first is None:
        raise first or PureNegativeError(f"{where}: there is no '{infotext.FIELD}' in the text.")
    if len(first) > 1 and not all(_is_whole(each.text) for each in first):
        raise PureNegativeError(f"{where}: the text holds several pictures' parameters, and some are cut off; {_ONE}.")
    return [_questioned(_doubted(each, where)) for each in first]


def _least(tried: list[tuple[int, Pasted]]) -> int:
    return min((sound for sound, _ in tried), default=0)


def _cut_or_refused(text: str, where: str) -> list[Pasted] | PureNegativeError:
    try:
        return _cut(text, where)
    except PureNegativeError as error:
        return error


def _refuse_two_readings(tries: list[list[tuple[int, Pasted]]], where: str) -> None:
    """A word can be broken at one place in the field and in the negative prompt: both readings are whole then."""
    words = {tuple(_said(each.text) for _, each in tried) for tried in tries}
    if len(words) > 1:
        raise PureNegativeError(
            f"{where}: a line ends inside a word, and a space may have stood there or not; paste the text unbroken."
        )


def _said(text: str) -> tuple[str, ...]:
    """What the field itself says of the negative prompt."""
    said = infotext.unpack(infotext.read(text).pairs[infotext.FIELD])
    return tuple(said.get(key, "") for key in ("words", "embeddings"))


def one(text: str, where: str) -> Pasted:
    """The one parameters text in a pasted text.

    Raises:
        PureNegativeError: as `read`, and where there are several.
    """
    found = read(text, where)
    if len(found) > 1:
        raise PureNegativeError(f"{where}: there are {len(found)} pictures' parameters in the text; {_ONE}.")
    return found[0]


def stands_alone(text: str) -> bool:
    """Whether nothing at all is around a text, so that nothing in it can be taken for that."""
    if not text.rpartition("\n")[2].startswith("Steps:") or LINE_ENDS.search(text) or len(FIELD.findall(text)) != 1:
        return False
    if "&" in text and not BARE_AMPERSAND.search(text):
        return False
    prompt = infotext.read(text).prompt
    return _prompt(prompt, "") == (prompt, ()) and not _NEGATIVE.search(prompt)


def _changed(text: str) -> Iterator[list[str]]:
    """The text as it stands, then with ever more kinds of changes undone; each with its settings' lines joined too."""
    seen: set[str] = set()
    for count in range(len(_CHANGES) + 1 if len(text) <= _MOST_CHANGED else 2):
        for changes in itertools.combinations(_CHANGES, count):
            changed = text
            for change in changes:
                changed = change(changed)
            plain = LINE_ENDS.sub("\n", changed)
            broken = dict.fromkeys((changed, *(_rejoined(plain, *between) for between in _BREAKS)))
            if not seen.issuperset(broken):
                yield [each for each in broken if each not in seen]
                seen.update(broken)


def _cut(text: str, where: str) -> list[Pasted]:
    """Every text with our field, in its order, what is around it taken off."""
    found: dict[str, Pasted] = {}
    for layer in layers(text):
        for each in _apart(layer, where):
            found.setdefault(each.text, each)
    if not found:
        raise PureNegativeError(
            f"{where}: there is no '{infotext.FIELD}' in the text, or the text before it is cut off."
        )
    return list(found.values())


def _apart(text: str, where: str) -> list[Pasted]:
    """The texts one behind the other: each ends with the settings that hold our field."""
    found, end = [], 0
    if len(FIELD.findall(text)) > _MOST:
        raise PureNegativeError(
            f"{where}: there are too many pictures' parameters in the text; at most {_MOST} are allowed."
        )
    for packed in FIELD.finditer(text):
        starts = list(STEPS.finditer(text, end, packed.start()))
        at = starts[-1].start() if starts else text.rfind("\n", end, packed.start()) + 1
        at = max(at, end)
        settings, behind = _settings(text, at, packed)
        if _AROUND.match(text, behind):
            raise PureNegativeError(_CHANGED_AROUND.format(where))
        body, notes = _body(text[end:at], _closers(text, behind), where)
        end = behind
        if not infotext.pairs(settings) or _is_broken(text, at, behind):
            raise PureNegativeError(f"{where}: the text is cut off: its settings are incomplete; copy it again.")
        is_rewrapped = bool(text[text.rfind("\n", 0, at) + 1 : at].strip()) or "\n" in text[at:behind]
        found.append(Pasted(f"{body}\n{settings}".strip("\n"), notes, is_rewrapped))
    return found


def _is_broken(text: str, at: int, end: int) -> bool:
    """Whether the settings seem to go on behind their end, in a line that was broken."""
    return _GOES_ON.match(text, end) is not None or ("\n" in text[at:end] and _may_go_on(text[end:]))


def _may_go_on(text: str) -> bool:
    return _MAY_GO_ON.match(text) is not None and not _TAIL.fullmatch(text.split("\n")[1].strip())


def _settings(text: str, at: int, field: re.Match[str]) -> tuple[str, int]:
    """The settings as one line, and where the text goes on behind them."""
    before = " ".join(text[at : field.start()].split("\n"))
    before = re.sub(rf"{MARKUP}([A-Za-z][\w /-]*){MARKUP}:{MARKUP}(?=[ \xa0])", r"\1:", before)
    packed, end = _packed(text, field)
    rest = re.match(r'"?(?:,\s*\w[\w \-/]+:\s*(?:"(?:\\.|[^\\"\n])+"|[^,\n]*))+', text[end:])
    if rest is None:
        return f"{before}{infotext.FIELD}: {packed}", end
    more = " ".join(rest[0].removeprefix('"').split()).rstrip("`*|~}]>")
    around = re.search(r"""(?:[\\"”]|&(?:amp;)*quot;)\W*[\]}]\W*$""", rest[0][-40:])
    return f"{before}{infotext.FIELD}: {packed}{more}", end + rest.end() - (len(around[0]) if around else 0)


def _packed(text: str, field: re.Match[str]) -> tuple[str, int]:
    """The field's value without the beginning of what follows it on its line: `Time taken: …`, `Used embeddings: …`."""
    packed, end = field[1], field.end()
    if text[end : end + 1] in (":", "/"):
        packed = re.sub(r"\s+[A-Z][\w ./]*$", "", packed)
    return packed.rstrip(), field.start(1) + len(packed.rstrip())


def _closers(text: str, at: int) -> str:
    """The signs right behind a text that close something opened before it."""
    found = re.match(r"[ \t]*([`*|~\"'_)”»’]+)", text[at : at + 20])
    return found[1] if found else ""


def _body(text: str, closers: str, where: str) -> tuple[str, tuple[str, ...]]:
    """The prompt and the negative prompt as the WebUI writes them, and notes on what was left out."""
    text = _after_others(text)
    labels = list(_NEGATIVE.finditer(text))
    if len(labels) > 1:
        raise PureNegativeError(f"{where}: two pictures' parameters are mixed up in the text; {_ONE}.")
    prompt = text[: labels[0].start()] if labels else text
    negative = text[labels[0].end() :].strip() if labels else ""
    prompt, notes = _prompt(prompt, closers)
    if _CUT_JSON.match(prompt):
        raise PureNegativeError(_CHANGED_AROUND.format(where))
    negative = "\n".join(line.strip() for line in negative.split("\n")).strip("`")
    return f"{prompt}\nNegative prompt: {negative}" if negative else prompt, notes


def _after_others(text: str) -> str:
    """What stands behind another picture's settings, which hold no field of ours."""
    for start in reversed([each.start() for each in STEPS.finditer(text)][-_MOST:]):
        end = text.find("\n", start)
        if end >= 0 and infotext.pairs(text[start:end]):
            return text[end:]
    return text


def _prompt(text: str, closers: str) -> tuple[str, tuple[str, ...]]:
    """The prompt without headings, and a note on each that was not the WebUI's own."""
    lines = [line.strip() for line in text.strip().split("\n")]
    left_out: list[str] = []
    while lines and len(left_out) < _MOST and (count := _heading(lines)):
        left_out += [line for line in lines[:count] if line and _bare(line).casefold() != "parameters"]
        lines = lines[count:]
    prompt = "\n".join(lines)
    marks = _QUOTED.match(prompt)
    if marks:
        left_out += [] if ">" in marks[0] else [marks[0].strip()]
        prompt = prompt[marks.end() :]
    elif is_prefix(f"{prompt} "):
        prompt = ""
    label = _LABEL.match(prompt)
    prompt = _opened(prompt[label.end() :] if label else prompt, closers).strip()
    notes = [f"{line[:60]!r} before the prompt was left out." for line in left_out if not _TAIL.fullmatch(line)]
    if "\n\n" in prompt:
        notes.append("The prompt has a blank line in it; if the text above that is not part of it, paste without it.")
    return prompt, tuple(notes)


def _bare(line: str) -> str:
    return line.lstrip(f"{string.whitespace}\xa0#*_`>~|=[(-").rstrip(f"{string.whitespace}\xa0*_`~|=:])-")


def _heading(lines: list[str]) -> int:
    """How many of the first lines are a heading, a separator or the end of another text."""
    line, after = lines[0], lines[1] if len(lines) > 1 else ""
    bare = _bare(line).casefold()
    if not line or _TAIL.fullmatch(line) or bare == "parameters" or re.match(r"#{1,6}\s+\S", line):
        return 1
    if _HEADINGS.fullmatch(bare) and (bare != line.casefold() or any(lines[1:])):
        return 1
    if re.fullmatch(r"={3,}|-{3,}", after):
        return 2
    is_alone = re.fullmatch(r"(\*\*|__)[^*_,]+\1", line) is not None
    return int(
        is_alone or (len(line) < 200 and _STAMP.fullmatch(line) is not None) or (line.endswith(":") and len(line) > 1)
    )


def _opened(prompt: str, closers: str) -> str:
    """The prompt without the signs that those behind the text close."""
    for sign in reversed(closers):
        if prompt.startswith(_CLOSED_BY[sign]):
            prompt = prompt[1:]
    return prompt


def _mended(found: Pasted) -> tuple[int, Pasted]:
    """The text with single signs or broken lines put back, where only then it is what its field tells of: how sound."""
    ranked = {found.text: _soundness(found.text, found.is_rewrapped)}
    for text in _variants(found.text):
        if _CLEAN in ranked.values():
            break
        ranked.setdefault(text, _soundness(text, found.is_rewrapped))
    text = max(ranked, key=lambda text: ranked[text])
    entity = _ENTITY.search(infotext.read(found.text).prompt) if text != found.text else None
    notes = found.notes
    if entity and ranked[found.text] == _WHOLE:  # nothing else says that a program wrote it
        notes = (*notes, f"{entity[0]!r} and its like in the prompt were read as the signs they stand for.")
    return ranked[text], dataclasses.replace(found, text=text, notes=notes)


def _variants(text: str) -> Iterator[str]:
    """The text without HTML's entities, and with the lines of a prompt joined that may have been broken."""
    changed = text
    for _ in range(ESCAPED):
        changed = html.unescape(changed)
        yield changed
    info = infotext.read(text)
    lines = {"prompt": info.prompt, "negative": info.negative_prompt}
    for prompt, negative in itertools.product(*(_joined_lines(each) for each in lines.values())):
        last_line = text.rpartition("\n")[2]
        if (prompt, negative) != (info.prompt, info.negative_prompt):
            yield "\n".join(filter(None, (prompt, negative and f"Negative prompt: {negative}", last_line)))


def _joined_lines(text: str) -> tuple[str, ...]:
    return (text, _HYPHENATED.sub("", text).replace("\n", " "), text.replace("\n", "")) if "\n" in text else (text,)


def _soundness(text: str, is_rewrapped: bool = False) -> int:
    """0, or `_WHOLE`: the words with their weight are all there; or `_CLEAN`: its prompt too is as it should be.

    Words that nothing but the text itself tells of are not sure in a text whose lines were broken or joined.
    """
    restored = _restored(text)
    if restored is None or not restored.explained:
        return 0
    if is_rewrapped and _only_shown(restored, text):
        return _WHOLE
    return _CLEAN if restored.formatted and not _ENTITY.search(infotext.read(text).prompt) else _WHOLE


def _is_whole(text: str) -> bool:
    """Whether the words with their weight are all in the text, as the field and its preset tell of them."""
    return _soundness(text) >= _WHOLE


def _only_shown(restored: infotext.Restored, text: str) -> bool:
    """Whether neither the field nor a known preset tells of the words."""
    return restored.choices.words is not None and not _said(text)[0]


def _restored(text: str) -> infotext.Restored | None:
    try:
        return infotext.restore(text)
    except PureNegativeError:
        return None


def _questioned(found: Pasted, is_clean: bool = False) -> Pasted:
    """A text with a note on what in its prompt may be a program's."""
    notes, prompt = [*found.notes], infotext.read(found.text).prompt
    odd = _MARK.search(prompt) or _ENTITY.search(prompt)
    if odd:
        notes.append(f"The prompt holds {odd[0].strip()!r}, which may be no part of it; look whether it is right.")
    restored = None if is_clean else _restored(found.text)
    if restored is not None and not restored.formatted:
        notes.append("The prompt is not in its preset's format; look whether it is as it was written.")
    if restored is not None and found.is_rewrapped and _only_shown(restored, found.text):
        notes.append("The text's lines were changed on its way; look whether its words are right.")
    return dataclasses.replace(found, notes=tuple(notes))


def _doubted(found: Pasted, where: str) -> Pasted:
    """A text that is not whole by its own account: refused where words are missing, else with a note on it."""
    restored = infotext.restore(found.text)
    if restored is not None and restored.missing:
        words = ", ".join(restored.missing[:5]) + (", …" if len(restored.missing) > 5 else "")
        raise PureNegativeError(
            f"{where}: the negative prompt shows no {words}, although its '{infotext.FIELD}' says so; the text was "
            "cut or changed: copy it again."
        )
    if _is_whole(found.text):
        return found
    note = f"The negative prompt is not only what its '{infotext.FIELD}' says; check that its words are right."
    return dataclasses.replace(found, notes=(*found.notes, note))
