"""The panel's controls, each group from a builder of its own.

Only what gradio 3.41.2, 4.40 and later share is used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from pure_negative.panel import values
from pure_negative.panel.host import Host
from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis
from pure_negative.rules import size

SHAPES = ("1:1", "4:3", "3:4", "3:2", "2:3", "16:9", "9:16", "512x768", "768x512", "576x768", "768x576", "768x768")
"""Ratios, and the sizes of the research's table; any other can be typed."""
SLIDER = (-24, 8)
"""Brackets: 24 `[` is the weakest the research names (seeds/000); 8 `(` is W 2.14, past its strongest."""
_TEXTS: Mapping[str, str] = {
    "w": "W, the weight of every word",
    "words": "Negative words",
    "cfg": "Fixed CFG scale",
    "steps": "Sampling steps",
    "clip_skip": "Clip skip",
}
_PICKS: Mapping[str, str] = {
    "scope": "Scope",
    "notation": "Notation",
    "join": "With a typed negative prompt",
    "shape": "Ratio or size",
    "size_rule": "Size rule",
    "sampler": "Sampler",
    "scheduler": "Schedule type",
    "style": "Style of the prompt format",
}
_FREE = ("shape", "style")
"""The picks that take typed text beside their options."""


@dataclass(frozen=True)
class Controls:
    """The controls by name, the helpers around them, and the preview."""

    inputs: dict[str, Any]
    brackets: Any
    swap: Any
    reset: Any
    fill: Any
    preview: Any
    offer: Any
    refresh: Any
    listing: Any
    starters: Any

    def ordered(self) -> list[Any]:
        """The inputs in the order of `values.CONTROLS`."""
        return [self.inputs[name] for name in values.CONTROLS]


def elem_id(name: str) -> str:
    """The DOM id of a control."""
    return f"pure_negative_{name}"


def build(host: Host, default: str) -> Controls:
    """Everything behind the tick."""
    base = library.load(default)
    inputs: dict[str, Any] = {}
    reset = _preset_row(inputs, default)
    offer = gr.Button("", elem_id=elem_id("offer"), size="sm", visible=False)
    starters = _prompt_row(inputs, base, host)
    brackets = _weight_row(inputs, base, host)
    _words_rows(inputs, base, host)
    swap = _shape_row(inputs, base, host)
    _guidance_row(inputs, base, host)
    _sampling_row(inputs, base, host)
    _leave_row(inputs, host)
    preview = gr.HTML("", elem_id=elem_id("preview"))
    fill = gr.Button("Fill in the tab", elem_id=elem_id("fill"), size="sm", visible=host.tab)
    refresh, listing = (_hidden(name) for name in ("refresh", "listing"))
    return Controls(inputs, brackets, swap, reset, fill, preview, offer, refresh, listing, starters)


def _hidden(name: str) -> Any:
    """A button that the page presses by itself (javascript/pure_negative.js)."""
    return gr.Button(name.capitalize(), elem_id=elem_id(name), elem_classes=["pure-negative-hidden"])


def _text(inputs: dict[str, Any], name: str, base: preset.Preset, host: Host, lines: int = 1) -> None:
    shown = described(name, base, host)
    inputs[name] = gr.Textbox(value="", lines=lines, max_lines=lines, elem_id=elem_id(name), **shown)


def _pick(inputs: dict[str, Any], name: str, base: preset.Preset, host: Host, options: Sequence[str]) -> None:
    shown, free = described(name, base, host), name in _FREE
    inputs[name] = gr.Dropdown(["", *options], value="", allow_custom_value=free, elem_id=elem_id(name), **shown)


def described(name: str, base: preset.Preset, host: Host) -> dict[str, str]:
    """A control's label, and what it stands for while it is empty with this preset."""
    if name in _TEXTS:
        return {"label": _TEXTS[name], "placeholder": stands_for(name, base, host)}
    return {"label": pick_label(name, stands_for(name, base, host))}


def pick_label(name: str, meaning: str) -> str:
    """A pick's label, with what it stands for while it is empty."""
    return f"{_PICKS[name]} (empty: {meaning})"


def stands_for(name: str, base: preset.Preset, host: Host) -> str:
    """What an empty control means with this preset."""
    if name == "w":
        return str(values.write(choices.Choices(strength=base.strength))["w"]) or "none"
    if name == "words":
        return ", ".join(base.words or ()) or "none: the tab's own negative prompt"
    fixed = {"cfg": "recommended", "join": choices.JOINS[0], "size_rule": size.RULES[0], "style": "none"}
    value = fixed.get(name) or getattr(base, "size" if name == "shape" else name)
    return _unset(name, host) if value is None else str(value)


def _unset(name: str, host: Host) -> str:
    """What holds where neither the user nor the preset says."""
    if host.tab:
        return "as in the tab"
    usual = plan.Tab()
    return f"{usual.width}×{usual.height}" if name == "shape" else str(getattr(usual, name))


def _preset_row(inputs: dict[str, Any], default: str) -> Any:
    with gr.Row():
        inputs["preset"] = gr.Dropdown(library.ids(), value=default, label="Preset", elem_id=elem_id("preset"), scale=4)
        return gr.Button("Back to the preset", elem_id=elem_id("reset"), size="sm", scale=1, min_width=120)


def _prompt_row(inputs: dict[str, Any], base: preset.Preset, host: Host) -> Any:
    """The preset's styles, searchable, and its starter prompts; there are none with most presets."""
    with gr.Row():
        _pick(inputs, "style", base, host, triggers(base))
        return gr.Dropdown(starters(base), value=None, label="Starter prompts", elem_id=elem_id("starters"))


def triggers(base: preset.Preset) -> list[str]:
    """Every style trigger of a preset, each once."""
    return list(dict.fromkeys(trigger for group in base.styles for trigger in group.triggers))


def starters(base: preset.Preset) -> list[str]:
    """The positive prompts a preset offers to begin with."""
    return [starter.prompt for starter in base.starters]


def _weight_row(inputs: dict[str, Any], base: preset.Preset, host: Host) -> Any:
    with gr.Row():
        _text(inputs, "w", base, host)
        return gr.Slider(
            *SLIDER,
            value=emphasis.bracket_count(base.strength, "bracket") if base.strength else 0,
            step=1,
            label="W in brackets, minus is [",
            elem_id=elem_id("brackets"),
        )


def _words_rows(inputs: dict[str, Any], base: preset.Preset, host: Host) -> None:
    _text(inputs, "words", base, host, lines=2)
    with gr.Row():
        _pick(inputs, "scope", base, host, emphasis.SCOPES)
        _pick(inputs, "notation", base, host, emphasis.NOTATIONS)
    with gr.Row():
        _pick(inputs, "join", base, host, choices.JOINS)
        inputs["spaces"] = gr.Checkbox(False, label="Underscores to spaces", elem_id=elem_id("spaces"))
        inputs["ladder"] = gr.Checkbox(False, label="Positive prompt on the ladder", elem_id=elem_id("ladder"))


def _shape_row(inputs: dict[str, Any], base: preset.Preset, host: Host) -> Any:
    with gr.Row():
        _pick(inputs, "shape", base, host, SHAPES)
        swap = gr.Button("⇅ Swap", elem_id=elem_id("swap"), size="sm", scale=0, min_width=80)
        _pick(inputs, "size_rule", base, host, size.RULES)
    return swap


def _guidance_row(inputs: dict[str, Any], base: preset.Preset, host: Host) -> None:
    with gr.Row():
        _text(inputs, "cfg", base, host)
        inputs["cfg_factor"] = gr.Slider(
            *values.CFG_FACTORS, value=1.0, step=0.05, label="CFG × (on the recommended)", elem_id=elem_id("cfg_factor")
        )


def _sampling_row(inputs: dict[str, Any], base: preset.Preset, host: Host) -> None:
    with gr.Row():
        _text(inputs, "steps", base, host)
        _text(inputs, "clip_skip", base, host)
    with gr.Row():
        _pick(inputs, "sampler", base, host, host.samplers())
        _pick(inputs, "scheduler", base, host, host.schedulers())


def _leave_row(inputs: dict[str, Any], host: Host) -> None:
    """Without a tab there is but a typed negative prompt to leave something to."""
    owner, parts = ("the tab's own controls", choices.LEAVABLE) if host.tab else ("what is typed", ("negative",))
    inputs["leave"] = gr.CheckboxGroup(list(parts), value=[], label=f"Leave to {owner}", elem_id=elem_id("leave"))
