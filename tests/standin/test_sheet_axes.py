"""The axes of the X/Y/Z plot in a sheet: how they are read, what they do to a plan, and which share a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from modules import shared

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import axis, batches, definition
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.xyz import plot_options, register
from pure_negative.webui.xyz.plot_axes import PlotAxes
from tests.standin import driver

PANEL = {"steps": 2, "size": "64x64", "seed": 5, "words": "bad", "preset": "nai"}
TAB = Tab(prompt="a cat", negative_prompt="old cat", cfg=4.0, steps=9, sampler="DPM++ 2M", width=128, height=192)


def field(name: str) -> Callable[[Any, Any, Any], None]:
    return lambda p, x, _: setattr(p, name, x)


def into(name: str) -> Callable[[Any, Any, Any], None]:
    return lambda p, x, _: p.override_settings.__setitem__(name, x)


def unseen(p: Any, x: Any, _: Any) -> None:
    """Works on something that a copy of the run does not show."""


def odd(p: Any, x: int, _: Any) -> None:
    if x % 2:
        raise RuntimeError(f"{x}\nis odd")


def grown(p: Any, x: str, _: Any) -> None:
    p.styles.append(x)
    p.extra_generation_params["Grown"] = x


@pytest.fixture
def plot(webui: driver.WebUI) -> Iterator[Callable[..., None]]:
    """A function that adds an option to the plot for a while."""
    module = register.plot()
    before = list(module.axis_options)

    def add(label: str, type_: Any, apply: Any, **more: Any) -> None:
        module.axis_options.append(module.AxisOption(label, type_, apply, **more))

    yield add
    module.axis_options[:] = before


@pytest.fixture
def p(webui: driver.WebUI) -> Any:
    made = driver.request(prompt="a cat", negative_prompt="old cat", styles=[])
    made.scripts, made.script_args = webui.runner, tuple(webui.args([True]))
    return made


def sheet(host: PlotAxes, x: str, y: str = "", **panel: Any) -> definition.Sheet:
    axes = [axis.read(text, "sheet", host) if text else axis.NONE for text in (x, y)]
    return definition.make(choices.read({**PANEL, **panel}), *axes, tab=TAB, host=host)


def groups(p: Any, host: PlotAxes, made: definition.Sheet) -> list[int]:
    return [len(group) for group in batches.groups(made.cells, WebuiRenderer(p, made.cells, host).key)]


def test_what_is_listed(plot: Callable[..., None]) -> None:
    plot("My own", int, odd)
    plot("My  own", int, unseen)
    plot("Seed", int, lambda p, x, _: None)
    plot("W", float, unseen)
    module = register.plot()
    module.axis_options.append(module.AxisOptionImg2Img("Of img2img", int, odd))
    found = plot_options.listed()
    assert found["My own"].apply is odd
    assert found["My own (2)"].apply is unseen
    assert "Seed (2)" in found
    assert "W (2)" in found
    assert not {"Seed", "Steps", "W", "Nothing", "Of img2img", "Size"} & set(found)
    assert not any(label.startswith("[Pure negative]") for label in found)


def test_values_by_the_options_own_functions(plot: Callable[..., None], p: Any) -> None:
    plot("Whole", int, field("steps"))
    plot("Parts", str, field("prompt"), prepare=lambda text: text.split("|"), format_value=lambda p, o, x: f"<{x}>")
    plot("A: label", float, field("s_churn"))
    host = PlotAxes(p)
    assert [value.raw for value in host.axis("whole: 1-5 (+2), 9", "x").values] == [1, 3, 5, 9]  # type: ignore
    parts = host.axis("Parts: a, b|c", "x")
    assert [(value.raw, value.label) for value in parts.values] == [("a, b", "<a, b>"), ("c", "<c>")]  # type: ignore
    assert parts is not None
    assert host.axis(parts.text, "x") == parts
    assert [value.raw for value in host.axis("A: label: 0.5, 1", "x").values] == [0.5, 1.0]  # type: ignore
    assert host.axis("[Pure negative] W: 0.5", "x") == axis.read("W: 0.5")
    assert host.axis("W: 0.5", "x") is None
    assert host.axis("Unknown: 0.5", "x") is None


def refusing(p: Any, values: Any) -> None:
    if "no" in values:
        raise RuntimeError("Unknown thing: no")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Thing: yes, no", "sheet: Thing: Unknown thing: no"),
        ("Whole: much", "Whole"),
        ("Whole: 1-5000", "1000"),
        ("Whole:", "has 0 values"),
        ("Thing: " + "x," * 1500, "1000"),
    ],
)
def test_what_it_refuses(plot: Callable[..., None], p: Any, text: str, told: str) -> None:
    plot("Thing", str, unseen, confirm=refusing)
    plot("Whole", int, odd)
    with pytest.raises(PureNegativeError) as error:
        sheet(PlotAxes(p), text)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_what_an_option_sets_holds_over_the_plan(plot: Callable[..., None], p: Any) -> None:
    plot("My steps", int, field("steps"))
    plot("My prompt", str, field("prompt"))
    plot("My clip", int, into("CLIP_stop_at_last_layers"))
    host, before = PlotAxes(p), (p.steps, p.prompt, dict(p.override_settings))
    made = sheet(host, "My steps: 2, 9", "My prompt: dog, fox", clip_skip=2)
    assert [(cell.plan.steps, cell.plan.prompt) for cell in made.cells] == [
        (2, "dog"),
        (9, "dog"),
        (2, "fox"),
        (9, "fox"),
    ]
    assert {cell.plan.size.width for cell in made.cells} == {64}
    assert [cell.plan.clip_skip for cell in sheet(host, "My clip: 3, 4", clip_skip=2).cells] == [3, 4]
    assert (p.steps, p.prompt, p.override_settings) == before


@pytest.mark.parametrize(
    ("kind", "apply", "shared_by_all"),
    [
        (str, field("prompt"), True),
        (int, field("subseed"), True),
        (str, lambda p, x, _: p.styles.append(x), True),
        (float, field("s_churn"), False),
        (int, into("eta_noise_seed_delta"), False),
        (int, unseen, False),
        (str, grown, False),
        (str, lambda p, x, _: shared.opts.data.__setitem__("grid_format", x), False),
    ],
)
def test_which_values_share_a_batch(
    plot: Callable[..., None], p: Any, kind: type, apply: Any, shared_by_all: bool
) -> None:
    plot("Mine", kind, apply)
    before = dict(shared.opts.data)
    host = PlotAxes(p)
    made = sheet(host, "Mine: 1, 2", "W: 6[, 0.9")
    assert groups(p, host, made) == ([4] if shared_by_all else [2, 2])
    assert shared.opts.data == before
    assert p.styles == []
    assert "Grown" not in p.extra_generation_params


def test_an_option_that_raises_costs_its_own_values(plot: Callable[..., None], p: Any) -> None:
    plot("Odd", int, odd)
    host = PlotAxes(p)
    made = sheet(host, "Odd: 1-4", "W: 6[, 0.9")
    host.check(made.axes, TAB)
    assert groups(p, host, made) == [2, 2, 2, 2]
    failing = made.cells[0].request
    with pytest.raises(PureNegativeError, match="Odd: 1: 1 is odd"):
        host.applied(host.splitting(failing.host))
    with pytest.raises(PureNegativeError, match="Odd: 1: 1 is odd"):
        host.check(sheet(host, "Odd: 1, 3").axes, TAB)


def test_the_dearest_axis_changes_least_often(plot: Callable[..., None], p: Any) -> None:
    plot("Cheap", int, field("s_churn"))
    plot("Dear", int, field("s_noise"), cost=0.9)
    host = PlotAxes(p)
    made = sheet(host, "Dear: 1, 2", "Cheap: 3, 4")
    found = batches.groups(made.cells, WebuiRenderer(p, made.cells, host).key)
    assert [group[0].request.host[0] for group in found] == [("Dear", "1")] * 2 + [("Dear", "2")] * 2
