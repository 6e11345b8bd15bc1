"""Another script of the Script list under the tick, on the page."""

from __future__ import annotations

import json
from typing import Any

from pure_negative.planning import infotext
from tests.real.page import Page, said, until
from tests.real.server import Server
from tests.real.test_browser import small

OF_ITS_OWN = (
    "Another script sets a negative prompt of its own for each picture, so the words go before it and don't replace it."
)


def texts(page: Page) -> list[str]:
    """Every picture's parameters, as the gallery has them."""
    script = "return document.querySelector('#generation_info_txt2img textarea').value"
    return list(json.loads(page.browser.execute_script(script))["infotexts"])


def test_prompts_from_file_hold_over_the_panel_on_the_page(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.set("txt2img_steps", "4")
    page.pick_script("Prompts from file or textbox")
    box = "#script_txt2img_prompts_from_file_or_textbox_prompt_txt textarea"
    until(lambda: page.all(box), "the script's controls")
    lines = "--prompt cat --steps 4\n--prompt cat --cfg_scale 2.5 --negative_prompt ugly\ncat"
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    browser.execute_script(script, page.one(box), lines)
    assert said(OF_ITS_OWN) in page.generate()
    found = [infotext.read(text) for text in texts(page)]
    assert [each.pairs["Steps"] for each in found] == ["4", "3", "3"]
    assert [each.pairs["CFG scale"] == "2.5" for each in found] == [False, True, False]
    assert [each.negative_prompt.endswith(", ugly") for each in found] == [False, True, False]
    assert {each.pairs["Size"] for each in found} == {"64x64"}
