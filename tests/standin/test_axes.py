"""Our axes in the X/Y/Z plot."""

from __future__ import annotations

from typing import Any

import pytest
from modules import scripts

from pure_negative.planning import choices, infotext, plan
from pure_negative.preset import library
from pure_negative.webui import names
from pure_negative.webui.core.refusal import RefusedRunError
from pure_negative.webui.xyz import register as axes
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}
P = names.AXIS_PREFIX


def cells(webui: driver.WebUI, wanted: dict[str, tuple[str, Any]], entries: Any = None, **rest: Any) -> list[Any]:
    """The cells' processing objects, the panel ticked with something small."""
    return driver.plot(webui, wanted, [{**SMALL, **(entries or {})}], **rest).cells


def module() -> Any:
    return next(data.module for data in scripts.scripts_data if data.script_class.__module__ == "xyz_grid.py")


def ours() -> list[Any]:
    return [option for option in module().axis_options if option.label.startswith(P)]


def test_each_axis_is_listed_once_however_often_it_is_registered(webui: driver.WebUI) -> None:
    for _ in range(3):
        axes.register()
    assert [option.label for option in ours()] == [P + label for label in axes.KINDS]
    driver.start(reload=True)
    driver.start(reload=True)
    assert len(ours()) == len(axes.KINDS)


def test_the_axes_are_the_plots_own_kind_for_txt2img(webui: driver.WebUI) -> None:
    assert {type(option) for option in ours()} == {module().AxisOptionTxt2Img}
    plotter = driver.script_titled(webui.runner, driver.XYZ)
    assert {option.label for option in ours()} <= {option.label for option in plotter.current_axis_options}


def test_a_webui_without_the_plot_is_no_error(webui: driver.WebUI) -> None:
    scripts.scripts_data[:] = [data for data in scripts.scripts_data if data.script_class.__module__ != "xyz_grid.py"]
    axes.register()


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("0.5, 0.9", [0.5, 0.9]),
        ("6[, 2[, 3(", [0.564, 0.826, 1.33]),
        ("0.1-0.3 (+0.1)", [0.1, 0.2, 0.3]),
        ("0.5-1 [3]", [0.5, 0.75, 1.0]),
        ("2[-6[ (+2)", [0.826, 0.683, 0.564]),
        ("1e-16", [1e-16]),
    ],
)
def test_weights_take_the_notation_of_the_sheet(webui: driver.WebUI, text: str, weights: list[float]) -> None:
    made = cells(webui, {"x": (P + "W", text)}, {"words": "bad"})
    assert [plan.make(choices.read({"words": "bad", "w": w})).words for w in weights] == [
        p.negative_prompt for p in made
    ]


def test_every_axis_sets_what_it_names(webui: driver.WebUI) -> None:
    plain = plan.make(choices.read(SMALL))
    factors = cells(webui, {"x": (P + "CFG ×", "0.5, 2")})
    assert [p.cfg_scale for p in factors] == [plain.cfg * 0.5, plain.cfg * 2]
    sizes = cells(webui, {"x": (P + "Size", "64x128, 1:1")})
    assert [(p.width, p.height) for p in sizes] == [(64, 128), (512, 512)]
    words = cells(webui, {"x": (P + "Words", '"bad, low", ugly')}, {"w": 0.5})
    assert [p.negative_prompt for p in words] == ["(bad:0.5), (low:0.5)", "(ugly:0.5)"]
    presets = cells(webui, {"x": (P + "Preset", "nai, anything-v3")})
    assert [
        f"preset={name};" in p.extra_generation_params[infotext.FIELD] + ";"
        for p, name in zip(presets, ("nai", "anything-v3"), strict=True)
    ] == [True, True]


def test_presets_can_be_picked_from_the_plots_dropdown(webui: driver.WebUI) -> None:
    option = next(each for each in ours() if each.label == P + "Preset")
    assert option.choices() == library.ids()
    made = cells(webui, {"x": (P + "Preset", ["nai", "anything-v3"])}, csv=False)
    assert len(made) == 2
    assert made[0].negative_prompt != made[1].negative_prompt


def test_each_cell_is_the_single_run_of_its_values(webui: driver.WebUI) -> None:
    wanted = {"x": (P + "W", "0.5, 2["), "y": (P + "CFG ×", "1, 2"), "z": (P + "Words", "bad, low")}
    made = cells(webui, wanted, {"join": "after"}, negative_prompt="typed")
    singles = [
        driver.ran(webui, [{**SMALL, **values, "join": "after"}], negative_prompt="typed")
        for values in (
            {**w, "cfg_factor": cfg, "words": words}
            for words in ("bad", "low")
            for cfg in (1, 2)
            for w in ({"w": 0.5}, {"brackets": -2})
        )
    ]
    for cell, single in zip(made, singles, strict=True):
        for name in ("all_negative_prompts", "cfg_scale", "width", "height", "steps", "all_seeds"):
            assert getattr(cell, name) == getattr(single, name)
        mine, other = (p.extra_generation_params[infotext.FIELD] for p in (cell, single))
        assert mine == other


def test_the_cells_share_nothing_that_was_changed(webui: driver.WebUI) -> None:
    plotted = driver.plot(webui, {"x": (P + "W", "0.5, 0.9")}, [SMALL], extra_generation_params={"Note": "x"})
    first, second = plotted.cells
    assert first.extra_generation_params is not second.extra_generation_params
    assert first.override_settings is not second.override_settings
    assert getattr(first, names.AXIS_VALUES) is not getattr(second, names.AXIS_VALUES)
    assert "w=0.5" in first.extra_generation_params[infotext.FIELD]


def test_an_axis_of_ours_means_ticked(webui: driver.WebUI) -> None:
    for off in ([False], [], [{"enabled": False, "join": "after"}], [None]):
        small = {"x": (P + "W", "0.5"), "y": (P + "Size", "64x64")}
        made = driver.plot(webui, small, off, negative_prompt="typed").cells
        wanted = plan.make(choices.read({"w": 0.5})).words
        joined = f"typed, {wanted}" if off == [{"enabled": False, "join": "after"}] else wanted
        assert [p.negative_prompt for p in made] == [joined]
    plain = driver.plot(webui, {"x": ("Steps", "2, 3")}, [False], negative_prompt="typed").cells
    assert [p.negative_prompt for p in plain] == ["typed", "typed"]


def test_an_axis_takes_back_what_was_left_to_the_tab(webui: driver.WebUI) -> None:
    made = cells(webui, {"x": (P + "W", "0.5, 0.9")}, {"leave": ["negative", "cfg"]}, negative_prompt="typed")
    assert [p.negative_prompt.count("(bad:0.5)") for p in made] == [1, 0]
    assert {p.cfg_scale for p in made} == {7.0}


def test_the_webuis_own_axes_go_beside_ours(webui: driver.WebUI) -> None:
    made = cells(webui, {"x": (P + "W", "0.5, 0.9"), "y": ("Seed", "7, 8")}, {"steps": 2})
    assert [p.all_seeds for p in made] == [[7], [7], [8], [8]]


HELD = {
    "CFG Scale": ("3, 4", lambda p: p.cfg_scale, [3.0, 4.0]),
    "Steps": ("3, 4", lambda p: p.steps, [3, 4]),
    "Sampler": ("Euler a, DPM++ 2M", lambda p: p.sampler_name, ["Euler a", "DPM++ 2M"]),
    "Schedule type": ("Karras, Uniform", lambda p: p.scheduler, ["Karras", "Uniform"]),
    "Size": ("64x128, 128x64", lambda p: (p.width, p.height), [(64, 128), (128, 64)]),
    "Clip skip": ("3, 4", lambda p: p.override_settings["CLIP_stop_at_last_layers"], [3, 4]),
    "Seed": ("7, 8", lambda p: p.all_seeds, [[7], [8]]),
}
"""Axis of the plot's own → its values as they are typed, where a cell has them, and what they are there."""
LEFT = {"CFG Scale": "cfg", "Steps": "steps", "Sampler": "sampler", "Schedule type": "scheduler", "Size": "size"}
LEFT |= {"Clip skip": "clip_skip"}
"""What a cell of it leaves to the tab."""


@pytest.mark.parametrize("letter", ["x", "y", "z"])
@pytest.mark.parametrize("label", HELD)
def test_an_axis_of_the_plots_own_holds_over_the_plan(webui: driver.WebUI, label: str, letter: str) -> None:
    values, of, wanted = HELD[label]
    panel = {"steps": 2, "cfg": 5, "sampler": "Euler", "scheduler": "Automatic", "clip_skip": 2, "seed": 1}
    made = cells(webui, {letter: (label, values)}, panel)
    assert [of(p) for p in made] == wanted
    for other, (_, of_other, _) in HELD.items():
        if other != label:
            assert len({str(of_other(p)) for p in made}) == 1, other
    for p in made:
        restored = infotext.restore(text_of(p))
        assert restored is not None
        assert restored.plan().negative_prompt == p.negative_prompt
        assert (restored.choices.leave or ()) == (() if label == "Seed" else (LEFT[label],))


def test_two_axes_of_the_plots_own_and_one_of_ours_hold_together(webui: driver.WebUI) -> None:
    wanted = {"x": ("CFG Scale", "3, 4"), "y": (P + "W", "0.5, 0.9"), "z": ("Steps", "2, 3")}
    made = cells(webui, wanted, {"leave": "scheduler"})
    assert [(p.cfg_scale, p.steps, p.negative_prompt.count("(bad:0.5)")) for p in made] == [
        (cfg, steps, count) for steps in (2, 3) for count in (1, 0) for cfg in (3, 4)
    ]
    assert "leave=scheduler%2Ccfg%2Csteps" in made[0].extra_generation_params[infotext.FIELD]


@pytest.mark.parametrize(
    ("ours_", "own", "values"), [("CFG ×", "CFG Scale", ("1, 2", "3, 4")), ("Size", "Size", ("64x64", "64x128"))]
)
def test_two_axes_that_set_the_same_are_refused(
    webui: driver.WebUI, ours_: str, own: str, values: tuple[str, str]
) -> None:
    with pytest.raises(RefusedRunError) as caught:
        cells(webui, {"x": (P + ours_, values[0]), "y": (own, values[1])})
    assert str(caught.value) == f"X/Y/Z plot: {P}{ours_} and {own} set the same; choose one of them."


def test_an_axis_of_the_plots_own_is_nothing_to_other_runs(webui: driver.WebUI) -> None:
    cells(webui, {"x": ("CFG Scale", "3, 4")}, {"cfg": 5})
    assert driver.ran(webui, [{**SMALL, "cfg": 5}], cfg_scale=3).cfg_scale == 5


@pytest.mark.parametrize(
    ("label", "values", "told"),
    [
        ("W", "0.5, heavy", "W: 'heavy' is not allowed"),
        ("W", "0", "W must be greater than 0"),
        ("W", "1-1000000", "an axis takes at most 1000"),
        ("CFG ×", "0", "a factor above 0"),
        ("CFG ×", "-1", "from 0 to 100"),
        ("Size", "64, 64x64", "give width x height"),
        ("Size", "1:1000", "from 1:64 to 64:1"),
        ("Preset", "nai, nothing-here", "'nothing-here' is not a preset"),
        ("Preset", "/etc/hostname.yaml", "is not a preset's id"),
        ("Preset", "nai.yaml", "is not a preset's id"),
        ("Words", "bad, (low:0.5)", "has its own weight"),
        ("Words", '"((open', "has an unpaired bracket"),
    ],
)
def test_a_wrong_value_is_refused_before_the_first_cell(
    webui: driver.WebUI, label: str, values: str, told: str
) -> None:
    made: list[Any] = []
    with pytest.raises(RefusedRunError) as caught:
        made = cells(webui, {"x": (P + label, values)})
    assert told in str(caught.value)
    assert made == []
    assert caught.value.status_code == 422


@pytest.mark.parametrize(
    ("entries", "fields", "told"),
    [
        ({"steps": "many"}, {}, "steps: 'many' is not allowed"),
        ({"notation": "bracket"}, {}, "at most 64 are allowed"),
        ({"sampler": "Eulerian"}, {}, "sampler: 'Eulerian' is not allowed"),
        ({"ladder": True}, {"prompt": "a BREAK b"}, "contains BREAK"),
    ],
)
def test_a_panel_that_cannot_run_is_refused_before_the_first_cell(
    webui: driver.WebUI, entries: dict[str, Any], fields: dict[str, Any], told: str
) -> None:
    seen: list[Any] = []
    with pytest.raises(RefusedRunError) as caught:
        seen = cells(webui, {"x": (P + "W", "1e-16, 0.5")}, entries, **fields)
    assert told in str(caught.value)
    assert seen == []
    assert not getattr(webui.runner, "begun", [])


def text_of(p: Any) -> str:
    """A cell's text, as it was written."""
    from modules import processing

    return str(processing.create_infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds))


def test_labels_and_the_grids_text_say_the_values(webui: driver.WebUI) -> None:
    option = next(each for each in ours() if each.label == P + "W")
    values = option.prepare("0.5, 6[")
    assert [option.format_value(None, option, option.type(value)) for value in values] == ["W 0.5", "W 0.564 (6[)"]
    text = driver.plot(webui, {"x": (P + "W", "0.5, 6[")}, [SMALL]).processed.infotexts[0]
    assert f'X Type: {P}W, X Values: "0.5, 6["' in text
    restored = infotext.restore(text)
    assert restored is not None
    assert restored.choices.strength is not None
    assert restored.choices.strength.w == 0.5


def test_a_cells_own_text_restores_its_values(webui: driver.WebUI) -> None:
    made = cells(webui, {"x": (P + "W", "0.5, 6["), "y": (P + "CFG ×", "1, 1.5")})
    for p, (w, factor) in zip(made, [(0.5, 1), (0.564, 1), (0.5, 1.5), (0.564, 1.5)], strict=True):
        restored = infotext.restore(text_of(p) + ", Clip skip: 2")
        assert restored is not None
        assert restored.plan().strength.w == w
        assert restored.plan().cfg == plan.make(choices.read({**SMALL, "w": w, "cfg_factor": factor})).cfg
