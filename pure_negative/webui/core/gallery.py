"""From the gallery to the panel: the chosen picture's values, a sheet's cell or any other with our field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.panel import controls, events, values
from pure_negative.planning import infotext

INFO = "gallery"
"""The name of the tab's text that holds every picture's parameters."""
_CHOSEN = "(info) => [info, selected_gallery_index()]"
"""The WebUI's own function for the picture that is chosen."""


@dataclass(frozen=True)
class Taking:
    """The button, and the hidden number through which the page says which picture is chosen."""

    button: Any
    chosen: Any


def build() -> Taking:
    """The button."""
    label = "Restore settings from the picture selected in the gallery"
    return Taking(gr.Button(label, elem_id=controls.elem_id("gallery"), size="sm"), gr.Number(value=-1, visible=False))


def wire(taking: Taking, info: Any, panel: list[Any]) -> None:
    """Connect the button; the panel's controls come with the tick first and the bracket slider last."""
    taking.button.click(taken, [info, taking.chosen], panel, _js=_CHOSEN, show_progress="hidden")


def taken(info: Any, chosen: Any) -> list[Any]:
    """The chosen picture's values for the tick, the controls and the slider; the panel stays where there are none."""
    names = ("enabled", *values.CONTROLS, "brackets")
    try:
        restored = infotext.restore(_text(info, chosen))
    except (PureNegativeError, ValueError, KeyError, TypeError, IndexError):
        restored = None
    if restored is None:
        gr.Warning("Select a picture in the gallery that was made with Pure negative.")
        return [gr.update() for _ in names]
    shown, strength = values.write(restored.choices), restored.choices.strength
    slider = gr.update(value=events.position(strength)) if strength else gr.update()
    return [*(gr.update(value=shown[name]) for name in names[:-1]), slider]


def _text(info: Any, chosen: Any) -> str:
    return str(json.loads(info)["infotexts"][max(0, int(chosen))])
