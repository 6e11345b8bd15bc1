"""Which of the catalogues a language's name means, in the spellings of the WebUI, a browser and a shell."""

from __future__ import annotations

from collections.abc import Mapping

CATALOGUES = ("zh_CN", "zh_TW", "ja", "ko")
ENGLISH = ""
"""What is written in the source itself."""
_TRADITIONAL = ("tw", "hk", "mo", "hant", "trad")


def catalogue(name: str) -> str:
    """The catalogue for a name like `zh_CN`, `zh-Hant (Stable)`, `ja_JP` or `ko-KR.UTF-8`; empty for English."""
    first, *rest = name.strip().lower().replace("-", "_").split("_")
    if first in ("zh", "chinese"):
        return "zh_TW" if any(each.startswith(_TRADITIONAL) for each in rest) else "zh_CN"
    return {"ja": "ja", "japanese": "ja", "ko": "ko", "korean": "ko"}.get(first.partition(".")[0], ENGLISH)


def asked(header: str) -> str:
    """The catalogue for a browser's `Accept-Language`: its first language that is English or has a catalogue."""
    weighed = (each.strip().partition(";") for each in header[:1_000].split(","))
    ordered = sorted(((_weight(weight), name) for name, _, weight in weighed if name), key=lambda each: -each[0])
    for _, name in ordered:
        if name.lower().startswith("en") or catalogue(name):
            return catalogue(name)
    return ENGLISH


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0


def of_shell(environment: Mapping[str, str]) -> str:
    """The catalogue of the shell's language, by the variables that gettext itself reads, in its order."""
    for key in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(key, "").strip():
            return catalogue(value.partition(":")[0])
    return ENGLISH
