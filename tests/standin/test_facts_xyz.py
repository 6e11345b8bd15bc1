"""Facts about the X/Y/Z plot that our axes rest on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from modules import scripts

from tests.standin import driver

LABEL = "[Probe] value"


@contextlib.contextmanager
def axis(
    webui: driver.WebUI, apply: Any = lambda p, value, _: setattr(p, "steps", int(value)), **rest: Any
) -> Iterator[Any]:
    """The plot with one more axis while it runs."""
    data = next(each for each in scripts.scripts_data if each.script_class.__module__ == "xyz_grid.py")
    option = data.module.AxisOptionTxt2Img(LABEL, rest.pop("type", str), apply, **rest)
    plotter = driver.script_titled(webui.runner, driver.XYZ)
    plotter.current_axis_options.append(option)
    try:
        yield data.module
    finally:
        plotter.current_axis_options.remove(option)


def test_the_tab_lists_plain_axes_and_its_own(webui: driver.WebUI) -> None:
    labels = [option.label for option in driver.script_titled(webui.runner, driver.XYZ).current_axis_options]
    assert {"Nothing", "Steps", "CFG Scale"} <= set(labels)
    assert "Image CFG Scale" not in labels


@pytest.mark.parametrize(
    ("text", "values"), [("2, 3", ["2", "3"]), ('"a, b", c', ["a, b", "c"]), ("2[, 6[", ["2[", "6["])]
)
def test_values_are_split_at_commas_outside_quotes(webui: driver.WebUI, text: str, values: list[str]) -> None:
    seen: list[Any] = []
    with axis(webui, lambda p, value, all_: seen.append((value, list(all_)))):
        driver.plot(webui, {"x": (LABEL, text)})
    assert seen == [(value, values) for value in values]


def test_prepare_takes_the_place_of_splitting_and_the_type_is_called_on_each(webui: driver.WebUI) -> None:
    with axis(webui, type=lambda value: value * 2, prepare=lambda text: [1, 2] if text == "anything" else []):
        plotted = driver.plot(webui, {"x": (LABEL, "anything")})
    assert [p.steps for p in plotted.cells] == [2, 4]


def test_choices_come_from_the_dropdown_unless_texts_are_wanted(webui: driver.WebUI) -> None:
    with axis(webui, choices=lambda: ["3", "4"], prepare=lambda text: ["7"]):
        picked = driver.plot(webui, {"x": (LABEL, ["3", "4"])}, csv=False)
        typed = driver.plot(webui, {"x": (LABEL, "3, 4")})
    assert [p.steps for p in picked.cells] == [3, 4]
    assert [p.steps for p in typed.cells] == [7]


def test_what_confirm_raises_ends_the_plot_before_its_first_cell(webui: driver.WebUI) -> None:
    def confirm(p: Any, values: list[Any]) -> None:
        assert (p.seed, values) == (5, ["2", "3"])
        raise ValueError("not these")

    applied: list[Any] = []
    with axis(webui, lambda *_: applied.append(1), confirm=confirm), pytest.raises(ValueError, match="not these"):
        driver.plot(webui, {"x": (LABEL, "2, 3")})
    assert applied == []


def test_each_cell_is_a_copy_that_shares_dicts_and_runs_before_process(webui: driver.WebUI) -> None:
    plotted = driver.plot(webui, {"x": ("Steps", "2, 3"), "y": ("CFG Scale", "4, 5")})
    assert [(p.steps, p.cfg_scale) for p in plotted.cells] == [(2, 4.0), (3, 4.0), (2, 5.0), (3, 5.0)]
    first, *_, last = plotted.cells
    assert first is not last
    assert first.override_settings is last.override_settings


def test_what_a_cell_raises_leaves_it_empty_and_the_others_are_made(webui: driver.WebUI) -> None:
    def apply(p: Any, value: str, _: Any) -> None:
        def stop() -> None:
            raise ValueError("this cell")

        p.negative_prompt = value
        if value == "b":
            p.setup_prompts = stop

    with axis(webui, apply):
        plotted = driver.plot(webui, {"x": (LABEL, "a, b, c")})
    assert [p.negative_prompt for p in plotted.cells] == ["a", "b", "c"]
    assert [p.all_negative_prompts for p in plotted.cells] == [["a"], None, ["c"]]


def test_the_first_cells_prompts_are_read_where_nothing_is_caught(webui: driver.WebUI) -> None:
    def apply(p: Any, value: str, _: Any) -> None:
        def stop() -> None:
            raise ValueError("the first cell")

        p.setup_prompts = stop

    with axis(webui, apply), pytest.raises(TypeError):
        driver.plot(webui, {"x": (LABEL, "a, b")})


def test_labels_come_from_format_value(webui: driver.WebUI) -> None:
    seen: list[Any] = []

    def format_value(p: Any, option: Any, value: Any) -> str:
        seen.append((option.label, value))
        return f"label {value}"

    with axis(webui, format_value=format_value):
        driver.plot(webui, {"x": (LABEL, "2, 3")})
    assert seen == [(LABEL, "2"), (LABEL, "3")]


def test_the_grids_text_is_its_first_cells_with_the_axes(webui: driver.WebUI) -> None:
    with axis(webui):
        text = driver.plot(webui, {"x": (LABEL, "2, 3")}).processed.infotexts[0]
    assert "Steps: 2, " in text
    assert f', Script: X/Y/Z plot, X Type: {LABEL}, X Values: "2, 3", Version: ' in text
