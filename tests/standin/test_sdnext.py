"""What is done in SD.Next, which shares the WebUI's scripts and little else, on the stand-in taken for it."""

from __future__ import annotations

import sys
import types
from types import SimpleNamespace
from typing import Any

import pytest
from modules import sd_samplers, shared

from pure_negative.errors import PureNegativeError
from pure_negative.panel import events
from pure_negative.planning import choices, plan
from pure_negative.webui import names
from pure_negative.webui.core import apply, page_values, parts, refusal
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import detect
from pure_negative.webui.sheet.script import PureNegativeSheet
from pure_negative.webui.tick import page as tick_page
from pure_negative.webui.tick.script import PureNegative
from pure_negative.webui.yields.script import PureNegativeYield


class Ended(SimpleNamespace):
    """The program's state, which is told when a run is over."""

    ended = 0

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def sdnext(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The WebUI taken for SD.Next: its own module for scripts, its pipeline, and a state that knows the API."""
    for name in (
        "modules.scripts_manager",
        "modules.modeldata",
        "installer",
        "modules.generation_parameters_copypaste",
    ):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    info = SimpleNamespace(name="Diffusers/small", title="Diffusers/small [ab]", shorthash="ab", model_name="small")
    pipeline = SimpleNamespace(sd_checkpoint_info=info, tokenizer=lambda text, **_: counted(len(text.split())))
    vars(sys.modules["modules.modeldata"]).update(model_data=SimpleNamespace(sd_model=pipeline))
    vars(sys.modules["installer"]).update(version={"commit": "058a7f0"})
    vars(sys.modules["modules.generation_parameters_copypaste"]).update(create_override_settings_dict=lambda _: {})
    state = Ended(api=False)
    monkeypatch.setattr(shared, "state", state)
    return SimpleNamespace(pipeline=pipeline, state=state)


def counted(words: int) -> SimpleNamespace:
    return SimpleNamespace(input_ids=[0] * (words + 2))


def run() -> SimpleNamespace:
    """A run as SD.Next has it: no comments, no prompts to set up, no schedule type."""
    return SimpleNamespace(
        **{"prompt": "a cat", "negative_prompt": "", "width": 512, "height": 512, "cfg_scale": 6.0, "steps": 20},
        **{"sampler_name": "Euler", "override_settings": {}, "extra_generation_params": {}, "seed": 5},
        **{"clip_skip": 1, "schedulers_sigma": None},
    )


@pytest.mark.usefixtures("sdnext")
def test_it_is_found_by_its_module_for_scripts_and_says_what_differs() -> None:
    here = detect.current()
    assert (here.name, here.missing()) == ("SD.Next 058a7f0", [])
    assert here.checkpoint().name_for_extra == "small"
    assert here.lengths("a cat on a mat") == (5, 75)
    assert here.lengths(" ".join(["cat"] * 76)) == (76, 150)
    warnings = WebuiHost().warnings(plan.make(choices.read({})))
    assert any("W does not mean the same" in warning for warning in warnings)


@pytest.mark.usefixtures("sdnext")
def test_the_sheet_and_the_yield_are_not_offered_and_the_console_and_the_panel_say_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert not PureNegativeSheet().show(False)
    assert not PureNegativeYield().show(False)
    assert PureNegative().show(False)
    (sentence,) = parts.unloadable()
    assert sentence.startswith("Sheets and yield runs can't be used in SD.Next")
    assert f"Pure negative: {sentence}" in capsys.readouterr().out


@pytest.mark.usefixtures("sdnext")
def test_a_plan_is_put_where_a_run_of_its_has_it() -> None:
    p = run()
    entries = {"clip_skip": 2, "scheduler": "Karras", "emphasis": "No norm", "cfg": 9, "sampler": "Euler a"}
    apply.apply(p, choices.read(entries))
    assert (p.clip_skip, p.schedulers_sigma, p.cfg_scale, p.sampler_name) == (2, "karras", 9, "Euler a")
    assert "CLIP_stop_at_last_layers" not in p.override_settings
    assert p.negative_prompt == plan.make(choices.read({})).negative_prompt
    with pytest.raises(PureNegativeError, match="Automatic, Karras, Exponential, Beta"):
        apply.apply(run(), choices.read({"scheduler": "Polyexponential"}))


def test_a_refused_run_ends_with_the_sentence_before_anything_is_made(sdnext: SimpleNamespace) -> None:
    p = run()
    refusal.refuse(p, "no such sampler.")
    with pytest.raises(refusal.RefusedRunError, match="no such sampler") as refused:
        p.override_settings.copy()
    assert (refused.value.status_code, sdnext.state.ended) == (422, 1)


@pytest.mark.usefixtures("sdnext")
def test_lines_are_shown_with_the_finished_run_and_in_the_apis_answer() -> None:
    p, processed = run(), SimpleNamespace(comments="theirs", extra_generation_params={})
    refusal.tell(p, names.TITLE, "first.")
    refusal.tell(p, names.TITLE, "first.")
    PureNegative().postprocess(p, processed)
    assert processed.comments == "theirs\nPure negative: first."
    assert processed.extra_generation_params[names.NOTES] == ["Pure negative: first."]
    assert p.extra_generation_params == {}


@pytest.mark.usefixtures("sdnext")
def test_a_cell_of_its_own_grid_is_left_alone() -> None:
    p: Any = run()
    assert detect.current().aside(p) == ""
    p.xyz = True
    assert "XYZ grid" in detect.current().aside(p)


@pytest.mark.usefixtures("sdnext")
def test_the_tabs_sampler_comes_as_its_place_and_a_scale_below_0_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sd_samplers, "samplers", [SimpleNamespace(name=name) for name in ("Default", "Euler a")])
    panel = [None] * len(page_values.events.values.CONTROLS)
    tab = dict.fromkeys(events.TAB) | {"prompt": "a", "negative_prompt": "b", "sampler": 1, "cfg": -1.0}
    _, read = page_values.read([*panel, *(tab[name] for name in events.TAB), None])
    assert (read.sampler, read.cfg) == ("Euler a", plan.Tab.cfg)


@pytest.mark.usefixtures("sdnext")
def test_the_panel_hears_of_the_tabs_controls_without_the_webuis_function_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PureNegative, "on_after_component", None, raising=False)
    script, steps = PureNegative(), object()
    script.after_component(steps, elem_id="txt2img_steps")
    script.after_component(object(), elem_id="another", label="x")
    script.after_component(object())
    assert script.page is not None
    assert script.page.tab == {"steps": steps}
    assert "scheduler" not in tick_page.ids()


@pytest.mark.usefixtures("sdnext")
def test_what_is_pasted_is_given_as_an_update() -> None:
    here = detect.current()
    assert here.filled(None) is None
    assert here.filled(0.5)["value"] == 0.5
    assert here.filled(False)["value"] is False
