"""The gallery's hires upscale button under one of our scripts: it uses the selected picture's values, not the panel's.

A sheet's cell has values that neither the panel nor the tab holds, and needs no tick; its text says what made it.
"""

from __future__ import annotations

from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import picture_text
from pure_negative.planning import infotext, plan
from pure_negative.webui import names
from pure_negative.webui.core import apply, refusal
from pure_negative.webui.hosts import detect


def prepare(p: Any, title: str) -> None:
    """Give the run that follows what the chosen picture was made by, or say under the gallery that it could not be."""
    restored = _restored(p)
    if getattr(p.firstpass_image, "mode", "") == "RGBA":  # some hosts' saving adds an alpha channel, which none encodes
        p.firstpass_image = p.firstpass_image.convert("RGB")
    if restored is None:
        refusal.tell(
            p,
            title,
            "the selected picture's file has no Pure negative parameters, so it was upscaled with the tab's current "
            "settings; to use those of a cell, restore them from the gallery first.",
        )
        return
    _put(p, restored.tab)
    setattr(p, names.UPSCALED, restored.choices)
    for note in restored.notes:
        refusal.tell(p, title, note)


def _restored(p: Any) -> infotext.Restored | None:
    try:
        held = p.firstpass_image.info
        return infotext.restore(picture_text.shown(held, held.get("exif"), p.firstpass_image.size))
    except (PureNegativeError, AttributeError):
        return None


def _put(p: Any, tab: plan.Tab) -> None:
    """What the plan leaves to the tab, as it stood when the picture was made; its prompts hold their styles already."""
    p.negative_prompt, p.styles = tab.negative_prompt, []
    p.width, p.height = tab.width, tab.height
    p.cfg_scale, p.steps = tab.cfg, tab.steps
    detect.current().sample(p, tab.sampler, tab.scheduler)
    p.override_settings = {**p.override_settings, **apply.stored(apply.settings_of(tab))}
