"""The page in a browser, as a user works it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pure_negative.page import extra_controls
from pure_negative.panel import values
from pure_negative.planning import plan
from tests.page.conftest import Server
from tests.real.page import OPEN_AROUND, until

PICKS = ("preset", "shape", "scope", "notation", "join", "size_rule", "sampler", "scheduler", "emphasis", "style")


class Shown:
    """One open page."""

    def __init__(self, browser: Any, server: Server, theme: str = "light", said: str = "Steps") -> None:
        self.browser, self.server = browser, server
        browser.get_log("browser")
        browser.get(f"{server.url}?__theme={theme}")
        until(lambda: said in self.text("preview"), "the first preview")

    def all(self, css: str) -> list[Any]:
        return list(self.browser.find_elements(By.CSS_SELECTOR, css))

    def part(self, name: str, inside: str = "") -> Any:
        """What has that name, or an element in it."""
        css = (
            ", ".join(f"#pure_negative_{name} {tag}" for tag in inside.split(","))
            if inside
            else f"#pure_negative_{name}"
        )
        if not self.all(css):
            self.open_all()
        return until(lambda: self.all(css), css)[0]

    def text(self, name: str) -> str:
        return str(self.part(name).get_property("innerText"))

    def value(self, name: str) -> str:
        return str(self.part(name, "input,textarea").get_property("value"))

    def type(self, name: str, text: str) -> None:
        field = self.part(name, "input,textarea")
        self.open_around(field)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE, text)
        if name in PICKS:
            until(lambda: all(text in each.text for each in self.all("[role=option]")), "the options that fit")
        field.send_keys(Keys.ENTER if name in PICKS else Keys.TAB)

    def open_around(self, field: Any) -> None:
        """Open the closed groups that a control stands in."""
        self.browser.execute_script(OPEN_AROUND, field)

    def open_all(self) -> None:
        """Open every group; gradio 6 makes what stands in one when it is opened."""
        for group in self.all("[id^=pure_negative_group_]"):
            self.open_around(group.find_element(By.CSS_SELECTOR, ".label-wrap"))

    def click(self, name: str) -> None:
        button = self.part(name)
        self.open_around(button)
        until(button.is_enabled, f"{name} to be enabled")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def expect(self, text: str, name: str = "preview") -> None:
        until(lambda: text in self.text(name), f"{text!r} in the {name}")

    def generate(self, pictures: int = 1) -> list[Path]:
        """Press Generate, wait, and give the new files."""
        before = self.server.pictures()
        self.click("generate")
        said = "1 picture in" if pictures == 1 else f"{pictures} pictures in"
        until(lambda: said in self.text("told") and len(self.server.pictures()) == len(before) + pictures, said)
        return [path for path in self.server.pictures() if path not in before]

    def plan(self) -> plan.Plan:
        """The plan of what the controls show."""
        flags = {name: self.part(name, "input").is_selected() for name in ("spaces", "ladder")}
        leave = ["negative"] if self.part("leave", "input").is_selected() else []
        given = {
            **flags,
            "leave": leave,
            "cfg_factor": float(self.part("cfg_factor", "input[type=number]").get_property("value")),
        }
        row = [
            given[name] if name in given else self.value(name) for name in (*values.CONTROLS, *extra_controls.CONTROLS)
        ]
        return extra_controls.planned(row)

    def widths(self, css: str) -> list[int]:
        """The pixels of each picture that has arrived."""
        return [self.browser.execute_script("return arguments[0].naturalWidth", image) for image in self.all(css)]

    def focused(self) -> Any:
        return self.browser.switch_to.active_element

    def console(self) -> list[str]:
        """What the page complained about."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
