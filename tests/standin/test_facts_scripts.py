"""Facts about how the WebUI loads scripts, builds their controls and calls their hooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from modules import script_callbacks, script_loading, scripts
from modules.ui_components import InputAccordion

from tests.standin import driver


def test_script_files_are_modules_named_after_the_file(webui: driver.WebUI, tmp_path: Path) -> None:
    file = tmp_path / "probe_script.py"
    file.write_text("class Thing: pass\n")
    module = script_loading.load_module(str(file))
    assert module.Thing.__module__ == "probe_script.py"
    assert "probe_script.py" not in sys.modules
    found = [data for data in scripts.scripts_data if data.script_class.__module__ == "xyz_grid.py"]
    assert len(found) == 1
    assert found[0].module.axis_options


def test_our_script_is_found_by_the_namespace_of_its_file_after_the_webuis_own(webui: driver.WebUI) -> None:
    names = [Path(data.path).name for data in scripts.scripts_data]
    assert names.count("pure_negative_tick.py") == 1
    assert names.index("xyz_grid.py") < names.index("pure_negative_tick.py") < names.index("sampler.py")


def test_the_extensions_folder_is_not_left_among_the_import_paths(webui: driver.WebUI) -> None:
    before = list(sys.path)
    scripts.load_scripts()
    assert sys.path == before


def test_always_visible_scripts_are_always_on_and_others_selectable() -> None:
    def titled(name: str, shown: Any) -> type:
        return driver.always(title=lambda _: name, show=lambda *_: shown)

    runner = driver.runner_of(titled("A", scripts.AlwaysVisible), titled("B", True), titled("C", False))
    assert [script.title() for script in runner.alwayson_scripts] == ["A"]
    assert [script.title() for script in runner.selectable_scripts] == ["B"]
    assert [script.title() for script in runner.scripts] == ["A", "B"]


def test_a_script_gets_the_arguments_of_its_own_controls() -> None:
    seen = {}

    def probe(name: str, count: int) -> type:
        return driver.always(
            title=lambda _: name,
            ui=lambda *_: [gr.Textbox(f"{name}{n}", label=f"{name}{n}") for n in range(count)],
            before_process=lambda _, p, *args: seen.setdefault(name, args),
        )

    runner = driver.runner_of(probe("a", 2), probe("b", 1))
    driver.run_with(runner, 1, 2, 3)
    assert seen == {"a": (1, 2), "b": (3,)}


def test_what_before_process_raises_is_reported_and_the_run_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def fail(*_: Any) -> None:
        raise ValueError("not caught by the script")

    runner = driver.runner_of(
        driver.always(before_process=fail), driver.always(before_process=lambda *_: seen.append(1))
    )
    p = driver.run_with(runner)
    assert seen == [1]
    assert len(p.processed.images) == 1
    assert "not caught by the script" in capsys.readouterr().err


def test_a_script_whose_controls_fail_has_none_and_the_rest_are_there() -> None:
    def fail(*_: Any) -> None:
        raise ValueError("no controls")

    runner = driver.runner_of(driver.always(ui=fail), driver.always(title=lambda _: "B", ui=lambda *_: [gr.Checkbox()]))
    broken, whole = runner.alwayson_scripts
    assert broken.controls is None
    assert broken.args_from == broken.args_to
    assert whole.args_to - whole.args_from == 1


def test_infotext_fields_are_taken_when_the_page_is_built() -> None:
    def ui(self: Any, _: bool) -> list[Any]:
        box = gr.Textbox("", label="x")
        self.infotext_fields, self.paste_field_names = [(box, "X")], ["X"]
        return [box]

    runner = driver.runner_of(driver.always(ui=ui))
    assert [target for _, target in runner.infotext_fields if not callable(target)] == ["X"]
    assert runner.paste_field_names == ["X"]


def test_setup_runs_once_for_a_job_and_not_for_its_copies() -> None:
    import copy

    seen: list[Any] = []
    runner = driver.runner_of(driver.always(setup=lambda _, p: seen.append(p)))
    p = driver.run_with(runner)
    copied = copy.copy(p)
    copied.script_args = p.script_args
    assert seen == [p]


def test_the_pages_own_steps_come_after_every_extensions_setup_and_not_from_the_api(webui: driver.WebUI) -> None:
    page = driver.Page(webui)
    page["txt2img_steps"] = 7
    assert "Steps: 7," in page.generate(steps=3).infotexts[0]
    assert "Steps: 3," in driver.run(webui, steps=3).infotexts[0]


def test_a_component_is_announced_by_its_id_once_it_is_made() -> None:
    seen: list[Any] = []

    def init(self: Any) -> None:
        self.on_after_component(seen.append, elem_id="txt2img_probe")

    runner = driver.runner_of(driver.always(__init__=init))
    scripts.scripts_current = runner
    try:
        with driver.blocks():
            box = gr.Textbox("", label="x", elem_id="txt2img_probe")
            with InputAccordion(False, label="y", elem_id="txt2img_other"):
                gr.Textbox("", label="z", elem_id="txt2img_else")
    finally:
        scripts.scripts_current = None
    assert [each.component for each in seen] == [box]


def test_the_tab_has_the_controls_that_the_extension_asks_for(webui: driver.WebUI) -> None:
    from pure_negative.webui.tick.page import TAB_IDS

    kinds = {name: type(webui.component(elem_id)).__name__ for name, elem_id in TAB_IDS.items()}
    assert kinds == {
        "prompt": "Textbox",
        "negative_prompt": "Textbox",
        "width": "Slider",
        "height": "Slider",
        "cfg": "Slider",
        "steps": "Slider",
        "sampler": "Dropdown",
        "scheduler": "Dropdown",
        "override_settings": "Dropdown",
        "hires": "InputAccordion",
        "gallery": "Textbox",
    }


def test_an_input_accordion_is_a_hidden_checkbox_and_an_accordion_around_what_is_made_in_it() -> None:
    with driver.blocks(), InputAccordion(False, label="Name", elem_id="probe") as tick:
        inside = gr.Textbox("", label="x")
    assert isinstance(tick, gr.Checkbox)
    assert (tick.elem_id, tick.visible, tick.value, tick.label) == ("probe-checkbox", False, False, "Name")
    assert (tick.accordion.elem_id, tick.accordion.open, tick.accordion.label) == ("probe", False, "Name")
    parent = inside.parent
    while parent is not None and parent is not tick.accordion:
        parent = parent.parent
    assert parent is tick.accordion


def test_callbacks_errors_are_reported_and_the_others_run(
    webui: driver.WebUI, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def fail() -> None:
        raise ValueError("a neighbour's fault")

    script_callbacks.on_ui_settings(fail)
    script_callbacks.on_ui_settings(lambda: seen.append(1))
    script_callbacks.ui_settings_callback()
    assert seen == [1]
    assert "a neighbour's fault" in capsys.readouterr().err


def test_a_callback_whose_file_is_named_is_called_like_any_other(webui: driver.WebUI) -> None:
    seen: list[int] = []
    registered = script_callbacks.callback_map["callbacks_before_ui"]
    script_callbacks.add_callback(registered, lambda: seen.append(1), category="before_ui", filename=__file__)
    script_callbacks.before_ui_callback()
    assert seen == [1]


def test_loading_scripts_forgets_the_callbacks_first(webui: driver.WebUI) -> None:
    seen = []
    script_callbacks.on_before_ui(lambda: seen.append(1))
    scripts.load_scripts()
    script_callbacks.before_ui_callback()
    assert seen == []
