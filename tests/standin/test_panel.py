"""The panel on the page: what it is made of, and what its events do."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from modules import shared

from pure_negative import options
from pure_negative.panel import controls, events, preview, values
from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.webui.core import settings
from pure_negative.webui.core.host import WebuiHost
from tests.standin import driver

WORDS = plan.make(choices.read({})).words


@pytest.fixture
def page(webui: driver.WebUI) -> driver.Page:
    """A browser tab with the panel ticked, at a size and steps that are made at once."""
    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"] = True
    page["pure_negative_shape"], page["pure_negative_steps"] = "64x64", "3"
    return page


def drawn(page: driver.Page) -> str:
    """The preview as a reader sees it, after it was asked for."""
    page.fire("pure_negative_refresh")
    return html.unescape(re.sub(r"<[^>]*>", "\n", page["pure_negative_preview"]))


def test_the_arguments_are_the_tick_and_the_controls_in_order(webui: driver.WebUI) -> None:
    ids = [control.elem_id for control in webui.script.controls]
    assert ids == ["pure_negative_tick-checkbox", *(controls.elem_id(name) for name in values.CONTROLS)]
    assert values.read([control.value for control in webui.script.controls]) is None
    assert all(control.value is not None for control in webui.script.controls), "a paste casts by the default's type"


def test_the_panel_is_in_txt2img_alone(webui: driver.WebUI) -> None:
    from modules import scripts

    assert driver.TITLE in [script.title() for script in webui.runner.scripts]
    assert driver.TITLE not in [script.title() for script in scripts.scripts_img2img.scripts]


def test_building_again_for_the_api_leaves_the_page_alone(webui: driver.WebUI) -> None:
    script, wired = webui.script, len(webui.demo.dependencies)
    before = dict(vars(script))
    for _ in range(2):
        with driver.blocks() as other:
            script.ui(False)
        assert [each for each in other.dependencies if each["backend_fn"]] == []
    assert len(webui.demo.dependencies) == wired
    assert dict(vars(script)) == before


def test_the_panel_is_wired_once(webui: driver.WebUI) -> None:
    counts = {name: len(webui.listeners(controls.elem_id(name))) for name in ("swap", "reset", "fill")}
    assert counts == {"swap": 1, "reset": 1, "fill": 1}
    assert all(component._id in webui.demo.blocks for component, _ in webui.script.infotext_fields)


def test_ids_are_ours_and_unique(webui: driver.WebUI) -> None:
    ids = [getattr(block, "elem_id", None) or "" for block in webui.demo.blocks.values()]
    ours = [name for name in ids if name.startswith("pure_negative")]
    assert len(ours) == len(set(ours)) >= len(values.CONTROLS) + 8


def above(block: Any) -> list[Any]:
    """A block of the page and what it stands in."""
    return [] if block is None else [block, *above(block.parent)]


def test_nothing_of_the_panel_is_kept_in_ui_config(webui: driver.WebUI) -> None:
    """What is kept there wins over later versions' defaults and ranges, for ever."""
    accordion = webui.component("pure_negative_tick")
    blocks = [block for block in webui.demo.blocks.values() if accordion in above(block)]
    kept = (gr.Slider, gr.Radio, gr.Checkbox, gr.Textbox, gr.Number, gr.Dropdown, gr.Button, gr.Accordion)
    tracked = [block for block in blocks if isinstance(block, kept)]
    assert len(tracked) > len(values.CONTROLS)
    assert [block.elem_id for block in tracked if not getattr(block, "do_not_save_to_config", False)] == []
    file = Path(getattr(shared.cmd_opts, "ui_config_file", "there is none"))
    entries = json.loads(file.read_text("utf8")) if file.is_file() else {}
    labels = {getattr(block, "label", None) or getattr(block, "value", None) for block in tracked} - {"Seed", "Sampler"}
    assert [key for key in entries if key.split("/")[-2] in labels and "pure_negative" in key] == []
    assert [key for key in entries if "/Copy values to the tab/" in key or "/Reset to preset/" in key] == []


@pytest.mark.parametrize(
    ("shape", "swapped"),
    [
        *[("512x768", "768x512"), ("768 × 512", "512x768"), ("4:3", "3:4"), ("16/9", "9:16"), ("2.35:1", "20:47")],
        *[("1:1", "1:1"), ("", ""), ("nonsense", "nonsense"), ("0:1", "0:1"), ("500x700", "704x512")],
    ],
)
def test_swap_exchanges_the_sides(page: driver.Page, shape: str, swapped: str) -> None:
    page["pure_negative_shape"] = shape
    page.fire("pure_negative_swap")
    assert page["pure_negative_shape"] == swapped


def test_swapping_twice_gives_the_size_back(page: driver.Page) -> None:
    for shape in controls.SHAPES:
        page["pure_negative_shape"] = shape
        for _ in range(2):
            page.fire("pure_negative_swap")
        assert page["pure_negative_shape"] == shape


@pytest.mark.parametrize(("position", "text"), [(-6, "6["), (-24, "24["), (3, "3("), (0, "0[")])
def test_the_slider_writes_the_weight(page: driver.Page, position: int, text: str) -> None:
    page["pure_negative_brackets"] = position
    page.fire("pure_negative_brackets", "input")
    shown = page["pure_negative_w"]
    assert shown == ("" if position == -6 else text), "the preset's own weight stands for itself"
    chosen = values.read(page.ours())
    assert plan.make(chosen or choices.Choices()).strength.w == pytest.approx(1.1**position, rel=5e-3)


@pytest.mark.parametrize(
    ("typed", "position"), [("0.9", -1), ("6[", -6), ("2(", 2), ("1e-16", -24), ("99", 8), ("", -6), ("nonsense", -6)]
)
def test_a_typed_weight_moves_the_slider(page: driver.Page, typed: str, position: int) -> None:
    page["pure_negative_w"] = typed
    page.fire("pure_negative_w", "input")
    assert page["pure_negative_brackets"] == position


def test_another_preset_says_what_empty_controls_stand_for(page: driver.Page) -> None:
    page["pure_negative_preset"] = "anything-v3"
    page.fire("pure_negative_preset", "change")
    base = library.load("anything-v3")
    said = page.properties[page.webui.component("pure_negative_words")._id]
    assert said["placeholder"] == ", ".join(base.words)
    assert page["pure_negative_brackets"] == events.position(base.strength)
    assert page["pure_negative_w"] == page["pure_negative_words"] == "", "the choices themselves stay empty"


def test_a_typed_weight_stays_with_another_preset(page: driver.Page) -> None:
    page["pure_negative_w"] = "2("
    page["pure_negative_preset"] = "anything-v3"
    page.fire("pure_negative_preset", "change")
    assert (page["pure_negative_w"], page["pure_negative_brackets"]) == ("2(", 2)


def test_back_to_the_preset_empties_everything_but_the_preset(page: driver.Page) -> None:
    untouched = driver.Page(page.webui).ours()[2:]
    for name, value in (("w", "2("), ("words", "x"), ("cfg_factor", 2.0), ("leave", ["size"]), ("ladder", True)):
        page[controls.elem_id(name)] = value
    page["pure_negative_preset"] = "anything-v3"
    page.fire("pure_negative_reset")
    assert page.ours()[1:] == ["anything-v3", *untouched]
    assert page["pure_negative_brackets"] == events.position(library.load("anything-v3").strength)


def group_titles(page: driver.Page) -> dict[str, str]:
    """The groups' titles after the preview was asked for."""
    page.fire("pure_negative_refresh")
    shown = {name: page.webui.component(f"pure_negative_group_{name}")._id for name in controls.closed()}
    return {name: page.properties[number]["label"] for name, number in shown.items()}


def test_a_group_s_title_counts_what_differs_from_the_preset_and_its_button_puts_it_back(page: driver.Page) -> None:
    untouched = driver.Page(page.webui).ours()
    page["pure_negative_words"], page["pure_negative_spaces"], page["pure_negative_scope"] = "x", True, "each"
    page["pure_negative_leave"] = ["cfg", "sampler"]
    page["pure_negative_sampler"] = library.load("nai").sampler or ""
    assert group_titles(page) == {
        "words": "Words: 2 changed",
        "sampling": "Sampling: 1 changed",
        "leave": "Leave to the tab: 2 changed",
    }
    page["pure_negative_w"] = "2("
    for name in ("words", "leave"):
        page.fire(f"pure_negative_reset_{name}")
    assert list(group_titles(page).values()) == ["Words", "Sampling: 1 changed", "Leave to the tab"]
    assert page["pure_negative_w"] == "2(", "no other group is touched"
    page.fire("pure_negative_reset_sampling")
    page.fire("pure_negative_reset")
    page["pure_negative_shape"] = ""
    assert page.ours()[1:] == untouched[1:]


def test_a_wrong_value_leaves_the_titles_as_they_are(page: driver.Page) -> None:
    page["pure_negative_words"] = "x"
    before = group_titles(page)
    page["pure_negative_steps"] = "many"
    assert group_titles(page) == before


def test_every_control_stands_in_one_group(webui: driver.WebUI) -> None:
    groups = {name: webui.component(f"pure_negative_group_{name}") for name in controls.closed()}
    found = {}
    for name, option in options.controls().items():
        assert option.control
        inside = above(webui.component(controls.elem_id(name)))
        found[name] = next((group for group, accordion in groups.items() if accordion in inside), "first")
        assert found[name] == option.control.group
    assert [name for name, group in found.items() if group == "first"] == ["preset", "w", "shape", "cfg_factor"]


def page_data(page: driver.Page) -> dict[str, str]:
    """What the preview hands to the page's script."""
    page.fire("pure_negative_refresh")
    return {
        key: html.unescape(text) for key, text in re.findall(r'data-(\w+)="([^"]*)"', page["pure_negative_preview"])
    }


def test_the_page_is_told_what_holds_for_empty_controls_and_the_plan_in_a_line(page: driver.Page) -> None:
    page["pure_negative_shape"] = page["pure_negative_steps"] = ""
    page["txt2img_steps"], page["pure_negative_leave"] = 7, ["steps"]
    shared.opts.data[settings.JOIN] = "after"
    told = page_data(page)
    made = plan.make(choices.read({}))
    assert told["summary"] == f"nai · W 0.564 · {made.size.width}×{made.size.height} · CFG {made.cfg:g}"
    held = json.loads(told["held"])
    wanted = {"w": "0.564", "steps": "7", "shape": "512×512", "cfg": "10.5", "sampler": made.sampler, "join": "after"}
    assert {name: held[name] for name in wanted} == wanted
    assert held["words"] == ", ".join(made.base.words)
    assert all(held.values())
    assert not any("(empty:" in str(getattr(block, "label", "")) for block in page.webui.demo.blocks.values())


def test_the_page_is_told_which_of_the_tab_s_controls_are_not_used(page: driver.Page) -> None:
    page["pure_negative_cfg"], page["pure_negative_leave"] = "9.5", ["sampler", "clip_skip"]
    marks = json.loads(page_data(page)["marks"])
    assert marks["cfg"] == {
        "at": list(options.leavable()).index("cfg"),
        "title": "Set by Pure negative: 9.5. Click to use this control's own value.",
        "text": "9.5",
    }
    assert marks["size"]["text"] == "64×64"
    assert WORDS in marks["negative"]["title"]
    assert {"sampler", "clip_skip"} & marks.keys() == set()
    page["pure_negative_w"] = "heavy"
    assert page_data(page).keys() == {"at"}, "what can't run marks nothing"


CASES: list[dict[str, Any]] = [
    {},
    {"w": "2(", "words": "bad, low", "scope": "whole", "cfg_factor": 1.5},
    {"join": "after", "notation": "bracket"},
    {"leave": ["negative", "cfg", "steps", "size"], "ladder": True},
    {"leave": ["clip_skip", "sampler", "scheduler"]},
    {"shape": "16:9", "size_rule": "closest", "cfg": "9", "sampler": "Euler a", "scheduler": "Karras"},
]


@pytest.mark.parametrize("entries", CASES)
@pytest.mark.parametrize("usual", [{}, {"pure_negative_join": "after", "pure_negative_size_rule": "closest"}])
@pytest.mark.parametrize("host", [{}, {"CLIP_stop_at_last_layers": 3, "emphasis": "No norm"}])
@pytest.mark.parametrize("overrides", [[], ["Clip skip: 4"]])
def test_the_preview_says_exactly_what_will_run(
    page: driver.Page, entries: dict[str, Any], usual: dict[str, str], host: dict[str, Any], overrides: list[str]
) -> None:
    shared.opts.data |= usual | host
    page["txt2img_override_settings"] = overrides
    page["txt2img_prompt"], page["txt2img_neg_prompt"] = "car, house", "typed"
    page["txt2img_width"], page["txt2img_height"], page["txt2img_steps"] = 128, 64, 2
    for name, value in entries.items():
        page[controls.elem_id(name)] = value
    text = drawn(page)
    p = page.begin()
    rows = dict(re.findall(r"\n(Prompt|Negative prompt|Size|CFG scale|Steps|Sampler|Clip skip)\n+([^\n]*)\n", text))
    assert rows["Prompt"] == p.prompt
    assert rows["Negative prompt"].partition("  [")[0] == p.negative_prompt
    assert rows["Size"].startswith(f"{p.width}×{p.height},")
    assert rows["CFG scale"].partition(":")[0] == f"{p.cfg_scale:g}"
    assert (rows["Steps"], rows["Sampler"]) == (str(p.steps), p.sampler_name)
    clip_skip = p.override_settings.get("CLIP_stop_at_last_layers", shared.opts.CLIP_stop_at_last_layers)
    assert rows["Clip skip"] == str(clip_skip)


def test_the_preview_counts_tokens_as_the_tab_does(page: driver.Page) -> None:
    from modules import sd_hijack

    count, room = sd_hijack.model_hijack.get_prompt_lengths(WORDS)
    assert f"{WORDS}  [{count}/{room} tokens]" in drawn(page)


def test_the_preview_warns(page: driver.Page) -> None:
    page["pure_negative_cfg"], page["txt2img_hr-checkbox"] = "1", True
    shared.opts.data["emphasis"] = "Ignore"
    text = drawn(page)
    for warning in ("At CFG scale 1", "Hires fix is on", "The setting Emphasis mode is Ignore"):
        assert warning in text


def test_the_preview_warns_of_the_emphasis_that_the_run_will_have(page: driver.Page) -> None:
    page["txt2img_override_settings"] = ["Emphasis: None"]
    assert "The setting Emphasis mode is None" in drawn(page)
    page["txt2img_override_settings"] = ["Emphasis: No norm"]
    shared.opts.data["emphasis"] = "Ignore"
    assert "Emphasis mode is" not in drawn(page)


def test_the_preview_refuses_in_words(page: driver.Page) -> None:
    page["pure_negative_w"] = "heavy"
    assert "Pure negative: w: 'heavy' is not allowed" in drawn(page)


@pytest.mark.parametrize("name", ["words", "w", "shape", "cfg", "steps"])
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"'><img src=x>", "&lt;b&gt;", "x" * 10_000, "</td>" * 500]
)
def test_whatever_is_typed_is_shown_as_text(page: driver.Page, name: str, text: str) -> None:
    page[controls.elem_id(name)] = text
    page["txt2img_neg_prompt"] = page["txt2img_prompt"] = text
    page["pure_negative_join"] = "before"
    page.fire("pure_negative_refresh")
    shown = page["pure_negative_preview"]
    tags = set(re.findall(r"<(/?[a-zA-Z]+)", shown))
    assert {tag.strip("/") for tag in tags} <= {*("div", "table", "tr", "th", "td", "ul", "li", "details", "summary")}
    assert "alert(1)" not in re.sub(r"&[a-z0-9#]+;", "", shown) or "&lt;script&gt;" in shown
    assert len(shown) < 100_000


def test_the_preview_itself_escapes_what_a_preset_says() -> None:
    made = plan.make(choices.read({"words": ["<b>", "a&b"], "prompt": "<i>\"'"}))
    shown = preview.show(made, WebuiHost())
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "<i>" not in shown


def test_fill_writes_what_would_run_into_the_tabs_own_controls(page: driver.Page) -> None:
    page["txt2img_prompt"], page["pure_negative_cfg"] = "a car", "9.5"
    page["pure_negative_sampler"], page["pure_negative_scheduler"] = "Euler a", "Karras"
    page.fire("pure_negative_fill")
    names = ("prompt", "neg_prompt", "width", "height", "cfg_scale", "steps", "sampling", "scheduler")
    shown = [page[f"txt2img_{name}"] for name in names]
    assert shown == ["a car", WORDS, 64, 64, 9.5, 3, "Euler a", "Karras"]
    assert page["txt2img_hr-checkbox"] is False
    ticked = page.begin()
    page["pure_negative_tick-checkbox"] = False
    plain = page.begin()
    for name in ("prompt", "negative_prompt", "width", "height", "cfg_scale", "steps", "sampler_name", "scheduler"):
        assert getattr(plain, name) == getattr(ticked, name)


def test_filling_twice_changes_nothing_more(page: driver.Page) -> None:
    page["txt2img_neg_prompt"], page["pure_negative_join"] = "typed", "after"
    page["txt2img_prompt"], page["pure_negative_ladder"] = "a, b", True
    seen = []
    for _ in range(3):
        page.fire("pure_negative_fill")
        seen.append((page["txt2img_neg_prompt"], page["txt2img_prompt"]))
    assert seen == [(f"typed, {WORDS}", "(a:1.0), (b:0.95)")] * 3


def test_fill_leaves_what_is_left_and_everything_when_refused(page: driver.Page) -> None:
    page["txt2img_neg_prompt"], page["txt2img_steps"] = "typed", 2
    page["pure_negative_leave"] = ["negative", "steps"]
    page.fire("pure_negative_fill")
    assert (page["txt2img_neg_prompt"], page["txt2img_steps"], page["txt2img_width"]) == ("typed", 2, 64)
    page["pure_negative_w"], page["pure_negative_shape"] = "heavy", "128x128"
    page.fire("pure_negative_fill")
    assert page["txt2img_width"] == 64
    assert "&#x27;heavy&#x27; is not allowed" in page["pure_negative_preview"]


def test_the_panel_starts_with_the_settings_preset(webui: driver.WebUI) -> None:
    shared.opts.data[settings.PRESET] = "anything-v3"
    again = driver.start(reload=True)
    assert again.component("pure_negative_preset").value == "anything-v3"
    shared.opts.data[settings.PRESET] = "no longer there"
    assert driver.start(reload=True).component("pure_negative_preset").value == library.DEFAULT
