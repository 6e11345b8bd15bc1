"""From a pasted sheet's parameters to the sheet's axes."""

from __future__ import annotations

from typing import Any

from pure_negative.webui import sheet_controls
from pure_negative.webui.sheet import TITLE


def fields(controls: list[Any]) -> list[tuple[Any, Any]]:
    """Paste a sheet's text and its axes come back; any other text leaves the controls as they are."""
    pairs = []
    for place, name in enumerate(sheet_controls.AXES):
        kind, text = controls[1 + 2 * place], controls[2 + 2 * place]
        key = f"Sheet {name.upper()} axis"
        pairs.append((kind, lambda params, key=key: _part(params, key, 0)))
        pairs.append((text, lambda params, key=key: _part(params, key, 1)))
    return pairs


def _part(params: dict[str, Any], key: str, part: int) -> str | None:
    if params.get("Script") != TITLE:
        return None
    kind, _, text = str(params.get(key, "")).partition(":")
    return (kind, text)[part].strip()
