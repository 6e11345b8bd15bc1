"""The panel beside a tab, on each gradio it is shown with: the WebUI's, Forge's, and the page's own.

`PURE_NEGATIVE_GRADIOS` names interpreters that have one of them, as PATH names folders; a version that neither they nor
this interpreter nor the WebUI layer's own environment has is skipped, loudly.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests import axe, chromium
from tests.page.conftest import environment
from tests.page.driving import Shown
from tests.real.page import until

ROOT = Path(__file__).parent.parent.parent
VERSIONS = ("3.41.2", "4.40.", "6.")
THEIRS = (".min_value", ".max_value", ".or", ".empty", ".upload-container")
"""Parts of gradio's own components that axe finds fault with, whatever is put into them."""
HOSTILE = "<script>document.title='gone'</script>, ${1+1}, {{value}}x, \"q\", 'q'"


@dataclass(frozen=True)
class Served:
    """Where the panel is shown, and on which gradio."""

    url: str
    version: str


def interpreters() -> Iterator[str]:
    yield from filter(None, os.environ.get("PURE_NEGATIVE_GRADIOS", "").split(os.pathsep))
    yield sys.executable
    yield from map(str, (ROOT / ".venv-webui").glob("bin/python"))


def with_gradio(version: str) -> str:
    """An interpreter that has it."""
    asked = "import importlib.metadata as m; print(m.version('gradio'))"
    for own in interpreters():
        told = subprocess.run([own, "-c", asked], capture_output=True, text=True, check=False).stdout
        if told.startswith(version):
            return own
    pytest.skip(f"PANEL ON GRADIO {version} SKIPPED: no interpreter here has it; see PURE_NEGATIVE_GRADIOS")


@pytest.fixture(scope="module", params=VERSIONS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    own = with_gradio(request.param)
    folder = tmp_path_factory.mktemp("panel")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = environment(folder) | {"GRADIO_ANALYTICS_ENABLED": "False"}
    with (folder / "log").open("w", encoding="utf-8") as log:
        command = [own, str(Path(__file__).parent / "serve.py"), str(port)]
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        try:
            until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None, "the panel's server")
            yield Served(f"http://127.0.0.1:{port}/", request.param)
        finally:
            process.terminate()
            process.wait(60)


class Panel(Shown):
    """The panel in a browser; on gradio 3 the preview is asked for, as the WebUI's page does by itself."""

    def expect(self, text: str, name: str = "preview") -> None:
        if self.server.version.startswith("3."):
            until(lambda: self._asked() and text in self.text(name), f"{text!r} in the {name}")
        else:
            super().expect(text, name)

    def _asked(self) -> bool:
        self.browser.execute_script("document.querySelector('#pure_negative_refresh').click()")
        return True

    def slider(self) -> str:
        return str(self.part("brackets", "input[type=number]").get_property("value"))

    def options(self, name: str) -> list[str]:
        """What a list offers when it is opened."""
        field = self.part(name, "input,textarea")
        field.click()
        found = [option.text.strip("✓ \n") for option in self.all("[role=option], ul.options li")]
        self.browser.execute_script("arguments[0].blur()", field)
        return found

    def tab_value(self, name: str) -> str:
        return str(self.all(f"#tab_{name} input, #tab_{name} textarea")[0].get_property("value"))


@pytest.fixture
def panel(served: Served, tmp_path: Path) -> Iterator[Any]:
    with chromium.opened(tmp_path / "profile", 1300, 2600) as browser:
        yield Panel(browser, served)


def test_a_preset_and_changes_to_it_show_what_will_run(panel: Panel):
    panel.type("preset", "anything-v3")
    panel.expect("(bad:0.0001), (comic:0.0001)")
    until(lambda: panel.part("w", "input,textarea").get_property("placeholder") == "0.0001", "what an empty W means")
    panel.type("shape", "4:3")
    panel.expect("576×384")
    panel.click("swap")
    panel.expect("384×576")
    panel.type("steps", "77")
    panel.expect("Steps\t77")
    panel.click("reset")
    panel.expect("512×512")
    panel.expect("Steps\t64")


def test_w_and_the_slider_go_together(panel: Panel):
    panel.type("w", "0.25")
    panel.expect("(bad:0.25)")
    until(lambda: panel.slider() == "-15", "the slider at -15")
    for _ in range(4):
        panel.focused().send_keys(Keys.TAB)
    assert panel.value("w") == "0.25"
    panel.part("brackets", "input[type=range]").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    until(lambda: panel.value("w") == "13[", "W in 13 brackets")
    panel.click("reset")
    until(lambda: (panel.value("w"), panel.slider()) == ("", "-6"), "the preset's own weight")


def test_leaving_the_slider_s_number_field_changes_no_weight(panel: Panel):
    field = panel.part("brackets", "input[type=number]")
    for typed in ("much", "0.25"):
        panel.type("w", typed)
        field.click()
        field.send_keys(Keys.TAB)
        panel.expect("w: 'much' is not allowed" if typed == "much" else "(bad:0.25)")
        assert panel.value("w") == typed
    until(lambda: panel.slider() == "-15", "the slider at -15")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("-2", Keys.TAB)
    until(lambda: panel.value("w") == "2[", "W in 2 brackets")


def test_the_tab_is_filled_with_what_will_run(panel: Panel):
    panel.type("w", "0.9")
    panel.type("words", HOSTILE)
    panel.type("shape", "16:9")
    panel.expect("640×384")
    panel.expect("<script>document.title='gone'")
    panel.click("fill")
    until(lambda: (panel.tab_value("width"), panel.tab_value("height")) == ("640", "384"), "the tab's size")
    assert panel.tab_value("steps") == "48"
    assert panel.tab_value("negative").startswith(
        "(<script>document.title='gone'</script>:0.9), (${1+1}:0.9), ({{value}}x:0.9)"
    )
    assert panel.browser.title != "gone"
    assert panel.all("#pure_negative_preview script") == []


def test_a_wrong_value_is_told_and_changes_nothing_in_the_tab(panel: Panel):
    panel.type("w", "much")
    panel.expect("w: 'much' is not allowed; give a number written with a point, like 0.564.")
    before = panel.tab_value("negative")
    panel.click("fill")
    panel.expect("w: 'much' is not allowed")
    assert panel.tab_value("negative") == before


def test_another_page_lists_a_preset_that_was_saved_meanwhile(panel: Panel):
    first = panel.browser.current_window_handle
    panel.browser.switch_to.new_window("tab")
    other = Panel(panel.browser, panel.server)
    second = panel.browser.current_window_handle
    panel.browser.switch_to.window(first)
    panel.type("w", "0.25")
    panel.expect("(bad:0.25)")
    panel.part("presets_box", ".label-wrap").click()
    panel.type("presets_name", "since-then")
    panel.click("presets_save")
    until(lambda: panel.value("preset") == "since-then", "the saved preset to be chosen")
    panel.browser.switch_to.window(second)
    assert other.value("preset") == "nai"
    panel.browser.execute_script("document.querySelector('#pure_negative_listing').click()")
    until(lambda: "since-then" in other.options("preset"), "the preset in the list")
    other.type("preset", "since-then")
    other.expect("(bad:0.25)")
    assert other.value("preset") == "since-then"


def dressed(panel: Panel) -> None:
    """Give the page the style sheet and the script that hosts load by themselves, and open every group."""
    style = (
        "const style = document.createElement('style'); style.textContent = arguments[0]; document.head.append(style)"
    )
    panel.browser.execute_script(style, (ROOT / "style.css").read_text(encoding="utf-8"))
    panel.browser.execute_script((ROOT / "javascript" / "pure_negative_panel.js").read_text(encoding="utf-8"))
    panel.open_all()
    named = "return document.querySelector('#pure_negative_cfg_factor input').getAttribute('aria-label')"
    until(lambda: panel.browser.execute_script(named), "the script's names of fields")


def test_axe_finds_nothing_grave_of_ours(panel: Panel):
    dressed(panel)
    assert axe.findings(panel.browser, "[id^=pure_negative_]", THEIRS) == []


def test_at_a_phone_s_width_nothing_of_ours_leaves_the_window(panel: Panel):
    dressed(panel)
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    panel.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    outside = (
        "return [...document.querySelectorAll('[id^=pure_negative_] *')].filter(e => e.offsetParent"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.id || e.className)"
    )
    until(lambda: panel.browser.execute_script("return innerWidth") == 390, "the narrow window")
    assert panel.browser.execute_script(outside) == []
