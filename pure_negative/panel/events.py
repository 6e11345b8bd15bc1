"""What happens in the panel when a control changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language.current import say, speaking
from pure_negative.panel import controls, preview, values
from pure_negative.panel.host import Host
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis
from pure_negative.rules import size

TAB = ("prompt", "negative_prompt", "width", "height", "cfg", "steps", "sampler", "scheduler", "hires")
"""The tab's own controls that a plan may be filled into, by the names of `plan.Tab`."""

DESCRIBED = tuple(name for name in values.CONTROLS if controls.is_described(name))
"""The texts whose placeholder changes with the preset."""

FILLED = {"negative_prompt": "negative", "width": "size", "height": "size"}
"""Which part of a plan a tab control belongs to, where the name differs."""


Planner = Callable[[Sequence[Any]], plan.Plan]
"""From the panel's values followed by the tab's to their plan."""


def wire(
    panel: controls.Controls,
    host: Host,
    tab: Sequence[Any],
    live: bool = True,
    planner: Planner | None = None,
    beside: Sequence[Any] = (),
) -> None:
    """Connect the panel's controls with each other, the preview, and the tab's controls (the first of `TAB`, or all).

    `live` draws the preview at each change of a control. gradio 3 drops a change that comes while it still answers the
    one before, so the WebUI's page asks by itself instead, through the refresh button (javascript/pure_negative.js).
    `planner` is for a program with settings of its own that its runs follow; None is `planned`. The values of what is
    `beside` the tab come last in what it is given.
    """
    planner = planner or planned
    shown = [*panel.ordered(), *tab, *beside]
    _wire_weight(panel)
    panel.swap.click(swapped, [panel.inputs["shape"]], [panel.inputs["shape"]], show_progress="hidden")
    _wire_preset(panel, host)
    _wire_preview(panel, host, shown, [*panel.ordered(), *tab[2:]] if live else [], planner)
    if host.tab:
        fill = speaking(host.language, filler(host, planner))
        panel.fill.click(fill, shown, [*tab, panel.preview], show_progress="hidden")
    if tab:
        started = [tab[TAB.index("prompt")], panel.inputs["shape"]]
        chosen = [panel.inputs["preset"], panel.starters]
        panel.starters.change(started_with, chosen, started, show_progress="hidden")


def _wire_weight(panel: controls.Controls) -> None:
    weight, chosen = panel.inputs["w"], [panel.inputs["preset"], panel.inputs["w"]]
    # not its `release`, which also comes when the slider's number field is left: it would undo a weight typed before
    _follow(panel.brackets.input, from_brackets, [panel.brackets, *chosen], weight)
    _follow(weight.input, bracket_position, chosen, panel.brackets)


def _follow(typed: Callable[..., Any], act: Callable[..., Any], inputs: list[Any], output: Any) -> None:
    """Act on what the user does, and once more after each answer: what was done meanwhile may have been dropped."""
    first = typed(act, inputs, [output], show_progress="hidden")
    first.then(act, inputs, [output], show_progress="hidden")


def _wire_preset(panel: controls.Controls, host: Host) -> None:
    described = [panel.inputs[name] for name in DESCRIBED]
    chosen = [panel.inputs["preset"], panel.inputs["w"]]
    changed = [*described, panel.inputs["style"], panel.starters, panel.brackets]
    panel.inputs["preset"].change(speaking(host.language, redescriber(host)), chosen, changed, show_progress="hidden")
    cleared = tuple(name for name in values.CONTROLS if name != "preset")
    outputs = [*(panel.inputs[name] for name in cleared), panel.brackets]
    panel.reset.click(lambda name: emptied(name, cleared), chosen[:1], outputs, show_progress="hidden")
    for group in panel.groups.values():
        _wire_group(panel, group)
    panel.listing.click(listed, [], chosen[:1], show_progress="hidden")


def _wire_group(panel: controls.Controls, group: controls.Group) -> None:
    """One output takes its answer as it is, several take a list."""
    outputs = [panel.inputs[name] for name in group.names]
    answer = (lambda: empty(group.names)) if len(outputs) > 1 else lambda: empty(group.names)[0]
    group.reset.click(answer, [], outputs, show_progress="hidden")


def _wire_preview(
    panel: controls.Controls, host: Host, inputs: list[Any], live: Sequence[Any], planner: Planner
) -> None:
    shown = speaking(host.language, previewer(host, planner))
    for control in live:
        control.change(shown, inputs, panel.told(), show_progress="hidden")
    panel.refresh.click(shown, inputs, panel.told(), show_progress="hidden")
    chosen = [panel.inputs["preset"]]
    offer = speaking(host.language, lambda name: offered(host, name))
    panel.refresh.click(offer, chosen, [panel.offer], show_progress="hidden")
    panel.opening.click(lambda name: opened(host, name), chosen, chosen, show_progress="hidden")
    panel.offer.click(lambda name: accepted(host, name), chosen, chosen, show_progress="hidden")


def from_brackets(count: float, name: Any, weight: Any) -> Any:
    """The weight text for the slider's position; a weight that stands there already is kept, however it is written.

    Kept means left alone: what the user has typed since the slider moved must not be put back.
    """
    held = _strength(name, weight)
    if held is not None and position(held) == int(count):
        return gr.update()
    return f"{abs(int(count))}{'[' if count <= 0 else '('}"


def swapped(shape: Any) -> Any:
    """Width and height exchanged, for a size and for a ratio; what can't be read stays."""
    if not isinstance(shape, str) or not shape.strip():
        return shape
    try:
        if any(sign in shape for sign in "xX×*"):
            known = size.read_size(shape)
            return f"{known.height}x{known.width}"
        ratio: Fraction = 1 / size.read_ratio(shape)
    except PureNegativeError:
        return shape
    return f"{ratio.numerator}:{ratio.denominator}"


def redescriber(host: Host) -> Callable[[Any, Any], list[Any]]:
    """The function that says what empty controls stand for with another preset, and puts the slider at the weight."""

    def redescribe(name: Any, weight: Any) -> list[Any]:
        try:
            base = library.load(str(name))
        except PureNegativeError:
            return [gr.update() for _ in (*DESCRIBED, "style", "starters", "brackets")]
        texts = [gr.update(placeholder=say(controls.stands_for(key, base, host))) for key in DESCRIBED]
        picks = [gr.update(choices=["", *controls.triggers(base)]), gr.update(choices=controls.starters(base))]
        return [*texts, *picks, bracket_position(name, weight)]

    return redescribe


def emptied(name: Any, cleared: Sequence[str]) -> list[Any]:
    """These controls, all that speak of a weight among them, as the preset has it, and the slider."""
    return [*empty(cleared), bracket_position(name, "")]


def empty(names: Sequence[str]) -> list[Any]:
    """What controls show that say nothing else than the preset."""
    shown = values.write(values.read([{}]))
    return [gr.update(value=shown[name]) for name in names]


def listed() -> Any:
    """The presets there are now, for a page that was built before some of them were saved or deleted."""
    return gr.update(choices=library.ids())


def planned(arguments: Sequence[Any]) -> plan.Plan:
    """The plan for the panel's values followed by the tab's."""
    return plan.make(*read(arguments))


def read(arguments: Sequence[Any]) -> tuple[Choices, plan.Tab]:
    """The choices in the panel's values, and the tab in what follows them."""
    tab = dict(zip(TAB, arguments[len(values.CONTROLS) :], strict=False))
    return _chosen(arguments), tab_of(tab)


def _chosen(arguments: Sequence[Any]) -> Choices:
    chosen = values.read([True, *arguments[: len(values.CONTROLS)]])
    if chosen is None:
        raise PureNegativeError("the panel is not enabled.")
    return chosen


def tab_of(found: dict[str, Any]) -> plan.Tab:
    """The tab's own controls, those that hold a value."""
    for key in ("width", "height", "steps"):
        if isinstance(found.get(key), float):
            found[key] = int(found[key])
    return plan.Tab(**{key: value for key, value in found.items() if value is not None})


def previewer(host: Host, planner: Planner = planned) -> Callable[..., list[Any]]:
    """The function that draws the preview and the groups' titles."""

    def draw(*arguments: Any) -> list[Any]:
        try:
            made = planner(arguments)
            drawn, page = preview.show(made, host), preview.for_page(made, host)
        except PureNegativeError as error:
            drawn, page = preview.refused(error), ""
        return [preview.dated(drawn, page), *titles(host, arguments)]

    return draw


def titles(host: Host, arguments: Sequence[Any]) -> list[Any]:
    """Each group's title, with how much of it differs from the preset; as they are for what can't be read."""
    try:
        chosen = _chosen(arguments)
        counts = controls.changed(chosen, library.load(chosen.preset or library.DEFAULT))
    except PureNegativeError:
        return [gr.update() for _ in controls.closed()]
    return [gr.update(label=controls.title(name, count, host)) for name, count in counts.items()]


def filler(host: Host, planner: Planner = planned) -> Callable[..., list[Any]]:
    """The function that puts the plan's values into the tab's controls; wrong values change nothing."""

    def fill(*arguments: Any) -> list[Any]:
        try:
            made = planner(arguments)
        except PureNegativeError as error:
            return [*(gr.update() for _ in TAB), preview.refused(error)]
        return [*(_filled(made, name) for name in TAB), preview.show(made, host)]

    return fill


def _filled(made: plan.Plan, name: str) -> Any:
    part = FILLED.get(name, name)
    if name != "prompt" and part not in made.sets:
        return gr.update()
    if name == "hires":
        return gr.update()
    if name in ("width", "height"):
        return gr.update(value=getattr(made.size, name))
    value = getattr(made, name)
    return gr.update(value=validate.tidy(value) if isinstance(value, float) else value)


def started_with(name: Any, prompt: Any) -> list[Any]:
    """A starter prompt in the tab's prompt box, and the size it was published at."""
    try:
        found = [starter for starter in library.load(str(name)).starters if starter.prompt == prompt]
    except PureNegativeError:
        found = []
    if not found:
        return [gr.update(), gr.update()]
    return [gr.update(value=prompt), gr.update(value=str(found[0].size)) if found[0].size else gr.update()]


def fitting(host: Host) -> preset.Preset | None:
    """The preset that fits the loaded checkpoint best."""
    model = host.model()
    return next(iter(library.match(model.name, model.hash)), None) if model else None


def offered(host: Host, name: Any) -> Any:
    """The offer to change to the preset that fits the loaded checkpoint, unless it is chosen; nothing is forced."""
    best, model = fitting(host), host.model()
    if best is None or model is None or best.id == name:
        return gr.update(visible=False)
    return gr.update(value=say("Use {}, the preset for {}", best.id, model.name), visible=True)


def opened(host: Host, name: Any) -> Any:
    """The preset that fits the loaded checkpoint, for a page that was just opened; the one there where none fits."""
    best = fitting(host)
    return gr.update(value=best.id) if best and host.fits_by_itself() else gr.update(value=name)


def accepted(host: Host, name: Any) -> Any:
    """The preset of the offer."""
    best = fitting(host)
    return gr.update(value=best.id if best else name)


def bracket_position(name: Any, weight: Any) -> Any:
    """Where the slider belongs; a weight that can't be read leaves it."""
    held = _strength(name, weight)
    return gr.update() if held is None else gr.update(value=position(held))


def _strength(name: Any, weight: Any) -> emphasis.Strength | None:
    """The weight that is typed, else the preset's; None for what can't be read."""
    try:
        chosen = values.read([values.positional(["", weight])])
        typed = chosen.strength if chosen else None
        return typed or library.load(str(name)).strength
    except PureNegativeError:
        return None


def position(strength: emphasis.Strength) -> int:
    """Where the slider stands for a weight."""
    low, high = controls.SLIDER
    return max(low, min(high, emphasis.bracket_count(strength, "bracket")))
