"""The sheet in the Script list: what it refuses, and what its controls are; pictures need the real WebUI's sampler."""

from __future__ import annotations

import contextlib
import html
import json
from types import SimpleNamespace
from typing import Any

import pytest
from modules import shared
from modules.styles import PromptStyle
from PIL import Image

from pure_negative.planning import choices, infotext
from pure_negative.rules import size
from pure_negative.sheet import axis, definition, scans
from pure_negative.webui import names
from pure_negative.webui.core import settings
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.webui.sheet import growing as sheet_growing
from tests.standin import driver


@pytest.fixture
def script(webui: driver.WebUI) -> Any:
    return driver.script_titled(webui.runner, names.SHEET)


def post(webui: driver.WebUI, *args: Any, **fields: Any) -> Any:
    body = {
        "width": 64,
        "height": 64,
        "steps": 1,
        "script_name": names.SHEET,
        "script_args": list(args),
        **fields,
    }
    return webui.client.post("/sdapi/v1/txt2img", json=body)


def test_the_script_is_in_the_txt2img_list_alone(webui: driver.WebUI) -> None:
    from modules import scripts

    assert names.SHEET in [each.title() for each in webui.runner.selectable_scripts]
    assert names.SHEET not in [each.title() for each in scripts.scripts_img2img.scripts]


def test_its_controls_have_defaults_that_a_paste_can_cast_by_and_are_not_kept(script: Any) -> None:
    assert all(control.value is not None for control in script.controls)
    assert all(control.do_not_save_to_config for control in (*script.controls, script.forecast.button))
    wanted = sheet_controls.read([control.value for control in script.controls])
    assert (wanted.x, wanted.y, wanted.z) == ("W: 6[, 2[, 0.9", "CFG: 8, 10.5, 12", "")


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"x": "W: heavy"}, "'heavy' is not allowed"),
        ({"x": "Weight: 1"}, "Weight"),
        ({"x": "preset: /etc/hostname.yaml"}, "is not a preset's id"),
        ({"columns": 3}, "'columns' is not a key"),
        ({"resume": "../elsewhere"}, "the name of a sheet's folder"),
        ({"resume": "sheet-1/../.."}, "the name of a sheet's folder"),
        ({"batch": "many"}, "batch: 'many' is not allowed"),
        ({"scan": "everything"}, "scan"),
        ({"large": "huge"}, "large"),
        ({"x": ["W"]}, "give a text"),
        ("{", "is not readable JSON"),
    ],
)
def test_a_wrong_sheet_is_refused_in_words(webui: driver.WebUI, first: Any, told: str) -> None:
    for given in (first, json.dumps(first) if isinstance(first, dict) else first):
        answer = post(webui, given)
        assert answer.status_code == 422, answer.json()
        assert answer.json()["error"] == "RefusedRunError"
        assert told in answer.json()["detail"]
        assert "\n" not in answer.json()["detail"]
    assert webui.txt2img(ours=[{"size": "64x64", "steps": 2}]).status_code == 200


TAB = {"negative_prompt": "tab", "width": 192, "height": 128, "cfg_scale": 4, "steps": 9, "styles": ["probe"]}
TAB |= {"sampler_name": "DPM++ 2M", "scheduler": "Karras", "prompt": "another", "seed": 5}
"""What the tab holds by the time that a cell is upscaled."""
CELL = {"size": "128x64", "steps": 3, "w": 0.9, "words": "bad, low", "cfg": 12, "clip_skip": 3}


def upscaled(webui: driver.WebUI, title: str, ours: Any, picture: Any) -> Any:
    """The processing object after the gallery's upscale button was pressed with that script chosen."""
    from modules.processing import process_images

    p = driver.request(**TAB, firstpass_image=picture, enable_hr=True)
    p.txt2img_upscale = True
    args = webui.args(ours)
    args[0] = 1 + webui.runner.selectable_scripts.index(driver.script_titled(webui.runner, title))
    p.scripts, p.script_args = webui.runner, tuple(args)
    p.seed = 5
    assert webui.runner.run(p, *p.script_args) is None
    with contextlib.closing(p):
        p.processed = process_images(p)
    return p


@pytest.mark.parametrize("title", [names.SHEET, names.YIELD])
@pytest.mark.parametrize("ours", [[False], [{"w": 0.5, "cfg": 3, "size": "64x64"}]], ids=["off", "on"])
@pytest.mark.parametrize("more", [{}, {"leave": "cfg, steps, sampler, scheduler, size"}, {"join": "after"}], ids=str)
def test_the_galleries_upscale_button_keeps_a_cells_own_plan(
    webui: driver.WebUI, title: str, ours: list[Any], more: dict[str, Any]
) -> None:
    shared.prompt_styles.styles["probe"] = PromptStyle("probe", "in ({prompt})", "style words", "x.csv")
    fields = {"prompt": "a car", "negative_prompt": "typed", "width": 128, "height": 64, "cfg_scale": 6}
    single = driver.run(webui, [{**CELL, **more}], **fields, styles=["probe"])
    text = single.infotexts[0]
    p = upscaled(webui, title, ours, single.images[0])
    before, after = infotext.read(text), infotext.read(p.processed.infotexts[0])
    assert (after.prompt, after.negative_prompt) == (before.prompt, before.negative_prompt)
    for key in ("CFG scale", "Steps", "Sampler", "Schedule type", "Size", "Clip skip", "Seed"):
        one, other = (info.pairs.get(key) for info in (before, after))
        assert str(one).removesuffix(".0") == str(other).removesuffix(".0"), key
    restored = [infotext.restore_info(info) for info in (before, after)]
    assert restored[0] is not None
    assert restored[1] is not None
    assert restored[1].plan() == restored[0].plan()


@pytest.mark.parametrize("said", [None, "CFG scale: 7", "Pure negative: v9"])
def test_a_cell_that_does_not_say_what_it_was_made_by_is_told(webui: driver.WebUI, said: str | None) -> None:
    picture = Image.new("RGB", (64, 64))
    picture.info = {} if said is None else {"parameters": f"a car\nSteps: 3, Seed: 5, {said}"}
    p = upscaled(webui, names.SHEET, [False], picture)
    assert p.processed.comments.startswith(
        "Pure negative sheet: the selected picture's file has no Pure negative parameters"
    )
    assert p.negative_prompt == "tab"


def test_another_programs_text_leaves_the_sheets_controls_alone(webui: driver.WebUI, script: Any) -> None:
    page = driver.Page(webui)
    page["pure_negative_sheet_x_values"] = "1, 2"
    page.paste("a\nSteps: 3, Seed: 5, Size: 64x64, Script: X/Y/Z plot, Sheet X axis: W: 0.5")
    assert page["pure_negative_sheet_x_values"] == "1, 2"
    page.paste(f'a\nSteps: 3, Seed: 5, Size: 64x64, Script: {names.SHEET}, Sheet X axis: "W: 0.5, 6["')
    assert (page["pure_negative_sheet_x_kind"], page["pure_negative_sheet_x_values"]) == ("W", "0.5, 6[")


def test_what_a_pasted_sheet_shows_is_what_runs(webui: driver.WebUI, script: Any) -> None:
    page = driver.Page(webui)
    page["pure_negative_sheet_scan"], page["pure_negative_sheet_resume"] = "w-cfg", "sheet-0003"
    page.paste("a\nSteps: 3, Seed: 5, Size: 64x64, Script: X/Y/Z plot")
    assert (page["pure_negative_sheet_scan"], page["pure_negative_sheet_resume"]) == ("w-cfg", "sheet-0003")
    page.paste(f'a\nSteps: 3, Seed: 5, Size: 64x64, Script: {names.SHEET}, Sheet X axis: "W: 0.5, 6["')
    wanted = sheet_controls.read([page.shown[control._id] for control in script.controls])
    assert (wanted.scan, wanted.resume, wanted.x, wanted.y) == ("", "", "W: 0.5, 6[", "")


def counted(page: driver.Page) -> str:
    page.fire("pure_negative_sheet_count")
    return html.unescape(str(page["pure_negative_sheet_told"]))


def test_the_cells_are_counted_by_what_the_run_would_find(webui: driver.WebUI) -> None:
    """By the one rule for sizes both ratios are 576×384, by the other they are two sizes."""
    page = driver.Page(webui)
    for name, text in {"x_kind": "ratio", "x_values": "4:3, 3:2", "y_kind": "", "y_values": ""}.items():
        page[f"pure_negative_sheet_{name}"] = text
    for rule, batches in zip(size.RULES, (1, 2), strict=True):
        shared.opts.data[settings.SIZE_RULE] = rule
        assert f"2 cells in {batches} batches or more" in counted(page)
    page["txt2img_override_settings"] = ["Clip skip: 2"]
    assert "2 cells in 2 batches or more" in counted(page)
    page["pure_negative_cfg"] = "much"
    assert "cfg: 'much' is not allowed" in counted(page)


@pytest.mark.parametrize(("scan", "kinds"), [("w-cfg", ("W", "CFG")), ("cfg-steps", ("CFG", "steps"))])
def test_a_button_writes_the_axes_that_are_compared_most(
    webui: driver.WebUI, script: Any, scan: str, kinds: tuple[str, str]
) -> None:
    page = driver.Page(webui)
    page["pure_negative_sheet_z_kind"], page["pure_negative_sheet_z_values"] = "seed", "1, 2"
    page["pure_negative_sheet_scan"] = "w-cfg"
    page.fire(f"pure_negative_sheet_{scan}")
    wanted = sheet_controls.read([page.shown[control._id] for control in script.controls])
    assert (wanted.scan, wanted.z) == ("", "")
    assert (wanted.x, wanted.y) == (scans.SCANS[scan].x, scans.SCANS[scan].y)
    assert (page["pure_negative_sheet_x_kind"], page["pure_negative_sheet_y_kind"]) == kinds
    assert "cells in" in counted(page)


def test_the_sheet_is_shown_as_it_grows_at_most_once_a_second() -> None:
    state = SimpleNamespace(shown=[], current_image_sampling_step=0)
    state.assign_current_image = state.shown.append
    now = [0.0]
    wanted = definition.make(
        choices.read({"size": "64x64"}), axis.read("W: 0.5, 0.6", "x"), axis.read("seed: 1, 2", "y")
    )
    growing = sheet_growing.Growing(wanted, state, lambda: now[0])
    growing.show()
    assert state.shown == []
    for at, cell in enumerate(wanted.cells):
        now[0] += 0.6
        growing.take(cell, Image.new("RGB", (64, 32), (10 * at, 0, 0)))
        growing.show()
    assert len(state.shown) == 2, "at 0.6 and 1.8 s"
    first, last = state.shown
    side = first.width // 2
    assert first.getpixel((2, 2)) == (0, 0, 0)
    assert first.getpixel((side + 2, 2)) != last.getpixel((side + 2, 2)) == (10, 0, 0)
    assert last.size == (2 * side, 2 * side)
    assert state.current_image_sampling_step > 10_000, "the WebUI draws no preview of its own over it"


@pytest.mark.parametrize(("x", "y"), [("W: 0.5", ""), ("W: 0.5, 0.6", ""), ("", "seed: 1-7"), ("seed: 1-600", "")])
def test_a_growing_sheet_is_small_but_not_so_small_that_the_webui_packs_it_tightly(x: str, y: str) -> None:
    state = SimpleNamespace(shown=[], current_image_sampling_step=0)
    state.assign_current_image = state.shown.append
    axes = (axis.read(text, "it") if text else axis.NONE for text in (x, y))
    wanted = definition.make(choices.read({"size": "64x64"}), *axes)
    growing = sheet_growing.Growing(wanted, state)
    growing.take(wanted.cells[0], Image.new("RGB", (64, 32), (10, 0, 0)))
    growing.show()
    (shown,) = state.shown
    assert 256 < max(shown.size) <= 600, "modules/progress.py packs pictures up to 256 tightly"
