"""The panel's controls, each group from a builder of its own.

Only what gradio 3.41.2, 4.40 and later share is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from pure_negative import options
from pure_negative.language.current import say
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

NARROW = 140
"""Pixels below which a control takes a row of its own."""


@dataclass(frozen=True)
class Group:
    """A part of the panel that is closed at first: its title, its controls, and the button that empties them."""

    accordion: Any
    names: tuple[str, ...]
    reset: Any


@dataclass(frozen=True)
class Controls:
    """The controls by name, the helpers around them, and the preview."""

    inputs: dict[str, Any]
    groups: dict[str, Group]
    brackets: Any
    swap: Any
    reset: Any
    fill: Any
    preview: Any
    offer: Any
    refresh: Any
    listing: Any
    opening: Any
    starters: Any

    def ordered(self) -> list[Any]:
        """The inputs in the order of `values.CONTROLS`."""
        return [self.inputs[name] for name in values.CONTROLS]

    def told(self) -> list[Any]:
        """What says what will run: the preview and the groups' titles."""
        return [self.preview, *(group.accordion for group in self.groups.values())]


def elem_id(name: str) -> str:
    """The DOM id of a control."""
    return f"pure_negative_{name}"


def build(host: Host, default: str) -> Controls:
    """Everything behind the tick: what matters most, the preview, and the rest in closed groups."""
    panel = _Panel(library.load(default), host)
    panel.add("first")
    offer = gr.Button("", elem_id=elem_id("offer"), size="sm", visible=False)
    preview = gr.HTML("", elem_id=elem_id("preview"))
    with gr.Row():
        fill = gr.Button("Copy values to the tab", elem_id=elem_id("fill"), size="sm", visible=host.tab)
        reset = gr.Button("Reset to preset", elem_id=elem_id("reset"), size="sm")
    groups = {name: _group(panel, name) for name in closed()}
    hidden = {name: _hidden(name) for name in ("refresh", "listing", "opening")}
    beside = {name: panel.beside[control] for name, control in _HELPERS.items()}
    shown = {"reset": reset, "fill": fill, "preview": preview, "offer": offer}
    return Controls(panel.inputs, groups, **shown, **hidden, **beside)


def closed() -> tuple[str, ...]:
    """The groups that are closed at first, from top to bottom."""
    return tuple(name for name, title in options.GROUPS.items() if title)


def _group(panel: _Panel, name: str) -> Group:
    with gr.Accordion(title(name, 0, panel.host), open=False, elem_id=elem_id(f"group_{name}")) as accordion:
        names = panel.add(name)
        reset = gr.Button(_back(name, panel.host), elem_id=elem_id(f"reset_{name}"), size="sm")
    return Group(accordion, names, reset)


def title(name: str, count: int, host: Host) -> str:
    """A group's title, with how many of its controls differ from the preset."""
    shown = options.GROUPS[name] if host.tab or name != "leave" else say("Use only what is typed")
    return say("{}: {} changed", shown, count) if count else say(shown)


def _back(name: str, host: Host) -> str:
    return say("Leave nothing to the tab") if name == "leave" and host.tab else say("Reset {}", title(name, 0, host))


def _rows(group: str) -> list[list[str]]:
    """The names of a group's controls, row by row, in the order of their places."""
    rows: dict[int, list[str]] = {}
    for name, option in options.controls().items():
        if option.control and option.control.group == group:
            rows.setdefault(option.control.row, []).append(name)
    return [rows[row] for row in sorted(rows)]


@dataclass(frozen=True)
class _Panel:
    """The controls that are built, by name, and what they stand for while they are empty."""

    base: preset.Preset
    host: Host
    inputs: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)

    def add(self, group: str) -> tuple[str, ...]:
        """A group's controls, each with what stands beside it; their names."""
        rows = _rows(group)
        for names in rows:
            with gr.Row():
                for name in names:
                    self._make(name)
        return tuple(name for names in rows for name in names)

    def _make(self, name: str) -> None:
        option = options.controls()[name]
        if option.control:
            self.inputs[name] = _MAKERS[option.control.kind](name, option, self)
        if name in _BESIDE:
            self.beside[name] = _BESIDE[name](self)


def _hidden(name: str) -> Any:
    """A button that the page presses by itself (javascript/pure_negative.js)."""
    return gr.Button(name.capitalize(), elem_id=elem_id(name), elem_classes=["pure-negative-hidden"])


def _text(name: str, option: options.Option, panel: _Panel) -> Any:
    lines, meaning = option.control.lines if option.control else 1, stands_for(name, panel.base, panel.host)
    shown = {"label": label(name), "placeholder": meaning, "elem_id": elem_id(name), "min_width": NARROW}
    return gr.Textbox(value="", lines=lines, max_lines=lines, **shown)


def _pick(name: str, option: options.Option, panel: _Panel, free: bool = False) -> Any:
    shown = {"label": label(name), "elem_id": elem_id(name), "min_width": NARROW}
    return gr.Dropdown(["", *_listed(name, option, panel)], value="", allow_custom_value=free, **shown)


def _listed(name: str, option: options.Option, panel: _Panel) -> Sequence[str]:
    """What a drop-down offers."""
    from_host = {"sampler": panel.host.samplers, "scheduler": panel.host.schedulers}
    if name in from_host:
        return from_host[name]()
    return {"shape": SHAPES, "style": triggers(panel.base)}.get(name, option.values.names)


def _pick_or_type(name: str, option: options.Option, panel: _Panel) -> Any:
    return _pick(name, option, panel, free=True)


def _check(name: str, _: options.Option, __: _Panel) -> Any:
    return gr.Checkbox(False, label=label(name), elem_id=elem_id(name), min_width=NARROW)


def _factor(name: str, _: options.Option, __: _Panel) -> Any:
    return gr.Slider(*values.CFG_FACTORS, value=1.0, step=0.05, label=label(name), elem_id=elem_id(name), scale=2)


def _leave(name: str, _: options.Option, panel: _Panel) -> Any:
    """Without a tab, a typed negative prompt is all there is to take instead of the preset's values."""
    tab, labels = panel.host.tab, options.leave_labels()
    parts = tuple(labels) if tab else ("negative",)
    shown = label(name) if tab else say("Use only what is typed for")
    return gr.CheckboxGroup([(labels[part], part) for part in parts], value=[], label=shown, elem_id=elem_id(name))


_NONE = "none"
_ALWAYS: Mapping[str, str] = {
    "cfg": "recommended",
    "join": options.JOINS[0],
    "size_rule": size.RULES[0],
    "style": _NONE,
}
"""What an empty control stands for whatever the preset is."""


def is_described(name: str) -> bool:
    """Whether an empty control is a text that says what it stands for, which changes with the preset."""
    control = options.controls()[name].control
    return control is not None and control.kind == "text" and name not in _ALWAYS


def _preset(name: str, _: options.Option, panel: _Panel) -> Any:
    return gr.Dropdown(library.ids(), value=panel.base.id, label=label(name), elem_id=elem_id(name), min_width=NARROW)


def _slider(panel: _Panel) -> Any:
    """The same weight in brackets."""
    strength = panel.base.strength
    shown = {"label": "Bracket count (negative: [ ])", "elem_id": elem_id("brackets"), "scale": 2}
    return gr.Slider(*SLIDER, value=emphasis.bracket_count(strength, "bracket") if strength else 0, step=1, **shown)


def _swap(_: _Panel) -> Any:
    return gr.Button("⇅ Swap", elem_id=elem_id("swap"), size="sm", scale=0, min_width=80)


def _starters(panel: _Panel) -> Any:
    """The preset's starter prompts; there are none with most presets."""
    shown = {"label": "Starter prompts", "elem_id": elem_id("starters"), "min_width": NARROW}
    return gr.Dropdown(starters(panel.base), value=None, **shown)


_BESIDE: Mapping[str, Callable[[_Panel], Any]] = {"w": _slider, "shape": _swap, "style": _starters}
"""Control → the builder of a helper beside it, which is no argument of a run."""
_HELPERS: Mapping[str, str] = {"brackets": "w", "swap": "shape", "starters": "style"}
"""What such a helper is called → the control it stands beside."""
_MAKERS: Mapping[str, Callable[[str, options.Option, _Panel], Any]] = {
    "preset": _preset,
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


def held(made: plan.Plan) -> dict[str, str]:
    """What holds in this plan for each control that can be empty, by name; the page has some that no tab needs."""
    kinds = ("text", "pick", "pick or type")
    shown = [name for name, option in options.controls().items() if option.control and option.control.kind in kinds]
    return {name: say(_held(name, made)) for name in [*shown, *options.settings_alone()]}


def _held(name: str, made: plan.Plan) -> str:
    if name == "w":
        return str(values.write(choices.Choices(strength=made.base.strength))["w"]) if made.words else _NONE
    if name == "words":
        return ", ".join(made.base.words) or _NONE
    if name == "shape":
        return f"{made.size.width}×{made.size.height}"
    if name == "cfg":
        return f"{made.cfg:g}"
    found = next((each for each in _said(name, made) if each not in (None, "")), "")
    return _ALWAYS.get(name, "") if found == "" else str(found)


def _said(name: str, made: plan.Plan) -> Iterator[Any]:
    return (getattr(source, name, None) for source in (made, made.choices, made.base))


def changed(chosen: choices.Choices, base: preset.Preset) -> dict[str, int]:
    """How many controls of each closed group say something else than the preset."""
    counts = dict.fromkeys(closed(), 0)
    for option in options.controls().values():
        if option.control and option.control.group in counts:
            counts[option.control.group] += _differs(option.name, chosen, base)
    return counts


def _differs(name: str, chosen: choices.Choices, base: preset.Preset) -> int:
    value = getattr(chosen, name)
    if name == "leave":
        return len(value or ())
    usual = None if name == "cfg" else getattr(base, name)
    if value is None or value == usual or (usual is None and (value is False or value == _ALWAYS.get(name))):
        return 0
    return 1


def triggers(base: preset.Preset) -> list[str]:
    """Every style trigger of a preset, each once."""
    return list(dict.fromkeys(trigger for group in base.styles for trigger in group.triggers))


def starters(base: preset.Preset) -> list[str]:
    """The positive prompts a preset offers to begin with."""
    return [starter.prompt for starter in base.starters]
