"""Characters that look like others or like nothing: format characters, full-width forms, other commas and signs.

Sources: Unicode 15.1, DerivedCoreProperties.txt (Default_Ignorable_Code_Point), emoji-data.txt and UTS #51, *ED-17*.
"""

from __future__ import annotations

import re

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_IGNORABLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ONE_EMOJI = rf"{_PICTURE}\ufe0f?(?:[\U0001f3fb-\U0001f3ff]\ufe0f?)?"
_INVISIBLE = re.compile(
    rf"(?P<emoji>\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f|[0-9#*]\ufe0f\u20e3|{_ONE_EMOJI}(?:\u200d{_ONE_EMOJI})*)"
    rf"|{_IGNORABLE}"
)
"""What nobody sees; an emoji is taken whole, since in it U+FE0F, U+200D and a flag's tags make another picture."""

COMMAS = ",，、､﹐﹑،"
"""Everything that stands between the words of a list in one script or another."""

_NARROW: dict[int, int | str] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(
        map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"), " "
    ),
    **dict.fromkeys(map(ord, "\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63"), "-"),
    **dict.fromkeys(map(ord, "\u2236\ufe55\ufe13"), ":"),
    **dict.fromkeys(map(ord, "\u2044\u2215"), "/"),
    **dict.fromkeys(map(ord, "\u2715\u2716\u2a2f"), "×"),
}


def visible(text: str) -> str:
    """The text without the characters that nobody sees; what belongs to an emoji stays."""
    return _INVISIBLE.sub(lambda found: found["emoji"] or "", text)


def invisible(text: str) -> list[str]:
    """The characters that `visible` takes out, each once, as `U+200B`."""
    found = (match[0] for match in _INVISIBLE.finditer(text) if not match["emoji"])
    return list(dict.fromkeys(f"U+{ord(character):04X}" for character in found))


def narrow(text: str) -> str:
    """The text with full-width forms, other blanks, minus signs and ratio signs as the ASCII ones they stand for."""
    return text.translate(_NARROW)


def figures(text: str) -> str:
    """A typed number, size or ratio as it is meant: `０．５`, `１６：９`, `768 × 512` in ASCII, nothing else."""
    return narrow(visible(text))


def figure_list(text: str) -> str:
    """A list of typed numbers as `figures` reads one, with every kind of comma between them an ASCII one."""
    return figures(text.translate(dict.fromkeys(map(ord, COMMAS), ",")))
