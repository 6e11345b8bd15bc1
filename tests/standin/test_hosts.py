"""Which WebUI is found, what a missing part comes to, and what is done where a checkpoint has no negative prompt."""

from __future__ import annotations

import sys
import types
from types import SimpleNamespace
from typing import Any

import pytest
from modules import processing, sd_models, shared

from pure_negative.planning import choices, plan
from pure_negative.sheet import axis, batches, definition
from pure_negative.webui import names
from pure_negative.webui.api import routes
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import detect
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}


class Held(SimpleNamespace):
    """The WebUI's own record of its model, some of it said otherwise."""

    def __init__(self, own: Any, **said: Any) -> None:
        super().__init__(own=own, **said)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The WebUI taken for Forge: its package, and its way to hold a model."""
    for name in ("modules_forge", "backend", "backend.patcher", "backend.patcher.unet"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    patcher = type("UnetPatcher", (), {"set_model_sampler_cfg_function": None})
    monkeypatch.setattr(sys.modules["backend.patcher.unet"], "UnetPatcher", patcher, raising=False)
    monkeypatch.setattr(processing.StableDiffusionProcessingTxt2Img, "hr_cfg", 1.0, raising=False)
    info = sd_models.model_data.sd_model.sd_checkpoint_info
    own = sd_models.model_data.sd_model
    model = Held(own, get_prompt_lengths_on_ui=lambda text: (len(text), 75), use_distilled_cfg_scale=False)
    data = Held(sd_models.model_data, sd_model=model, forge_loading_parameters={"checkpoint_info": info})
    monkeypatch.setattr(sd_models, "model_data", data)
    monkeypatch.setattr(sd_models, "forge_model_reload", lambda: (model, False), raising=False)
    return model


def planned() -> plan.Plan:
    return plan.make(choices.read(SMALL))


def test_the_webui_is_what_has_none_of_the_others_packages() -> None:
    assert detect.current().name == "WebUI v1.10.1"
    assert detect.current().missing() == []


@pytest.mark.parametrize(("packages", "name"), [((), "Forge"), (("ldm_patched",), "reForge")])
def test_its_relatives_are_found_by_their_packages(
    monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...], name: str
) -> None:
    for package in ("modules_forge", *packages):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    assert detect.current().name.split()[0] == name


def test_what_a_version_lacks_is_said_at_start_in_the_panel_and_instead_of_a_sheet(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fastapi import FastAPI
    from modules.sd_samplers_cfg_denoiser import CFGDenoiser

    monkeypatch.delattr(CFGDenoiser, "combine_denoised")
    sentence = (
        "This WebUI v1.10.1 has no modules.sd_samplers_cfg_denoiser.CFGDenoiser.combine_denoised, "
        "needed for a sheet's CFG scale per picture."
    )
    routes.register(None, FastAPI())
    assert f"Pure negative: {sentence}" in capsys.readouterr().out
    assert sentence in WebuiHost().warnings(planned())
    body = {"script_name": names.SHEET, "script_args": [{"x": "W: 0.9"}], "width": 64, "height": 64, "steps": 1}
    answer = webui.client.post("/sdapi/v1/txt2img", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (422, sentence)
    assert webui.txt2img(ours=[SMALL]).status_code == 200


def test_a_checkpoint_without_a_negative_prompt_is_left_alone_and_said_so(webui: driver.WebUI, forge: Any) -> None:
    forge.use_distilled_cfg_scale = True
    told = "This checkpoint takes no negative prompt"
    assert any(told in warning for warning in WebuiHost().warnings(planned()))
    p = driver.request(negative_prompt="ugly", cfg_scale=1)
    made = driver.run(webui, [SMALL], p)
    assert (p.negative_prompt, p.cfg_scale) == ("ugly", 1)
    assert "Pure negative: v1" not in made.infotexts[0]
    assert any(told in comment for comment in p.comments)
    body = {"script_name": names.SHEET, "script_args": [{"x": "W: 0.9"}], "width": 64, "height": 64, "steps": 1}
    answer = webui.client.post("/sdapi/v1/txt2img", json=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_the_tick_gives_the_hires_pass_its_cfg_scale_where_it_has_one(webui: driver.WebUI, forge: Any) -> None:
    p = driver.request()
    driver.run(webui, [{**SMALL, "cfg": 9}], p)
    assert (p.cfg_scale, p.hr_cfg) == (9, 9)
    left = driver.request()
    driver.run(webui, [{**SMALL, "leave": "cfg"}], left)
    assert left.hr_cfg == 1.0


def test_a_sampler_of_the_hosts_own_makes_one_cell_at_a_time(forge: Any) -> None:
    cells = definition.make(choices.read(SMALL), axis.read("sampler: Euler, DEIS"), axis.read("CFG: 3, 7")).cells
    p = SimpleNamespace(styles=[], hr_negative_prompt="", enable_hr=False)
    groups = batches.groups(cells, WebuiRenderer(p, cells).key)
    assert sorted((len(group), group[0].request.sampler) for group in groups) == [
        (1, "DEIS"),
        (1, "DEIS"),
        (2, "Euler"),
    ]


def test_before_a_checkpoint_is_loaded_the_chosen_one_is_named_and_nothing_counted(
    webui: driver.WebUI, forge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WebuiHost().tokens("bad") == "3/75"
    named = WebuiHost().model()
    monkeypatch.setattr(sd_models.model_data, "sd_model", SimpleNamespace(get_prompt_lengths_on_ui=lambda _: (0, 75)))
    assert WebuiHost().tokens("bad") == ""
    assert WebuiHost().model() == named


def test_where_errors_never_reach_the_page_the_sentence_stands_under_the_gallery(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("modules_forge", "ldm_patched"):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    monkeypatch.setattr(shared.state, "interrupted", False)
    p = driver.request()
    p.scripts, p.script_args = webui.runner, tuple(webui.args([{**SMALL, "w": "heavy"}]))
    made = processing.process_images(p)
    assert (made.images, made.info) == ([], "")
    assert any("'heavy' is not allowed" in comment for comment in p.comments)
    assert shared.state.interrupted
    script = driver.script_titled(webui.runner, names.SHEET)
    other = driver.request()
    assert script.run(other, {"columns": 3}).images == []
    assert any("'columns' is not a key" in comment for comment in other.comments)
