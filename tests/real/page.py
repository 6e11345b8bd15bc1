"""The WebUI's page in a browser, as a user works it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pure_negative.language import names
from pure_negative.language.translator import translator
from tests.real import server

PATIENCE = 90
OPEN_AROUND = """
for (let at = arguments[0].parentElement; at; at = at.parentElement) {
    const folded = at.matches('[id^=pure_negative_group_], #pure_negative_presets_box');
    const title = folded && at.querySelector('.label-wrap');
    if (title && !title.classList.contains('open')) title.click();
}"""
"""Opens the panel's groups and the box of presets that an element stands in."""


def said(text: str, *parts: object) -> str:
    """What our part of the page shows for an English text, in the language that the WebUI is set to."""
    return translator(names.catalogue(server.localization()))(text, *parts)


def labelled(text: str) -> str:
    """What the WebUI's page shows for a label of ours: the language pack's own word, where it has one."""
    pack = os.environ.get("WEBUI_LANGUAGE_PACK")
    words = Path(pack, "localizations", f"{server.localization()}.json").read_text(encoding="utf-8") if pack else "{}"
    return str(json.loads(words).get(text) or said(text))


def until(found: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait for something true."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            result = found()
        except Exception:
            result = None
        if result:
            return result
        time.sleep(0.2)
    raise AssertionError(f"waited {patience} s for {what}")


class Page:
    """One open txt2img tab; `steps` is what it calls them, in another language than that of the layer."""

    def __init__(self, browser: Any, url: str, theme: str = "light", steps: str = "") -> None:
        self.browser = browser
        browser.get(f"{url}/?__theme={theme}")
        until(lambda: self.all("#pure_negative_tick .label-wrap"), "the panel")
        until(lambda: (steps or said("Steps")) in self.preview(), "the first preview")

    def all(self, css: str) -> list[Any]:
        return list(self.browser.find_elements(By.CSS_SELECTOR, css))

    def one(self, css: str) -> Any:
        return until(lambda: self.all(css), css)[0]

    def click(self, css: str) -> None:
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", self.one(css))
        self.browser.execute_script("arguments[0].click()", self.one(css))

    def ticked(self) -> bool:
        return bool(self.one("#pure_negative_tick-checkbox input").is_selected())

    def tick(self, on: bool = True) -> None:
        if self.ticked() != on:
            self.click("#pure_negative_tick .label-wrap")
        until(lambda: self.ticked() == on, "the tick")

    def field(self, name: str) -> Any:
        return self.one(f"#pure_negative_{name} input, #pure_negative_{name} textarea")

    def open_around(self, field: Any) -> None:
        """Open the closed groups that a control stands in."""
        self.browser.execute_script(OPEN_AROUND, field)
        until(field.is_displayed, "the control to be shown")

    def type(self, name: str, text: str) -> None:
        field = self.field(name)
        self.open_around(field)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE)
        field.send_keys(text)
        if name in ("preset", "shape", "scope", "notation", "join"):
            field.send_keys(Keys.ENTER)
        self.browser.execute_script("arguments[0].blur()", field)

    def paste(self, name: str, text: str) -> None:
        """Put a long text into a field at once."""
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.browser.execute_script(script, self.field(name), text)

    def set(self, elem_id: str, text: str) -> None:
        """Put a number into one of the tab's sliders."""
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.browser.execute_script(script, self.one(f"#{elem_id} input[type=number]"), text)

    def open_box(self) -> None:
        self.click("#pure_negative_presets_box .label-wrap")
        until(lambda: self.one("#pure_negative_presets_save").is_displayed(), "the preset box")

    def value(self, name: str) -> str:
        return str(self.field(name).get_property("value"))

    def tab_value(self, elem_id: str) -> str:
        return str(self.one(f"#{elem_id} input, #{elem_id} textarea").get_property("value"))

    def preview(self) -> str:
        return str(self.browser.execute_script("return document.querySelector('#pure_negative_preview').innerText"))

    def expect(self, text: str) -> None:
        until(lambda: text in self.preview(), f"{text!r} in the preview")

    def info(self) -> str:
        return str(self.browser.execute_script("return document.querySelector('#html_info_txt2img').innerText"))

    def comments(self) -> str:
        return str(self.browser.execute_script("return document.querySelector('#html_log_txt2img').innerText"))

    def generate(self, patience: float = PATIENCE) -> str:
        """Press Generate, wait, and give the text under the gallery."""
        before = self.info() + self.comments()
        self.click("#txt2img_generate")
        timed = "#html_log_txt2img .performance"
        until(lambda: self.all(timed) and self.info() + self.comments() != before, "the run's end", patience)
        return self.info() + self.comments()

    def send_png(self, path: Path, target: str = "txt2img") -> None:
        """PNG Info → Send to txt2img, or to another tab."""
        self.tab("PNG Info")
        for button in self.all("#pnginfo_image button[aria-label='Clear'], #pnginfo_image button[title='Clear']"):
            self.browser.execute_script("arguments[0].click()", button)
        self.one("#pnginfo_image input[type=file]").send_keys(str(path))
        until(lambda: "Steps:" in self.one("#tab_pnginfo").text, "the parameters in PNG Info")
        self.click(f"#tab_pnginfo #{target}_tab")
        until(lambda: self.one(f"#tab_{target}").is_displayed(), f"the {target} tab")

    def pick_script(self, name: str) -> None:
        field = self.one("#script_list input")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(name, Keys.ENTER)

    def pick_sheet(self) -> None:
        self.pick_script("Pure negative sheet")
        until(lambda: self.all("#pure_negative_sheet_x_values"), "the sheet's controls")

    def tab(self, name: str) -> None:
        shown = self.browser.execute_script("return (window.localization || {})[arguments[0]] || arguments[0]", name)
        button = next(b for b in self.all("#tabs > .tab-nav button") if b.text.strip() in (name, shown))
        button.click()


def newest_picture(outputs: Path) -> Path:
    """The picture the WebUI saved last, below its folder for them."""
    return max(outputs.rglob("*.png"), key=lambda path: path.stat().st_mtime_ns)
