"""Samplers and schedule types in Forge Classic, whose samplers' names say both, on the stand-in taken for it."""

from __future__ import annotations

import sys
import types
from types import SimpleNamespace

import pytest
from modules import sd_samplers

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from pure_negative.webui.core import apply, page_values
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import cfg_scales, detect
from pure_negative.webui.tick import page as tick_page

NAMES = ("DPM++ 2M Karras", "DPM++ 2M", "DPM++ 2M SDE", "DPM++ 2M SDE Exponential", "Euler", "Restart")


@pytest.fixture(autouse=True)
def classic(monkeypatch: pytest.MonkeyPatch) -> None:
    """The WebUI taken for Forge Classic: no schedule types beside the samplers, no list of samplers but their names."""
    for name in ("modules_forge", "ldm_patched"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.delitem(sys.modules, "modules.sd_schedulers")
    monkeypatch.setattr(sd_samplers, "all_samplers", [SimpleNamespace(name=name) for name in NAMES])
    monkeypatch.setattr(sd_samplers, "samplers", sd_samplers.all_samplers)
    monkeypatch.delattr(sd_samplers, "visible_samplers")
    monkeypatch.setattr(sd_samplers, "visible_sampler_names", lambda: list(NAMES))


def run(sampler: str = "Euler") -> SimpleNamespace:
    """A run as Forge Classic has it."""
    return SimpleNamespace(
        **{"prompt": "a cat", "negative_prompt": "", "width": 512, "height": 512, "cfg_scale": 6.0, "steps": 20},
        **{"sampler_name": sampler, "override_settings": {}, "extra_generation_params": {}, "seed": 5},
    )


def test_it_is_found_by_having_no_schedule_types() -> None:
    assert detect.current().name == "Forge Classic"
    assert WebuiHost().samplers() == list(NAMES)
    assert WebuiHost().schedulers() == ["Automatic", "Uniform", "Karras", "Exponential"]
    assert "scheduler" not in tick_page.ids()
    warnings = WebuiHost().warnings(plan.make(choices.read({})))
    assert any("first step of every picture without the negative prompt" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"sampler": "DPM++ 2M"}, "DPM++ 2M Karras"),
        ({"sampler": "DPM++ 2M", "scheduler": "Uniform"}, "DPM++ 2M"),
        ({"sampler": "DPM++ 2M Karras"}, "DPM++ 2M Karras"),
        ({"sampler": "DPM++ 2M SDE"}, "DPM++ 2M SDE Exponential"),
        ({"sampler": "Euler"}, "Euler"),
        ({"sampler": "Restart"}, "Restart"),
        ({"scheduler": "Karras", "leave": "sampler"}, "DPM++ 2M Karras"),
    ],
)
def test_a_sampler_and_its_schedule_type_are_one_name(chosen: dict[str, str], name: str) -> None:
    p = run("DPM++ 2M")
    apply.apply(p, choices.read(chosen))
    assert p.sampler_name == name
    assert not hasattr(p, "scheduler")


def test_a_schedule_type_that_a_sampler_has_not_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(PureNegativeError, match="Automatic, or of DPM\\+\\+ 2M one of Uniform, Karras"):
        apply.apply(run(), choices.read({"sampler": "DPM++ 2M", "scheduler": "Exponential"}))
    with pytest.raises(PureNegativeError, match="scheduler: 'Beta' is not allowed"):
        apply.apply(run(), choices.read({"scheduler": "Beta"}))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DPM++ 2M Karras", ("DPM++ 2M", "Automatic")),
        ("DPM++ 2M", ("DPM++ 2M", "Uniform")),
        ("Euler", ("Euler", "Automatic")),
        ("Restart", ("Restart", "Automatic")),
    ],
)
def test_what_is_left_to_the_tab_is_the_tabs_again_in_a_sheets_cell(name: str, said: tuple[str, str]) -> None:
    tab = apply.tab_of(run(name), "", "")
    assert (tab.sampler, tab.scheduler) == said
    values = [None] * len(page_values.events.values.CONTROLS)
    shown = dict.fromkeys(page_values.events.TAB) | {"prompt": "", "negative_prompt": "", "sampler": name}
    _, seen = page_values.read([*values, *shown.values(), None])
    assert (seen.sampler, seen.scheduler) == said
    cell = run("Euler")
    made = plan.make(choices.read({"leave": "sampler,scheduler"}), tab)
    detect.current().sample(cell, made.sampler, made.scheduler)
    assert cell.sampler_name == name


def test_a_batch_of_a_known_sampler_is_made_at_once_whatever_its_name_ends_with() -> None:
    assert not detect.current().alone("DPM++ 2M Karras")
    assert detect.current().alone("Euler A Turbo")


def test_a_sheets_pictures_have_each_its_own_texts_for_the_hires_pass() -> None:
    p = run()
    p.prompt, p.hr_prompt = ["a cat", "a house"], "a house"
    p.negative_prompt, p.hr_negative_prompt = ["(bad:0.5)", "(bad:0.9)"], ["(bad:0.5)", "(bad:0.9), blurry"]
    scales = cfg_scales.Scales([7.0, 7.0], 7.0)
    detect.current().spread_hires(p, scales, [None, None])
    assert scales.texts == {
        "Hires prompt": ["a house", None],
        "Hires negative prompt": [None, "(bad:0.9), blurry"],
    }
    assert scales.hires is None
