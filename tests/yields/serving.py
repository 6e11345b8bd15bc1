"""The judging page as it is served, in a process of its own, and a browser on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.real.page import until

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def serving(*words: str) -> Iterator[str]:
    """`yield judge` as a user starts it, the run's folder last; the page's address.

    It is started beside the run: pictures that earlier commands left in this tree's `outputs` would be found too.
    """
    command = [sys.executable, "-m", "pure_negative", "yield", "judge", "--no-browser", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=Path(words[-1]).parent, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            yield address
        finally:
            process.kill()


class Shown:
    """The page in a browser, worked by keys alone; `presses` counts them."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.presses = browser, 0
        browser.get_log("browser")
        browser.get(address)
        until(lambda: self.text("#far"), "the page")

    def all(self, css: str) -> list[Any]:
        return list(self.browser.find_elements(By.CSS_SELECTOR, css))

    def one(self, css: str) -> Any:
        return until(lambda: self.all(css), css)[0]

    def text(self, css: str) -> str:
        return str(self.one(css).get_property("innerText"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)
            self.presses += 1

    def name(self, name: str) -> None:
        """Type the judge's name and leave the field."""
        field = self.one("#judge")
        until(lambda: field == self.browser.switch_to.active_element, "the field for the name")
        self.press(*name, Keys.ENTER)
        self.ready()

    def ready(self) -> None:
        """Wait until a picture is shown whole, or there is none left."""
        script = """const i = document.getElementById('picture'), e = document.getElementById('empty');
            if (document.getElementById('stage').ariaBusy !== 'false') return false;
            return i.hidden ? !e.hidden : i.complete && i.naturalWidth > 0"""
        until(lambda: self.browser.execute_script(script), "a picture")

    def judge(self, key: str) -> None:
        """Press a class and wait for the next picture."""
        before = self.text("#far")
        self.ready()
        self.press(key)
        until(lambda: self.text("#far") != before, "the judgement")
        self.ready()

    def rows(self) -> list[list[str]]:
        """The live table's cells."""
        script = """return [...document.querySelectorAll('#table tbody tr')].map(row =>
            [...row.cells].map(cell => cell.firstChild?.textContent ?? ''))"""
        return list(self.browser.execute_script(script))

    def expect_row(self, *cells: str) -> None:
        until(lambda: list(cells) in self.rows(), f"the row {cells} in {self.rows()}", 15)

    def console(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
