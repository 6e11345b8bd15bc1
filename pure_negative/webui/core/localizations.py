"""Our texts beside whatever language pack the user has chosen for the WebUI.

The WebUI merges the files of one name (modules/localization.py), and packs go by several: `zh_CN`, `zh-Hans (Stable)`.
Ours come first, so that the pack's own word holds where it has one.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from pure_negative.language import names

FOLDER = Path(__file__).parents[3] / "localizations"
FILES = MappingProxyType({"zh_CN": "zh_CN", "zh_TW": "zh_TW", "ja": "ja_JP", "ko": "ko_KR"})
"""Catalogue → our file's name, that of the most used pack."""


def merge() -> None:
    """Have the WebUI read our file for the chosen language; called before it builds its page."""
    from modules import localization, shared

    chosen = str(getattr(shared.opts, "localization", "") or "")
    catalogue = names.catalogue(chosen)
    if not catalogue or chosen not in localization.localizations:
        return
    ours = str(FOLDER / f"{FILES[catalogue]}.json")
    others = [path for path in localization.localizations[chosen] if Path(path).resolve() != Path(ours).resolve()]
    localization.localizations[chosen] = [ours, *others]
