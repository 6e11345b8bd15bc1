"""What programs put around a text, taken off: JSON, HTML, fences, marks of a quotation, bullets and line numbers.

Only where a parameters text with our own field stands inside; by that it is known how deep the layers go.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator

_DEEPEST = 6
"""Layers around a text, one inside the other."""
_DEEPEST_JSON = 20
ESCAPED = 4
"""How often a text's signs may have been made HTML's, one over the other."""
MARKUP = r"[*_`~|]{0,6}"
_GAP = r"(?:[ \t\xa0>]|\n){0,40}"
FIELD = re.compile(rf'Pure(?=\s){_GAP}negative{MARKUP}:{MARKUP}{_GAP}"?(v[0-9]+(?:;[a-z_]+=[\w.~ +()%-]*)*)', re.ASCII)
"""Our field with its value: no other sign stands in one, so what follows it is somebody else's."""
STEPS = re.compile(rf"(?<![^\s*_`~|>\"'\[({{]){MARKUP}Steps{MARKUP}:{MARKUP}{_GAP}[0-9]+{MARKUP}[ \xa0]*,")
"""How the WebUI's settings begin."""
LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]|<br\s*/?>\n?")
_BLOCKS = re.compile(r"</?(?:p|div|pre|blockquote|body|html|h[1-6]|table|tbody|tr|td|ul|ol|li)(?:\s[^<>]*)?>")
_CLOSING = re.compile(r"</(?:p|div|pre|blockquote|body|html|h[1-6]|t[dr]|[uo]l|li|code|span|strong|em|b|i|font|a)>")
BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,5});)")
"""Where there is none, the whole text is HTML's."""
_INLINE = re.compile(r"</?(?:code|span|strong|em|b|i|tt|font|a|mark)(?:\s[^<>]*)?>")
_STRING = re.compile(r"""(?<=[:\[{,(\s])("|')(?:(?!\1)[^\\\n]|\\.)*\1(?=\s*(?:[,\]})]|\Z))""")
_LITERAL_ENDS = re.compile(r"(?:\\r)?\\n(?=(?:Negative prompt|Steps):)")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*(?:([A-Za-z0-9+#_.-]*)[ \t]*\n)?(.*?)(?:\1|\Z)", re.DOTALL)
_LANGUAGES = re.compile(
    r"(?i)text|txt|plain|plaintext|plain-text|raw|log|prompt|parameters|infotext|a1111|yaml|yml|json|md|markdown|ini"
    r"|toml|conf|cfg|properties|diff|patch|fix|css|arm|asciidoc|autohotkey|bash|sh|shell|console|cmd|bat|powershell"
    r"|ps1|coffee|cpp|c|cs|csharp|go|java|js|javascript|ts|lua|php|prolog|ml|apache|elm|http|html|xml|sql|tex|latex|vb"
    r"|py|python|rb|ruby|rs|rust|none|nohighlight"
)
"""What stands behind a fence's signs and is no text of the author's."""
_PREFIXES = (
    re.compile(r"^[ \t]*(?:[-*+•·‣▪◦–—][ \t]+|[+|│┃][ \t]*)"),
    re.compile(r"^[ \t]*[\[(]?[0-9]{1,4}(?:[.):|\]][ \t]*|[ \t]+)"),
    re.compile(r"^[ \t]*>[ \t]?"),
    re.compile(r"^[ \t]+"),
)
"""What stands before each line of a list, a listing or a table."""
_TABLE_END = re.compile(r"[ \t]*[|│┃][ \t]*$")
_MARKS = re.compile(r"[ \t]*(?:(?:>[ \t]+)+|>{2,}[ \t]*|>(?=\S)(?!_|[:;.][)(]))")
"""What stands before a quoted line; a face like `>_<` is none."""


def layers(text: str, depth: int = _DEEPEST) -> list[str]:
    """What is inside JSON, fences, quotations and the like, one in another."""
    for _ in range(ESCAPED):
        text = html.unescape(text) if "&" in text and not BARE_AMPERSAND.search(text) else text
    text = LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    if _CLOSING.search(text):
        text = _INLINE.sub("", _BLOCKS.sub("\n", text))
    for peel in (_strings, _fenced, _unprefixed) if depth else ():
        inside = peel(text)
        if inside:
            return [layer for each in inside for layer in layers(each, depth - 1)]
    return [text]


def _strings(text: str) -> list[str]:
    """The texts with our field in JSON, or in strings that programs print with their escapes."""
    if text.lstrip()[:1] in ("{", "[", '"'):
        with contextlib.suppress(ValueError, RecursionError):
            return [each for each in _texts(json.loads(text, strict=False), _DEEPEST_JSON) if FIELD.search(each)]
    found = [_unescaped(each[0][1:-1]) for each in _STRING.finditer(text) if "\\n" in each[0] and FIELD.search(each[0])]
    return found or ([_unescaped(text)] if _LITERAL_ENDS.search(text) else [])


def _unescaped(text: str) -> str:
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda each: _unescaped_sign(each[1]), text)


def _unescaped_sign(sign: str) -> str:
    return chr(int(sign[1:], 16)) if len(sign) == 5 else {"n": "\n", "t": "\t", "r": ""}.get(sign, sign)


def _texts(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple)) and depth:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each, depth - 1)


def _fenced(text: str) -> list[str]:
    """What stands between fences, where our field does; else the text without their signs."""
    if "```" not in text and "~~~" not in text:
        return []
    blocks = [_unlabelled(fence[2], fence[3]) for fence in _FENCE.finditer(text)]
    inside = [block for block in blocks if FIELD.search(block)]
    if inside and len(FIELD.findall(text)) == sum(len(FIELD.findall(block)) for block in inside):
        return inside
    return [re.sub(r"(?m)^[ \t>]*(?:`{3,}|~{3,})[\w+-]*[ \t]*$|`{3,}|~{3,}", "", text)]


def _unlabelled(label: str | None, body: str) -> str:
    """A block without the name of a language; a word that is none is the text's own.

    Where the name's line has lost its end, it becomes a heading, so that it is told of: it may be the text's own.
    """
    joined = re.match(r"([a-z]+)[ \t]+(?=\S)", body) if label is None else None
    if joined and _LANGUAGES.fullmatch(joined[1]):
        return f"# {joined[1]}\n{body[joined.end() :]}"
    return body if not label or _LANGUAGES.fullmatch(label) else f"{label}\n{body}"


def _unprefixed(text: str) -> list[str]:
    """The text without what stands before its settings' line, and before its other lines too."""
    field = FIELD.search(text)
    if field is None:
        return []
    marks = _MARKS.match(text, text.rfind("\n", 0, field.start()) + 1)
    if marks:
        return ["\n".join(_without_marks(line, marks[0].count(">")) for line in text.split("\n"))]
    starts = list(STEPS.finditer(text, 0, field.start()))
    before = text[text.rfind("\n", 0, starts[-1].start()) + 1 : starts[-1].start()] if starts else ""
    pattern = next((pattern for pattern in _PREFIXES if pattern.match(before)), None)
    if pattern is None or not is_prefix(before):
        return []
    ends = _TABLE_END if re.search(r"[|│┃]", before) else re.compile(r"$")
    return ["\n".join(ends.sub("", pattern.sub("", line, count=1)) for line in text.split("\n"))]


def is_prefix(before: str) -> bool:
    """Whether a text is nothing but bullets, numbers and marks."""
    while before:
        found = next((found for pattern in _PREFIXES if (found := pattern.match(before)) and found[0]), None)
        if found is None:
            return False
        before = before[found.end() :]
    return True


def _without_marks(line: str, depth: int) -> str:
    """A line of a quotation without its marks, but for those that were in the text."""
    marks = re.match(rf"[ \t]*(?:>[ \t]?){{1,{depth}}}", line)
    return line[marks.end() :] if marks else line
