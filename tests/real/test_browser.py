"""The tick in the real WebUI, through a real browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pure_negative.language import names
from pure_negative.planning import choices, infotext, plan
from tests.real import hosts, server
from tests.real.page import Page, newest_picture, said, until
from tests.real.pictures import difference, opened
from tests.real.server import Server

SCREENSHOTS = os.environ.get("PURE_NEGATIVE_SCREENSHOTS")


def why() -> str:
    """What is said of a wrong weight behind the value itself."""
    return said("w: '-3' is not allowed; W must be greater than 0, like 0.0001.").partition("'-3'")[2]


def small(page: Page) -> None:
    page.type("shape", "64x64")
    page.type("steps", "3")
    page.expect("64×64")


def shoot(browser: Any, name: str, of: str = "#pure_negative_tick") -> None:
    """Keep a small screenshot, where asked; it names no folder of this machine."""
    if not SCREENSHOTS:
        return
    browser.execute_script(
        "for (const log of document.querySelectorAll('#html_log_txt2img')) "
        r"log.innerHTML = log.innerHTML.replace(/[^\s>]+(?=\/outputs\/)/g, 'stable-diffusion-webui')"
    )
    browser.execute_script("closeModal(); document.querySelector(arguments[0]).scrollIntoView()", of)
    language = names.catalogue(server.localization())
    stem, ending = name.split(".")
    path = Path(SCREENSHOTS) / f"{hosts.here().prefix}{stem}{language and f'-{language}'}.{ending}"
    browser.save_screenshot(str(path))
    with Image.open(path) as full:
        full.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1).save(path, optimize=True)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_tick_choose_change_and_generate(webui: Server, browser: Any, theme: str) -> None:
    page = Page(browser, webui.url, theme)
    page.tick()
    page.type("preset", "anything-v3")
    page.expect("(bad:0.0001)")
    page.type("w", "0.564")
    page.expect("(bad:0.564), (comic:0.564)")
    small(page)
    text = page.generate()
    assert "Pure negative: v1;preset=anything-v3;w=0.564" in text
    made, parameters = opened(newest_picture(webui.outputs))
    seed = int(infotext.read(parameters).pairs["Seed"])
    entries = {"preset": "anything-v3", "w": 0.564, "size": "64x64", "steps": 3}
    alone = hosts.here().engine().render([plan.make(choices.read(entries)).request(seed)])[0]
    assert difference(made, alone) <= 1
    (through_api,), (info,) = webui.pictures([entries], seed=seed)
    assert difference(made, through_api) == 0
    assert info == parameters


def test_png_info_round_trip_three_times(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    page.type("preset", "anything-v3")
    page.type("w", "2[")
    page.type("words", r"bad, astolfo_\(fate\), low")
    page.type("join", "before")
    small(page)
    page.one("#txt2img_neg_prompt textarea").send_keys("ugly")
    page.generate()
    first = newest_picture(webui.outputs)
    _, written = opened(first)
    kept = {name: page.value(name) for name in ("w", "words", "shape", "steps", "join", "preset")}
    for _ in range(3):
        again = restored_and_made_again(webui, browser, kept)
        assert again != first
        assert opened(again)[1] == written


def restored_and_made_again(webui: Server, browser: Any, kept: dict[str, str]) -> Path:
    """Send the newest picture from PNG Info to the tab, see the panel restored, and generate."""
    page = Page(browser, webui.url)
    assert not page.ticked()
    page.send_png(newest_picture(webui.outputs))
    until(page.ticked, "the tick to come back")
    until(lambda: {name: page.value(name) for name in kept} == kept, f"the panel to come back as {kept}")
    assert page.tab_value("txt2img_neg_prompt") == "ugly"
    page.generate()
    return newest_picture(webui.outputs)


def test_img2img_which_has_no_tick_is_sent_the_whole_negative_prompt(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    page.type("join", "before")
    small(page)
    page.one("#txt2img_neg_prompt textarea").send_keys("ugly")
    page.generate()
    made = infotext.read(opened(newest_picture(webui.outputs))[1]).negative_prompt
    assert "ugly" in made
    assert "(bad:0.564)" in made
    for target in ("img2img", "inpaint"):
        page.click(f"#txt2img_send_to_{target}")
        until(lambda: page.tab_value("img2img_neg_prompt") == made, f"the negative prompt in {target}")
    page = Page(browser, webui.url)
    page.send_png(newest_picture(webui.outputs), "img2img")
    until(lambda: page.tab_value("img2img_neg_prompt") == made, "the negative prompt from PNG Info")
    assert page.tab_value("txt2img_neg_prompt") == ""


def test_ratio_swap_and_fill_in_the_tab(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    page.type("shape", "4:3")
    page.expect("576×384")
    page.click("#pure_negative_swap")
    page.expect("384×576")
    page.click("#pure_negative_fill")
    until(lambda: page.tab_value("txt2img_width") == "384", "the tab's width")
    assert page.tab_value("txt2img_height") == "576"
    until(lambda: page.tab_value("txt2img_cfg_scale") == "10.5", "the tab's CFG scale")
    assert page.tab_value("txt2img_steps") == "48"
    assert page.tab_value("txt2img_neg_prompt").startswith("(bad:0.564), (comic:0.564)")
    page.type("shape", "768x512")
    page.click("#pure_negative_swap")
    page.expect("512×768")


def test_weight_and_slider_are_tied(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    slider = "#pure_negative_brackets input[type=number]"
    page.type("w", "0.82")
    until(lambda: page.one(slider).get_property("value") == "-2", "the slider at two brackets")
    script = "const s = arguments[0]; s.value = -24; s.dispatchEvent(new Event('input', {bubbles: true}));"
    page.browser.execute_script(
        script + "s.dispatchEvent(new Event('pointerup', {bubbles: true}))",
        page.one("#pure_negative_brackets [type=range]"),
    )
    until(lambda: page.value("w") == "24[", "the weight text of the slider")
    page.expect("(bad:0.102)")
    page.click("#pure_negative_reset")
    until(lambda: page.value("w") == "", "the panel back at the preset")
    page.expect("(bad:0.564)")


def test_wrong_values_are_said_before_and_stop_the_run(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.type("w", "-3")
    page.expect(why())
    text = page.generate()
    assert why() in text
    assert "Steps:" not in text


def test_a_foreign_axis_over_a_wrong_panel_says_why(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.type("w", "-3")
    page.pick_script("X/Y/Z plot")
    page.one("#script_txt2img_xyz_plot_x_values textarea").send_keys("1, 2")
    assert why() in page.generate()


def test_hostile_text_shows_as_text(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    page.type(
        "words", "<script>document.title='owned'</script>, <img src=x onerror=\"document.title='owned'\">, it's \"q\""
    )
    page.expect("<img src=x onerror=")
    page.expect("<script>")
    assert "owned" not in browser.title
    script = "const t = document.querySelector('#pure_negative_words textarea'); t.value = 'x'.repeat(10000);"
    browser.execute_script(script + "t.dispatchEvent(new Event('input', {bubbles: true}))")
    page.expect(said("Pure negative: words: a word has 10000 characters; give 200 at most."))


def test_the_keyboard_reaches_every_control(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    for name in ("words", "sampling", "leave"):
        page.open_around(page.one(f"#pure_negative_reset_{name}"))
    page.field("preset").click()
    seen = set()
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    for _ in range(60):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        owner = "const e = document.activeElement.closest('[id^=pure_negative_]'); return e && e.id"
        seen.add(browser.execute_script(owner))
    wanted = {
        f"pure_negative_{name}" for name in ("w", "words", "scope", "shape", "swap", "cfg", "steps", "leave", "fill")
    }
    assert wanted <= seen


def test_it_works_after_reload_ui(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tab("Settings")
    before = webui.starts()
    page.click("#settings_restart_gradio")
    until(lambda: webui.starts() > before, "the page to be built again")
    until(lambda: webui.get("/pure-negative/v1/presets")[0] == 200, "the routes")
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    assert "Pure negative: v1;preset=nai;w=0.564" in page.generate()
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in severe if "pure" in message.lower()] == []
