"""Three clicks to a first picture, with the model that comes with this project; README shows the panel so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pure_negative.diffusion import toy
from tests.real import hosts
from tests.real import server as servers
from tests.real.page import Page, newest_picture, until
from tests.real.pictures import opened
from tests.real.server import Server
from tests.real.test_browser import shoot
from tests.real.test_browser_panel import HEIGHT, WIDTH, sized

SEED = 2


@pytest.fixture(scope="module")
def with_toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if hosts.here().text_files:
        pytest.skip(f"TOY SKIPPED: {hosts.here().name} loads no checkpoint of other dimensions than SD 1.x has")
    data = tmp_path_factory.mktemp("data") / "toy"
    with servers.running(data, True, models=toy.ensure) as server:
        yield server


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_checkpoints_preset_is_selected_and_generate_is_all_that_is_left(
    with_toy: Server, browser: Any, theme: str
) -> None:
    page = Page(browser, with_toy.url, theme)
    until(lambda: page.value("preset") == "toy", "the preset for the checkpoint")
    sized(browser, WIDTH, HEIGHT)
    page.set("txt2img_seed", str(SEED))
    page.tick()
    page.expect("128×128")
    assert not page.all("#pure_negative_preview .warnings")
    assert "Pure negative: v1;preset=toy" in page.generate()
    until(lambda: not page.all("#tab_txt2img .livePreview"), "the finished picture in the gallery")
    until(lambda: not page.one("#txt2img_interrupt").is_displayed(), "the button to generate")
    picture, parameters = opened(newest_picture(with_toy.outputs))
    assert picture.size == (128, 128)
    assert f"CFG scale: 10.5, Seed: {SEED}, " in parameters
    shoot(browser, f"panel-{theme}.png", "gradio-app")


def test_with_the_sheet_in_the_script_list_the_same_button_makes_a_sheet(with_toy: Server, browser: Any) -> None:
    page = Page(browser, with_toy.url)
    until(lambda: page.value("preset") == "toy", "the preset for the checkpoint")
    page.set("txt2img_seed", str(SEED))
    page.tick()
    page.pick_sheet()
    page.type("sheet_x_values", "0.25, 0.564, 1")
    page.type("sheet_y_values", "1, 4, 10.5, 16")
    assert 'Sheet Y axis: "CFG: 1, 4, 10.5, 16"' in page.generate()
    until(lambda: not page.all("#tab_txt2img .livePreview"), "the finished sheet in the gallery")
    shown = until(lambda: page.all("#txt2img_gallery .thumbnail-small"), "the gallery")
    assert len(shown) == 2 + 12, "the sheet, its maps, the cells"
    shoot(browser, "sheet-webui.png", "#txt2img_results")


def test_a_setting_leaves_the_preset_of_the_settings_selected(with_toy: Server, browser: Any) -> None:
    assert with_toy.post("/sdapi/v1/options", {"pure_negative_fit": False})[0] == 200
    try:
        page = Page(browser, with_toy.url)
        until(lambda: page.all("#pure_negative_preview [data-model]"), "the checkpoint to be known")
        page.tick()
        until(lambda: page.one("#pure_negative_offer").is_displayed(), "the offer of the preset for the checkpoint")
        assert page.value("preset") == "nai"
        page.click("#pure_negative_offer")
        until(lambda: page.value("preset") == "toy", "the preset that was offered")
    finally:
        with_toy.post("/sdapi/v1/options", {"pure_negative_fit": True})
