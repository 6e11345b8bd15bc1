"""The panel's order, groups and marks in the real WebUI, through a real browser."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from pure_negative import options
from tests import axe, screen_reader
from tests.real.page import Page, labelled, said, until
from tests.real.server import Server
from tests.real.test_browser import shoot

WIDTH, HEIGHT = 1400, 900
THEIRS = ("[type=range]", ".single-select", ".multiselect", ".or")
"""Parts of gradio's and the WebUI's own components that axe finds fault with, whatever is put into them."""
SET = "Set by Pure negative: {}. Click to use this control's own value."
GROUPS = {
    "group_words": "words",
    "group_sampling": "steps",
    "group_leave": "leave",
    "presets_box": "presets_save",
}
"""Each closed group, and a control in it."""
FIRST = ("preset", "w", "shape", "cfg_factor", "preview")


def sized(browser: Any, width: int, height: int) -> None:
    """Make what the page has for itself that large."""
    browser.set_window_size(width, height)
    inner = browser.execute_script("return [innerWidth, innerHeight]")
    browser.set_window_size(2 * width - inner[0], 2 * height - inner[1])


def patience() -> float:
    """A second; more where other programs keep every core busy, since then it is not ours that is measured."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return 1.0 if busy < (os.cpu_count() or 1) else 10.0


def bottom(page: Page, name: str) -> float:
    """How far below the top of the window something ends, the page scrolled up to its beginning."""
    script = "scrollTo(0, 0); return arguments[0].getBoundingClientRect().bottom"
    return float(page.browser.execute_script(script, page.one(f"#pure_negative_{name}")))


def test_what_matters_first_is_on_the_first_screen(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    sized(browser, WIDTH, HEIGHT)
    page.tick()
    until(lambda: page.one("#pure_negative_preview").is_displayed(), "the preview")
    shoot(browser, "panel-first.png", "gradio-app")
    found = {name: bottom(page, name) for name in FIRST}
    assert {name: at for name, at in found.items() if at > HEIGHT} == {}
    field = page.field("w")
    field.click()
    field.send_keys("0.25")
    began = time.monotonic()
    until(lambda: "(bad:0.25)" in page.preview(), "the new text")
    assert time.monotonic() - began < patience()


def test_groups_open_and_close_by_keyboard_and_count_what_differs(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    for name, inside in GROUPS.items():
        title = page.one(f"#pure_negative_{name} .label-wrap")
        until(lambda: title.get_attribute("aria-expanded") == "false" or title.tag_name == "button", "the title")  # noqa: B023
        browser.execute_script("arguments[0].focus()", title)
        for shown in (True, False, True):
            browser.switch_to.active_element.send_keys(Keys.ENTER)
            until(lambda: page.one(f"#pure_negative_{inside}").is_displayed() == shown, f"{name} shown: {shown}")  # noqa: B023
    page.type("steps", "7")
    title = page.one("#pure_negative_group_sampling .label-wrap")
    until(lambda: said("{}: {} changed", "Sampling", 1) in title.text, "the title's count")
    page.click("#pure_negative_reset_sampling")
    until(
        lambda: page.value("steps") == "" and said("{}: {} changed", "Sampling", 1) not in title.text,
        "the group put back",
    )
    assert page.field("sampler").get_property("placeholder") == "Euler"


def test_the_tab_s_controls_are_marked_while_they_are_not_used(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    marks = "#tab_txt2img .pure-negative-mark"
    time.sleep(1)
    assert page.all(marks) == []
    page.tick()
    cfg = "#txt2img_cfg_scale .pure-negative-mark"
    assert until(lambda: page.all(cfg), "the mark")[0].get_attribute("title") == said(SET, "10.5")
    assert len(page.all("#txt2img_width .pure-negative-mark, #txt2img_height .pure-negative-mark")) == 2
    assert browser.execute_script(COVERED) == []
    own = page.tab_value("txt2img_cfg_scale")
    page.click(cfg)
    until(lambda: not page.all(cfg) and f"{said('CFG scale')}\t{own}" in page.preview(), "the tab's own CFG scale")
    time.sleep(1)
    assert page.all(cfg) == []
    assert page.all(marks) != []
    page.tick(False)
    until(lambda: page.all(marks) == [], "the marks to go")


def test_ticked_and_closed_the_title_says_what_is_on(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    line = "#pure_negative_tick .pure-negative-summary"
    page.tick()
    until(lambda: page.all(line), "the line")
    assert not page.one(line).is_displayed()
    page.click("#pure_negative_tick .input-accordion-checkbox")
    page.click("#pure_negative_tick .input-accordion-checkbox")
    until(page.ticked, "the tick alone")
    page.click("#pure_negative_tick .label-wrap") if page.one("#pure_negative_preview").is_displayed() else None
    until(lambda: page.one(line).text == "nai · W 0.564 · 512×512 · CFG 10.5", "the line in the title")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (WIDTH // 2, HEIGHT // 2)], ids=["a phone", "200 % zoom"])
def test_a_narrow_window_has_everything_without_scrolling_sideways(
    webui: Server, browser: Any, width: int, height: int
) -> None:
    """At 200 % a window of 1400 × 900 has as much room as one of 700 × 450."""
    page = Page(browser, webui.url)
    page.tick()
    narrow = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    until(lambda: page.one("#pure_negative_preview").is_displayed(), "the preview")
    for inside in GROUPS.values():
        page.open_around(page.one(f"#pure_negative_{inside}"))
    assert browser.execute_script(OUTSIDE, "#pure_negative_tick") == []
    assert browser.execute_script(CUT_OFF, "#pure_negative_tick") == []


COVERED = """
const boxes = css => [...document.querySelectorAll(css)].map(e => [e, e.getBoundingClientRect()]);
const fields = boxes("#tab_txt2img .pure-negative-set input");
return boxes("#tab_txt2img .pure-negative-mark").filter(([_, mark]) => fields.some(([_, field]) =>
    mark.left < field.right && field.left < mark.right && mark.top < field.bottom && field.top < mark.bottom))
    .map(([e, _]) => e.outerHTML);"""
"""Marks that lie over the value of one of the tab's own controls."""
ARROW = " ▼"
"""The sign that gradio 4 puts into the button that a group's title is there."""
OUTSIDE = """
return [...document.querySelectorAll(arguments[0] + " *")].filter(e => e.offsetParent
    && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1))
    .map(e => e.outerHTML.slice(0, 200));"""
"""What reaches over an edge of the window."""
CUT_OFF = """
const shown = " :is(button, label, th, td, li, summary, input:not([type=range]))";
return [...document.querySelectorAll(arguments[0] + shown)].filter(e => e.offsetParent && e.clientWidth
    && (e.clientWidth < 8 || e.tagName !== "INPUT" && e.scrollWidth > e.clientWidth + 2))
    .map(e => e.outerHTML.slice(0, 200));"""
"""What is too narrow for what it says."""


def test_a_screen_reader_is_told_what_each_control_is_called(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    for inside in GROUPS.values():
        page.open_around(page.one(f"#pure_negative_{inside}"))
    until(lambda: page.all("#txt2img_cfg_scale .pure-negative-mark"), "the marks")
    assert screen_reader.nameless(browser, "#pure_negative_tick") == []
    assert all(screen_reader.said(browser, ".pure-negative-mark"))
    for name, option in options.controls().items():
        if option.control and name != "leave":
            fields = f"#pure_negative_{name} :is(input, textarea)"
            told = until(lambda: screen_reader.said(browser, fields), name)  # noqa: B023
            assert set(told) == {labelled(option.control.label)}, name
    parts = "#pure_negative_leave input"
    assert screen_reader.said(browser, parts) == [labelled(text) for text in options.leave_labels().values()]
    found = screen_reader.said(browser, "[id^=pure_negative_group_] > .label-wrap")
    titles = [text.removesuffix(ARROW) for text in found]
    assert titles == [labelled(title) for title in options.GROUPS.values() if title]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_grave_of_ours(webui: Server, browser: Any, theme: str) -> None:
    page = Page(browser, webui.url, theme)
    page.tick()
    for inside in GROUPS.values():
        page.open_around(page.one(f"#pure_negative_{inside}"))
    until(lambda: page.all("#txt2img_cfg_scale .pure-negative-mark"), "the marks")
    found = axe.findings(browser, "#pure_negative_tick", THEIRS)
    if page.one("#pure_negative_tick > .label-wrap").tag_name == "button":
        # gradio 4's title, into which the host's own accordion puts a check box, as into every other of its kind
        found = [each for each in found if not each.startswith("nested-interactive: #pure_negative_tick > ")]
    assert found == []
