"""The panel's controls, each group from a builder of its own.

Only what gradio 3.41.2, 4.40 and later share is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from pure_negative import options
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
    panel = _Panel(library.load(default), host)
    reset = _preset_row(panel, default)
    offer = gr.Button("", elem_id=elem_id("offer"), size="sm", visible=False)
    starters = _style_row(panel)
    brackets = _weight_row(panel)
    panel.add("words")
    for rows in (["notation"], ["join", "prompt"]):
        _row(panel, *rows)
    swap = _shape_row(panel)
    for row in ("guidance", "numbers", "sampling"):
        _row(panel, row)
    panel.add("leave")
    preview = gr.HTML("", elem_id=elem_id("preview"))
    fill = gr.Button("Copy values to the tab", elem_id=elem_id("fill"), size="sm", visible=host.tab)
    refresh, listing = (_hidden(name) for name in ("refresh", "listing"))
    return Controls(panel.inputs, brackets, swap, reset, fill, preview, offer, refresh, listing, starters)


@dataclass(frozen=True)
class _Panel:
    """The controls that are built, by name, and what they stand for while they are empty."""

    base: preset.Preset
    host: Host
    inputs: dict[str, Any] = field(default_factory=dict)

    def add(self, row: str) -> None:
        """The controls of a row of the table of options, in the order of their places."""
        for name, option in options.controls().items():
            if option.control and option.control.row == row:
                self.inputs[name] = _MAKERS[option.control.kind](name, option, self)


def _row(panel: _Panel, *rows: str) -> None:
    with gr.Row():
        for row in rows:
            panel.add(row)


def _hidden(name: str) -> Any:
    """A button that the page presses by itself (javascript/pure_negative.js)."""
    return gr.Button(name.capitalize(), elem_id=elem_id(name), elem_classes=["pure-negative-hidden"])


def _text(name: str, option: options.Option, panel: _Panel) -> Any:
    lines, shown = option.control.lines if option.control else 1, described(name, panel.base, panel.host)
    return gr.Textbox(value="", lines=lines, max_lines=lines, elem_id=elem_id(name), **shown)


def _pick(name: str, option: options.Option, panel: _Panel, free: bool = False) -> Any:
    shown, listed = described(name, panel.base, panel.host), _listed(name, option, panel)
    return gr.Dropdown(["", *listed], value="", allow_custom_value=free, elem_id=elem_id(name), **shown)


def _listed(name: str, option: options.Option, panel: _Panel) -> Sequence[str]:
    """What a drop-down offers."""
    from_host = {"sampler": panel.host.samplers, "scheduler": panel.host.schedulers}
    if name in from_host:
        return from_host[name]()
    return {"shape": SHAPES, "style": triggers(panel.base)}.get(name, option.values.names)


def _pick_or_type(name: str, option: options.Option, panel: _Panel) -> Any:
    return _pick(name, option, panel, free=True)


def _check(name: str, _: options.Option, __: _Panel) -> Any:
    return gr.Checkbox(False, label=label(name), elem_id=elem_id(name))


def _factor(name: str, _: options.Option, __: _Panel) -> Any:
    return gr.Slider(*values.CFG_FACTORS, value=1.0, step=0.05, label=label(name), elem_id=elem_id(name))


def _leave(name: str, _: options.Option, panel: _Panel) -> Any:
    """Without a tab, a typed negative prompt is all there is to take instead of the preset's values."""
    tab, labels = panel.host.tab, options.leave_labels()
    parts = options.leavable() if tab else ("negative",)
    shown = label(name) if tab else "Use only what is typed for"
    return gr.CheckboxGroup([(labels[part], part) for part in parts], value=[], label=shown, elem_id=elem_id(name))


_ALWAYS: Mapping[str, str] = {
    "cfg": "recommended",
    "join": options.JOINS[0],
    "size_rule": size.RULES[0],
    "style": "none",
}
"""What an empty control stands for whatever the preset is."""


def is_described(name: str) -> bool:
    """Whether what a control stands for while it is empty changes with the preset."""
    control = options.controls()[name].control
    return control is not None and control.kind in ("text", "pick", "pick or type") and name not in _ALWAYS


_MAKERS: Mapping[str, Callable[[str, options.Option, _Panel], Any]] = {
    "text": _text,
    "pick": _pick,
    "pick or type": _pick_or_type,
    "check": _check,
    "factor": _factor,
    "leave": _leave,
}
"""Kind of control in the table of options → its builder."""


def label(name: str) -> str:
    """What a control is called."""
    control = options.controls()[name].control
    return control.label if control else name


def described(name: str, base: preset.Preset, host: Host) -> dict[str, str]:
    """A control's label, and what it stands for while it is empty with this preset."""
    control = options.controls()[name].control
    if control and control.kind == "text":
        return {"label": control.label, "placeholder": stands_for(name, base, host)}
    return {"label": pick_label(name, stands_for(name, base, host))}


def pick_label(name: str, meaning: str) -> str:
    """A pick's label, with what it stands for while it is empty."""
    return f"{label(name)} (empty: {meaning})"


def stands_for(name: str, base: preset.Preset, host: Host) -> str:
    """What an empty control means with this preset."""
    if name == "w":
        return str(values.write(choices.Choices(strength=base.strength))["w"]) or "none"
    if name == "words":
        return ", ".join(base.words or ()) or "none: the tab's own negative prompt"
    value = _ALWAYS.get(name) or getattr(base, "size" if name == "shape" else name)
    return _unset(name, host) if value is None else str(value)


def _unset(name: str, host: Host) -> str:
    """What holds where neither the user nor the preset says."""
    if host.tab:
        return "as in the tab"
    usual = plan.Tab()
    return f"{usual.width}×{usual.height}" if name == "shape" else str(getattr(usual, name, "default"))


def _preset_row(panel: _Panel, default: str) -> Any:
    with gr.Row():
        panel.inputs["preset"] = gr.Dropdown(
            library.ids(), value=default, label=label("preset"), elem_id=elem_id("preset"), scale=4
        )
        return gr.Button("Reset to preset", elem_id=elem_id("reset"), size="sm", scale=1, min_width=120)


def _style_row(panel: _Panel) -> Any:
    """The preset's styles, searchable, and its starter prompts; there are none with most presets."""
    with gr.Row():
        panel.add("style")
        return gr.Dropdown(starters(panel.base), value=None, label="Starter prompts", elem_id=elem_id("starters"))


def triggers(base: preset.Preset) -> list[str]:
    """Every style trigger of a preset, each once."""
    return list(dict.fromkeys(trigger for group in base.styles for trigger in group.triggers))


def starters(base: preset.Preset) -> list[str]:
    """The positive prompts a preset offers to begin with."""
    return [starter.prompt for starter in base.starters]


def _weight_row(panel: _Panel) -> Any:
    strength = panel.base.strength
    with gr.Row():
        panel.add("weight")
        return gr.Slider(
            *SLIDER,
            value=emphasis.bracket_count(strength, "bracket") if strength else 0,
            step=1,
            label="Bracket count (negative: [ ])",
            elem_id=elem_id("brackets"),
        )


def _shape_row(panel: _Panel) -> Any:
    """The button stands right beside what it swaps."""
    with gr.Row():
        panel.add("shape")
        swap = gr.Button("⇅ Swap", elem_id=elem_id("swap"), size="sm", scale=0, min_width=80)
        panel.add("size rule")
    return swap
