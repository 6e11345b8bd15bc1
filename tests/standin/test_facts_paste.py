"""Facts about taking a parameters text apart and filling the page from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from modules import infotext_utils, paths_internal, script_callbacks, shared
from modules.infotext_utils import PasteField

from tests.standin import driver

TEXT = (
    "a car,\nred\nNegative prompt: (bad:0.5),\nlow\n"
    'Steps: 3, Sampler: Euler, CFG scale: 10.5, Seed: 5, Size: 128x64, Note: "a, b: c", Pure negative: v1;w=0.5'
)


def parsed(text: str) -> dict[str, Any]:
    return infotext_utils.parse_generation_parameters(text, [])


def test_pairs_are_taken_apart() -> None:
    found = parsed(TEXT)
    wanted = {
        "Prompt": "a car,\nred",
        "Negative prompt": "(bad:0.5),\nlow",
        "Steps": "3",
        "CFG scale": "10.5",
        "Size-1": "128",
        "Size-2": "64",
        "Note": "a, b: c",
        "Pure negative": "v1;w=0.5",
    }
    assert {key: found.get(key) for key in wanted} == wanted
    assert "Size" not in found


def test_what_is_left_unsaid_is_filled_in() -> None:
    found = parsed(TEXT)
    usual = {"Clip skip": "1", "Schedule type": "Automatic", "Emphasis": "Original", "Hires negative prompt": ""}
    assert {key: found[key] for key in usual} == usual
    assert "Emphasis" not in parsed("a\nNegative prompt: bad\nSteps: 1, Seed: 2, Size: 1x1")


@pytest.mark.parametrize("text", ["", "a car", "Steps: 3, Seed: 5", "a\nSteps: 3", "Negative prompt: x"])
def test_a_line_with_fewer_than_three_pairs_is_text(text: str) -> None:
    found = parsed(text)
    assert found["Prompt"] == ("" if text.startswith("Negative") else text)
    assert found["Negative prompt"] == ("x" if text.startswith("Negative") else "")
    assert "Steps" not in found


def test_fields_can_be_left_out_by_a_setting() -> None:
    shared.opts.data["infotext_skip_pasting"] = ["Pure negative"]
    assert "Pure negative" not in infotext_utils.parse_generation_parameters(TEXT)


def test_settings_in_a_text_are_named_where_they_differ() -> None:
    assert infotext_utils.get_override_settings({"Clip skip": "1", "Emphasis": "Original"}) == []
    found = infotext_utils.get_override_settings({"Clip skip": "2"})
    assert found == [("Clip skip", "CLIP_stop_at_last_layers", 2)]
    assert infotext_utils.get_override_settings({"Clip skip": "2"}, skip_fields={"Clip skip": 1}) == []
    assert infotext_utils.create_override_settings_dict(["Clip skip: 2"]) == {"CLIP_stop_at_last_layers": 2}


def test_a_paste_field_is_a_pair_with_names() -> None:
    field = PasteField("component", "Key", api="name")
    assert (tuple(field), field.label, field.function, field.api) == (("component", "Key"), "Key", None, "name")
    field = PasteField("component", len)
    assert (field.label, field.function, field.api) == (None, len, None)


def pasted(component: type, value: Any, target: Any, text: str = TEXT, **properties: Any) -> dict[str, Any]:
    """What becomes of one component whose default is `value` when the text is pasted."""
    with driver.blocks() as demo:
        box, button = gr.Textbox("", label="text"), gr.Button("paste")
        filled = component(value=value, label="x", **properties)
        settings = gr.Dropdown([], label="settings", multiselect=True)
        infotext_utils.connect_paste(button, [PasteField(filled, target)], box, settings, "txt2img")
    return demo.fns[0].fn(text)[0]


@pytest.mark.parametrize(
    ("component", "default", "given", "becomes"),
    [
        (gr.Checkbox, False, True, True),
        (gr.Checkbox, True, False, False),
        (gr.Checkbox, True, "False", False),
        (gr.Checkbox, False, "no", True),
        (gr.Slider, 3, "4", 4.0),
        (gr.Slider, 3.5, "4.25", 4.25),
        (gr.Textbox, "", 5, "5"),
        (gr.Textbox, "", "x", "x"),
        (gr.CheckboxGroup, [], ["a", "b"], ["a", "b"]),
        (gr.CheckboxGroup, [], "ab", ["a", "b"]),
    ],
)
def test_a_value_is_cast_to_the_type_of_the_default(component: type, default: Any, given: Any, becomes: Any) -> None:
    update = pasted(component, default, lambda _: given)
    assert update["value"] == becomes
    assert type(update["value"]) is type(becomes)


@pytest.mark.parametrize("target", ["No such key", lambda _: None, lambda _: 1 / 0, lambda _: "not a number"])
def test_nothing_and_errors_leave_the_component_alone(target: Any) -> None:
    assert "value" not in pasted(gr.Slider, 3, target)


def test_a_component_without_a_default_cannot_be_pasted_by_value_but_by_an_update() -> None:
    assert "value" not in pasted(gr.Number, None, lambda _: "5")
    assert pasted(gr.Number, None, lambda _: gr.update(value=5))["value"] == 5


def test_callbacks_may_change_the_pairs_before_the_page_is_filled(webui: driver.WebUI) -> None:
    def change(text: str, params: dict[str, Any]) -> None:
        assert text == TEXT
        params["Negative prompt"] = "changed"

    script_callbacks.on_infotext_pasted(change)
    assert pasted(gr.Textbox, "", "Negative prompt")["value"] == "changed"


def test_an_empty_box_pastes_the_last_pictures_text(webui: driver.WebUI) -> None:
    driver.run(webui, prompt="the last picture")
    assert "the last picture" in Path(paths_internal.data_path, "params.txt").read_text("utf8")
    page = driver.Page(webui)
    page.paste("")
    assert page["txt2img_prompt"] == "the last picture"


def test_clip_skip_comes_back_among_the_override_settings(webui: driver.WebUI) -> None:
    page = driver.Page(webui)
    page.paste("a\nSteps: 3, Seed: 5, Size: 128x64, Clip skip: 2")
    assert page["txt2img_override_settings"] == ["Clip skip: 2"]
