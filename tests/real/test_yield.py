"""The yield run in the real WebUI: twenty pictures in batches, judged by keys alone, the marked ones carried on."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.real.page import Page, said, until
from tests.real.pictures import difference
from tests.real.server import Server, command, picture, webui_dir
from tests.real.test_browser import SCREENSHOTS, small

TITLE = "Pure negative yield"
PATH = "/pure-negative/v1/yield/"
SMALL = {"size": "64x64", "steps": 3}


def run(webui: Server, entries: dict[str, Any], panel: dict[str, Any] | None = None) -> tuple[int, Any]:
    return webui.txt2img([panel or SMALL], script_name=TITLE, script_args=[entries], seed=100)


def place(webui: Server) -> Path:
    """Where the WebUI keeps its yield runs."""
    return webui.outputs / "txt2img-grids" / "pure-negative-yields"


def newest(webui: Server) -> dict[str, Any]:
    status, told = webui.get(f"{PATH}runs")
    assert status == 200
    found: dict[str, Any] = told["runs"][0]
    return found


def test_each_picture_is_the_single_run_of_its_seed_and_can_be_judged(webui: Server) -> None:
    status, answer = run(webui, {"count": 5, "batch": 2})
    assert status == 200, answer
    info = json.loads(answer["info"])
    assert info["all_seeds"] == [100, 101, 102, 103, 104]
    for encoded, text, seed in zip(answer["images"], info["infotexts"], info["all_seeds"], strict=True):
        (single,), (alone,) = webui.pictures([SMALL], seed=seed)
        assert difference(picture(encoded), single) <= 1
        assert text == alone
    known = newest(webui)
    assert (known["name"], known["pictures"]) == (info["extra_generation_params"]["Yield folder"], 5)
    assert len(list((place(webui) / known["name"] / "cells").glob("*.png"))) == 5
    first = webui.get(f"{PATH}next?run={known['run']}&judge=Ann")[1]["picture"]
    said = {"run": known["run"], "judge": "Ann", "key": first["key"], "class": 2}
    assert webui.post(f"{PATH}judge", said)[1]["judged"] == 1
    assert webui.post(f"{PATH}judge", {**said, "class": 9})[0] == 400
    assert (webui.data / "pure-negative" / "yield.sqlite3").is_file()


def test_a_run_goes_on_where_it_was_left_and_nowhere_else(webui: Server) -> None:
    status, answer = run(webui, {"seeds": "7, 3, 9"})
    assert status == 200, answer
    name = newest(webui)["name"]
    cells = sorted((place(webui) / name / "cells").glob("*.png"))
    before = [path.read_bytes() for path in cells]
    cells[1].unlink()
    assert run(webui, {"resume": name})[0] == 200
    assert [path.read_bytes() for path in (cells[0], cells[2])] == [before[0], before[2]]
    with Image.open(cells[1]) as again, Image.open(io.BytesIO(before[1])) as once:
        assert difference(again, once) <= 1
        assert again.info == once.info
    status, answer = run(webui, {"resume": "yield-9999"})
    assert (status, "yield-9999" in answer["detail"]) == (422, True)


@pytest.mark.parametrize("entries", [{"count": 0}, {"seeds": "x"}, {"level": 9}, {"resume": "../x"}, {"w": 1}])
def test_a_wrong_run_is_answered_in_words(webui: Server, entries: dict[str, Any]) -> None:
    before = sorted(place(webui).glob("*"))
    status, answer = run(webui, entries)
    assert status == 422
    assert next(iter(entries)) in answer["detail"]
    assert sorted(place(webui).glob("*")) == before


DEEPDANBOORU = """
import sys, types, torch
bare, devices = types.ModuleType("modules"), types.ModuleType("modules.devices")
bare.__path__, bare.devices = ["modules"], devices
sys.modules.update({"modules": bare, "modules.devices": devices})
from modules import deepbooru_model
with torch.device("meta"):
    model = deepbooru_model.DeepDanbooruModel()
state = {name: torch.zeros(1).expand(value.shape) for name, value in model.state_dict().items()}
torch.save({**state, "tags": ["1girl", "bad_anatomy", "rating:safe"]}, sys.argv[1])
"""
"""Writes an interrogator that sees the same in every picture, as small as it can be: all of its weights are 0."""


def test_deepdanbooru_makes_first_guesses_that_count_for_nothing(webui: Server) -> None:
    assert run(webui, {"seeds": "5001, 5002"})[0] == 200
    asked = {"run": newest(webui)["run"]}
    status, answer = webui.post(f"{PATH}guess", asked)
    assert (status, "no DeepDanbooru model in models/torch_deepdanbooru" in answer["error"]) == (400, True)
    model = webui.data / "models" / "torch_deepdanbooru" / "model-resnet_custom_v3.pt"
    model.parent.mkdir(parents=True)
    words = [command()[0], "-c", DEEPDANBOORU, str(model)]
    subprocess.run(words, cwd=webui_dir(), check=True, capture_output=True)
    assert webui.post(f"{PATH}guess", asked) == (200, {"guessed": 2})
    shown = webui.get(f"{PATH}next?run={asked['run']}&judge=Ann")[1]["picture"]
    assert shown["guesses"] == [{"source": "DeepDanbooru", "judged": 3, "confidence": None}]
    assert webui.get(f"{PATH}table?run={asked['run']}")[1]["rows"] == []
    assert webui.txt2img([SMALL])[0] == 200


def test_where_deepdanbooru_is_gone_the_page_says_so(webui: Server) -> None:
    assert run(webui, {"seeds": "5001, 5002"})[0] == 200
    status, answer = webui.post(f"{PATH}guess", {"run": newest(webui)["run"]})
    assert status == 400
    assert "this WebUI has no DeepDanbooru interrogator any more" in answer["error"]


def test_twenty_pictures_are_judged_by_keys_alone_and_the_marked_carried_on(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.pick_script(TITLE)
    until(lambda: page.all("#pure_negative_yield_count"), "the script's controls")
    page.generate()
    assert len(until(lambda: page.all("#txt2img_gallery .thumbnail-small"), "the gallery")) == 20
    link = page.one("#pure_negative_yield_judge a").get_property("href")
    assert link == f"{webui.url}{PATH}"
    home = browser.current_window_handle
    browser.switch_to.new_window("tab")
    try:
        assert judged(browser, link, newest(webui)["run"]) < 30
    finally:
        browser.close()
        browser.switch_to.window(home)
    page.click("#pure_negative_yield_take")
    marked = said("{} seeds were marked in {}.", 2, newest(webui)["name"])
    until(lambda: marked in page.one("#pure_negative_yield_told").text, "the marked seeds")
    seeds = page.tab_value("pure_negative_yield_seeds")
    assert len(seeds.split(",")) == 2
    assert page.tab_value("pure_negative_yield_level") == "1: 48 steps"
    page.generate()
    cells = until(lambda: page.all("#txt2img_gallery .thumbnail-small"), "the gallery")
    assert len(cells) == 2
    assert "Steps: 48" in page.info()


def judged(browser: Any, link: str, number: int) -> int:
    """Judge a run of twenty, its page loaded again in the middle; the keys that were pressed."""
    pressed = 0

    def press(key: str, done: str) -> None:
        nonlocal pressed
        pressed += 1
        browser.switch_to.active_element.send_keys(key)
        until(lambda: done in text(browser, "body"), done)

    def open_page() -> None:
        browser.get(f"{link}?run={number}")
        until(lambda: "of 20 judged" in text(browser, "#far"), "the run")

    open_page()
    browser.find_element(By.CSS_SELECTOR, "#judge").send_keys("Ann", Keys.ENTER)
    until(lambda: browser.find_element(By.CSS_SELECTOR, "#picture").is_displayed(), "the first picture")
    for done in range(20):
        if done == 10:
            open_page()
        if done in (3, 12):
            press("m", "")
            until(lambda: pressed_in(browser, "#mark"), "the mark")
        press("1234"[done % 4], f"{done + 1} of 20 judged")
        if done == 14 and SCREENSHOTS:
            until(lambda: "15" in text(browser, "#table"), "the table")
            keep(browser, Path(SCREENSHOTS) / "yield.png")
    table = until(lambda: "20" in text(browser, "#table") and text(browser, "#table"), "the table")
    assert table.split("\n")[1].split()[:2] == ["64x64", "20"], table
    return pressed


def keep(browser: Any, path: Path) -> None:
    """A small screenshot."""
    browser.save_screenshot(str(path))
    with Image.open(path) as full:
        full.convert("RGB").resize((full.width * 2 // 3, full.height * 2 // 3)).quantize(256).save(path, optimize=True)


def text(browser: Any, css: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, css).text)


def pressed_in(browser: Any, css: str) -> bool:
    return browser.find_element(By.CSS_SELECTOR, css).get_attribute("aria-pressed") == "true"
