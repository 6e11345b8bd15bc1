"""Infotext to panel: the tick, the controls, and the tab's prompts without our part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pure_negative import infotext
from pure_negative.errors import PureNegativeError
from pure_negative.panel import controls, events, values

_KEPT = "Pure negative restored"
"""Where the restored choices are kept among the parsed pairs, so that they are worked out once a paste."""


def fields(tick: Any, panel: controls.Controls) -> list[tuple[Any, Callable[[dict[str, Any]], Any]]]:
    """The WebUI's pairs of component and function of the parsed infotext."""
    named = {"enabled": tick, **panel.inputs}
    return [*((component, _getter(name)) for name, component in named.items()), (panel.brackets, _slider)]


def _getter(name: str) -> Callable[[dict[str, Any]], Any]:
    """A function that gives the control's value; without our field only the tick changes, to off."""

    def get(params: dict[str, Any]) -> Any:
        kept = restored(params)
        if kept is None:
            return False if name == "enabled" else None
        return values.write(kept.choices)[name]

    return get


def _slider(params: dict[str, Any]) -> Any:
    """The bracket slider's place, which belongs to the weight but is no argument of a run."""
    kept = restored(params)
    return None if kept is None or kept.choices.strength is None else events.position(kept.choices.strength)


def restored(params: dict[str, Any]) -> infotext.Restored | None:
    """The choices behind parsed pairs; None for a text without our field, or with one that can't be read."""
    if _KEPT not in params:
        try:
            params[_KEPT] = infotext.restore_info(_info(params))
        except PureNegativeError as error:
            print(f"Pure negative: the pasted parameters can't be read: {error}")
            params[_KEPT] = None
    return params[_KEPT]  # type: ignore[no-any-return]


def _info(params: dict[str, Any]) -> infotext.Infotext:
    pairs = {key: value for key, value in params.items() if isinstance(value, str)}
    if "Size-1" in params and "Size-2" in params:
        pairs["Size"] = f"{params['Size-1']}x{params['Size-2']}"
    return infotext.Infotext(params.get("Prompt") or "", params.get("Negative prompt") or "", pairs)


def on_pasted(_: str, params: dict[str, Any]) -> None:
    """Take our words out of the tab's prompts before they are filled: the tick puts them in again, once."""
    kept = restored(params)
    if kept is not None:
        params["Negative prompt"] = kept.tab.negative_prompt
        params["Prompt"] = kept.choices.prompt or ""
