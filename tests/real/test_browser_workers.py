"""A sheet that is started in the browser and made by two real WebUIs, the other one named in the settings page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from pure_negative.sheet import store
from tests.real.page import Page, until
from tests.real.pictures import difference
from tests.real.server import Server
from tests.real.test_browser import small

SETTING = "pure_negative_also_use"
LONG = 400
"""Seconds that one of the two sheets may take on a busy machine."""


def name_in_settings(page: Page, server: Server, url: str) -> None:
    """Write the address into Settings > Pure negative and apply it, as a user does."""
    page.tab("Settings")
    field = page.one(f"#setting_{SETTING} textarea, #setting_{SETTING} input")
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    page.browser.execute_script(script, field, url)
    page.click("#settings_submit")
    until(lambda: server.get("/sdapi/v1/options")[1][SETTING] == url, "the setting to be kept")
    page.tab("txt2img")


def also(page: Page, on: bool) -> None:
    box = "#pure_negative_sheet_also input"
    if page.one(box).is_selected() != on:
        page.click(box)
    until(lambda: page.one(box).is_selected() == on, "the tick")


def made(page: Page, server: Server) -> Path:
    """The folder of the sheet that Generate makes."""

    def folders() -> set[Path]:
        return {path.parent for path in server.data.rglob("pure-negative-sheets/*/sheet.png")}

    before = folders()
    page.click("#txt2img_generate")
    until(lambda: folders() - before, "the sheet", LONG)
    (folder,) = folders() - before
    return folder


def cells(folder: Path) -> dict[str, Image.Image]:
    found = {}
    for path in folder.glob("cells/*.png"):
        with Image.open(path) as image:
            found[path.name] = image.copy()
    return found


def test_a_sheet_from_the_page_is_made_by_both_and_is_that_of_one(webui: Server, bare: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    name_in_settings(page, webui, bare.url)
    try:
        page.tick()
        small(page)
        page.set("txt2img_seed", "5")
        page.pick_sheet()
        page.type("sheet_x_values", "0.1-0.8 [8]")
        page.type("sheet_y_values", "3, 7")
        also(page, True)
        both = made(page, webui)
        also(page, False)
        alone = made(page, webui)
    finally:
        webui.post("/sdapi/v1/options", {SETTING: ""})
    assert [who.split(": ")[0] for who in store.find(both).makers] == ["this WebUI", bare.url]
    assert store.find(alone).makers == {}
    shared, expected = cells(both), cells(alone)
    assert len(shared) == 16
    assert shared.keys() == expected.keys()
    assert max(difference(shared[name], expected[name]) for name in shared) <= 1
