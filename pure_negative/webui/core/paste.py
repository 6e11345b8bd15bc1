"""Restoring the panel from infotext: the tick, the controls, and the tab's prompts without the words."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.panel import controls, events, values
from pure_negative.planning import infotext
from pure_negative.sharing import pasted_text
from pure_negative.webui.core import console
from pure_negative.webui.hosts import detect

_KEPT = "Pure negative restored"
"""Where the restored choices are kept among the parsed pairs, so that they are worked out once a paste."""


def fields(tick: Any, panel: controls.Controls) -> list[tuple[Any, Callable[[dict[str, Any]], Any]]]:
    """The WebUI's pairs of component and function of the parsed infotext."""
    named = {"enabled": tick, **panel.inputs}
    return [*((component, _getter(name)) for name, component in named.items()), (panel.brackets, _filling(_slider))]


def _getter(name: str) -> Callable[[dict[str, Any]], Any]:
    """A function that gives the control's value; without our field only the tick changes, to off."""

    def get(params: dict[str, Any]) -> Any:
        kept = restored(params)
        if kept is None:
            return False if name == "enabled" else None
        return values.write(kept.choices)[name]

    return _filling(get)


def _filling(get: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """The function, its value as this WebUI takes one."""
    return lambda params: detect.current().filled(get(params))


def _slider(params: dict[str, Any]) -> Any:
    """The bracket slider's place, which belongs to the weight but is no argument of a run."""
    kept = restored(params)
    return None if kept is None or kept.choices.strength is None else events.position(kept.choices.strength)


def _typed_prompt(params: dict[str, Any]) -> Any:
    kept = restored(params)
    return None if kept is None or "Prompt" not in params else _filled(kept.choices.prompt or "")


def _typed_negative(params: dict[str, Any]) -> Any:
    kept = restored(params)
    return None if kept is None or "Negative prompt" not in params else _filled(kept.tab.negative_prompt)


def _filled(text: str) -> Any:
    """An update of the control, which is passed on as it is: a mere value is made one of the type of the control's own,
    and where that is None, as in the first start of one host, nothing is filled in."""
    import gradio as gr

    return gr.update(value=text)


TYPED = MappingProxyType({"prompt": _typed_prompt, "negative_prompt": _typed_negative})
"""For the tab's own prompts, by their names in `plan.Tab`: what was typed, since the tick puts our part in again.

They are filled once more, after the WebUI has: it tells those who hear of a paste not which tab it is for, and img2img,
which has no tick, wants the whole.
"""


def restored(params: dict[str, Any], text: str = "") -> infotext.Restored | None:
    """The choices behind parsed pairs; None for a text without our field, or with one that can't be read."""
    if _KEPT not in params:
        try:
            params[_KEPT] = infotext.restore_info(_info(params, infotext.read(text)))
        except PureNegativeError as error:
            console.say(f"the pasted parameters can't be read: {error}")
            params[_KEPT] = None
    return params[_KEPT]  # type: ignore[no-any-return]


def _info(params: dict[str, Any], written: infotext.Infotext) -> infotext.Infotext:
    """The parsed pairs, and from the text itself those that the WebUI was told to disregard; but never our own."""
    disregarded = {key: value for key, value in written.pairs.items() if key != infotext.FIELD}
    pairs = {**disregarded, **{key: value for key, value in params.items() if isinstance(value, str)}}
    if "Size-1" in params and "Size-2" in params:
        pairs["Size"] = f"{params['Size-1']}x{params['Size-2']}"
    prompt, negative = params.get("Prompt", written.prompt), params.get("Negative prompt", written.negative_prompt)
    return infotext.Infotext(prompt or "", negative or "", pairs)


def on_pasted(text: str, params: dict[str, Any]) -> None:
    """Work the choices out while the text is at hand: fields that the WebUI disregards are missing from the pairs.

    A text that something is put around is read anew without it, since the WebUI's own pairs are then others.
    """
    text = _alone(text, params)
    restored(params, text)


def _alone(text: str, params: dict[str, Any]) -> str:
    """The parameters text in what was pasted, the WebUI's pairs made those of it; the text itself where it is that."""
    if pasted_text.stands_alone(text) or not pasted_text.holds(text):
        return text
    try:
        found = pasted_text.one(text, "parameters").text
    except PureNegativeError as error:
        print(f"Pure negative: {error}")
        return text
    if infotext.read(found) != infotext.read(text):
        from modules import infotext_utils

        params.clear()
        params.update(infotext_utils.parse_generation_parameters(found))
    return found
