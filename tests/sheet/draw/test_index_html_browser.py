"""The page as a user works it, in a real browser, opened as a file."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative.sheet.draw import finish, layout
from tests import axe
from tests.sheet.draw.test_index_html import HOSTILE
from tests.sheet.making import begin, make, sheet

FLAGS = (
    "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
    "disable-component-update disable-sync window-size=1280,900"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("BROWSER TESTS SKIPPED: chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS.split():
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()


class Shown:
    """A sheet's page in the browser."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser = browser
        browser.get_log("browser")
        browser.get(path.resolve().as_uri())

    def run(self, script: str) -> Any:
        return self.browser.execute_script(f"return {script}")

    def until(self, script: str, expected: object = True) -> None:
        deadline = time.monotonic() + 10
        while (found := self.run(script)) != expected:
            assert time.monotonic() < deadline, f"{script} is {found!r}, not {expected!r}"
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def click(self, css: str) -> None:
        self.browser.find_element("css selector", css).click()


@pytest.fixture
def shown(browser: Any, tmp_path: Path) -> Shown:
    wanted = sheet("W: 6[, 2[, 0.9", "CFG: 8, 10.5, 12", size="128x128", prompt=HOSTILE)
    folder = begin(tmp_path, wanted)
    make(folder)
    folder.cell_path(wanted.cells[4]).unlink()
    return Shown(browser, finish.finish(folder, layout.plan(wanted)).page)


CELL = "td.cell[data-index='{}'] a"


def test_pictures_load_from_the_folder_and_nothing_is_refused(shown):
    shown.until("[...document.querySelectorAll('td img')].every(i => i.complete && i.naturalWidth === 128)")
    assert shown.browser.get_log("browser") == []
    assert shown.browser.title == "Pure negative prompt: W × CFG"


def test_a_click_shows_the_cell_whole_with_its_parameters_and_copies_them(shown):
    from selenium.webdriver.common.keys import Keys

    shown.click(CELL.format(1))
    shown.until("document.getElementById('label').textContent", "W 0.826 (2[), CFG 8")
    shown.until("document.getElementById('picture').naturalWidth", 128)
    parameters = shown.run("document.getElementById('parameters').textContent")
    assert parameters.startswith(HOSTILE)
    assert "CFG scale: 8" in parameters
    shown.click("#copy")
    shown.until("document.getElementById('copied').textContent", "Copied.")
    shown.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    shown.browser.execute_script("navigator.clipboard.readText().then(text => window.pasted = text)")
    shown.until("window.pasted", parameters)
    shown.press(Keys.ESCAPE)
    shown.until("document.getElementById('viewer').open", False)


def test_the_keyboard_alone_is_enough(shown):
    from selenium.webdriver.common.keys import Keys

    focused = "document.activeElement.querySelector('img')?.alt"
    label = "document.getElementById('label').textContent"
    shown.run("document.querySelector('td.cell a').focus()")
    shown.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    shown.until(focused, "W 0.826 (2[), CFG 12")
    shown.press(Keys.ENTER)
    shown.until(label, "W 0.826 (2[), CFG 12")
    shown.press(Keys.ARROW_LEFT, Keys.ARROW_UP)
    shown.until(label, "W 0.564 (6[), CFG 10.5")
    shown.press(Keys.ARROW_RIGHT)
    shown.until(label, "W 0.9, CFG 10.5")
    shown.press("c")
    shown.until("document.getElementById('copied').textContent", "Copied.")
    shown.press(Keys.ESCAPE)
    shown.until(focused, "W 0.9, CFG 10.5")


def test_zoom_and_views(shown):
    width = "document.querySelector('td.cell img').getBoundingClientRect().width"
    before = shown.run(width)
    shown.press("+", "+")
    assert shown.run(width) == pytest.approx(before * 1.25**2, rel=0.03)
    shown.press("-", "-")
    assert shown.run(width) == pytest.approx(before, rel=0.03)
    shown.run("document.getElementById('view-brightness').click()")
    assert shown.run("getComputedStyle(document.querySelector('td.cell img')).opacity") == "0"
    content = "getComputedStyle(document.querySelector('td.cell a'), '::after').content"
    assert float(shown.run(content).strip('"')) > 0
    colours = "new Set([...document.querySelectorAll('td.cell a')].map(a => getComputedStyle(a).backgroundColor)).size"
    assert shown.run(colours) == 8


def test_light_and_dark(shown):
    paper = "getComputedStyle(document.body).backgroundColor"
    before = shown.run(paper)
    shown.click("#theme")
    assert shown.run(paper) != before
    shown.click("#theme")
    assert shown.run(paper) == before


def test_hostile_text_is_shown_and_does_nothing(shown):
    assert "broken" not in shown.browser.title
    assert shown.run("document.images.length") == 9
    assert shown.run("document.querySelectorAll('img[onerror]').length") == 0


def test_the_policy_stops_a_script_that_got_in(shown):
    shown.browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    assert shown.run("window.ran === undefined")
    assert "Content Security Policy" in str(shown.browser.get_log("browser"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_grave(browser: Any, tmp_path: Path, theme: str):
    wanted = sheet("W: 6[, 2[, 0.9", 'words: "漢", "bad"')
    folder = begin(tmp_path, wanted)
    make(folder)
    done = finish.finish(folder, layout.plan(wanted))
    assert done.page
    browser.get(done.page.resolve().as_uri())
    if theme == "dark":
        browser.execute_script("document.querySelector('#theme').click()")
    assert axe.findings(browser) == []
