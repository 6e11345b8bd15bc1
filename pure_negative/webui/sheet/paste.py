"""From a pasted sheet's parameters to the sheet's axes."""

from __future__ import annotations

from typing import Any

from pure_negative.sheet import axis
from pure_negative.webui import names
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.webui.xyz import plot_options


def fields(controls: list[Any]) -> list[tuple[Any, Any]]:
    """Paste a sheet's text and its axes come back, and nothing that would run in their place stays.

    Any other text leaves the controls as they are.
    """
    pairs: list[tuple[Any, Any]] = [
        (controls[0], lambda params: _of_ours(params, sheet_controls.NO_SCAN)),
        (controls[-2], lambda params: _of_ours(params, "")),
    ]
    for place, name in enumerate(sheet_controls.AXES):
        kind, text = controls[1 + 2 * place], controls[2 + 2 * place]
        key = f"Sheet {name.upper()} axis"
        pairs.append((kind, lambda params, key=key: _part(params, key, 0)))
        pairs.append((text, lambda params, key=key: _part(params, key, 1)))
    return pairs


def _part(params: dict[str, Any], key: str, part: int) -> str | None:
    return _of_ours(params, parted(str(params.get(key, "")))[part])


def parted(text: str) -> tuple[str, str]:
    """The title of an axis in the list, and its values, from a text like `W: 6[, 0.9`; a title may hold a colon."""
    titles = [each for each in plot_options.listed() if text.startswith(f"{each}:")]
    kind = max(titles, key=len) if titles else text.partition(":")[0]
    known = axis.known(kind)
    return known.title if known else kind.strip(), text[len(kind) + 1 :].strip()


def _of_ours(params: dict[str, Any], value: str) -> str | None:
    """The value, if it is a sheet's text that is pasted."""
    return value if params.get("Script") == names.SHEET else None
