"""Which WebUI is found, what a missing part comes to, and what is done where a checkpoint has no negative prompt."""

from __future__ import annotations

import sys
import types
from types import SimpleNamespace
from typing import Any

import pytest
from modules import processing, sd_models, shared

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from pure_negative.sheet import axis, batches, definition
from pure_negative.webui import names
from pure_negative.webui.api import routes
from pure_negative.webui.batch import processing_copy
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import cfg_scales, detect
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


@pytest.fixture
def neo(forge: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The WebUI taken for Forge Neo: its kinds of models, of which it runs one at CFG scale 1."""
    for name in ("modules_forge.presets", "backend.args"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    dynamic = SimpleNamespace(wan=False)
    monkeypatch.setattr(sys.modules["backend.args"], "dynamic_args", dynamic, raising=False)
    monkeypatch.setitem(shared.opts.data, "zit_t2i_cfg", 1.0)

    def loaded(kind: str, **said: Any) -> SimpleNamespace:
        model = type(kind, (Held,), {})(forge.own, get_prompt_lengths_on_ui=lambda _: (9, 999), **said)
        monkeypatch.setattr(sd_models.model_data, "sd_model", model)
        return SimpleNamespace(model=model, dynamic=dynamic)

    return loaded


def planned() -> plan.Plan:
    return plan.make(choices.read(SMALL))


def test_the_webui_is_what_has_none_of_the_others_packages() -> None:
    assert detect.current().name == "WebUI v1.10.1"
    assert detect.current().missing() == []


@pytest.mark.parametrize(
    ("packages", "name"),
    [((), "Forge v1.10.1"), (("ldm_patched",), "reForge v1.10.1"), (("modules_forge.presets",), "Forge Neo 2.26")],
)
def test_its_relatives_are_found_by_their_packages_and_named_as_they_name_themselves(
    monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...], name: str
) -> None:
    for package in ("modules_forge", "modules_forge.forge_version", *packages):
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
    monkeypatch.setattr(sys.modules["modules_forge.forge_version"], "release", "2.26", raising=False)
    monkeypatch.setattr(processing, "program_version", lambda: "v1.10.1")
    assert detect.current().name == name


def test_a_fork_is_taken_for_what_its_parts_are_whatever_else_it_has_and_calls_itself(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("zluda", "rocm", "dml", "onnx_impl", "sd_samplers_diffusers"):  # stable-diffusion-webui-amdgpu's
        monkeypatch.setitem(sys.modules, f"modules.{module}", types.ModuleType(f"modules.{module}"))
    monkeypatch.setattr(processing, "program_version", lambda: "v1.10.1-amd-50-ge61adddd")
    assert detect.current().name == "WebUI v1.10.1-amd-50-ge61adddd"
    assert detect.current().missing() == []
    assert webui.txt2img(ours=[SMALL]).status_code == 200


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


def test_a_kind_of_model_that_the_settings_run_at_1_is_left_alone_and_one_that_they_do_not_is_not(
    webui: driver.WebUI, neo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "models like this checkpoint (ZIT) at CFG scale 1"
    neo("ZImage", use_distilled_cfg_scale=False)
    p = driver.request(negative_prompt="ugly", cfg_scale=1)
    driver.run(webui, [SMALL], p)
    assert (p.negative_prompt, p.cfg_scale) == ("ugly", 1)
    assert any(told in comment for comment in p.comments)
    assert any(told in warning for warning in WebuiHost().warnings(planned()))
    body = {"script_name": names.SHEET, "script_args": [{"x": "W: 0.9"}], "width": 64, "height": 64, "steps": 1}
    answer = webui.client.post("/sdapi/v1/txt2img", json=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    monkeypatch.setitem(shared.opts.data, "zit_t2i_cfg", 4.0)
    assert detect.current().without_negative() == ""
    neo("StableDiffusion", use_distilled_cfg_scale=False)
    assert detect.current().without_negative() == ""
    neo("Flux", use_distilled_cfg_scale=True)
    assert "Distilled CFG Scale" in detect.current().without_negative()


class Letters:
    """A text engine with a token for each letter of what it is given."""

    def tokenize_line(self, line: str) -> Any:
        return [SimpleNamespace(tokens=list(line.partition(":")[0].strip("()")))]


def test_a_model_of_other_tokens_counts_them_and_groups_cells_by_their_number(neo: Any) -> None:
    neo("Lumina2", use_distilled_cfg_scale=False, text_processing_engine_gemma=Letters())
    assert WebuiHost().tokens("(bad:0.5)") == "3/999"
    cells = definition.make(choices.read({**SMALL, "w": 0.5}), axis.read("words: bad, ugly, low")).cells
    p = SimpleNamespace(styles=[], hr_negative_prompt="", enable_hr=False)
    renderer = WebuiRenderer(p, cells)
    assert sorted(len(group) for group in batches.groups(cells, renderer.key)) == [1, 2]
    assert renderer.length("[bad:low:0.5]") != renderer.length("[low:bad:0.5]")


def test_the_emphasis_stands_in_the_texts_of_those_pictures_that_have_any(
    neo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = types.ModuleType("backend.text_processing.emphasis")
    monkeypatch.setattr(engine, "uses_emphasis", lambda text: ":" in text, raising=False)
    monkeypatch.setitem(sys.modules, engine.__name__, engine)
    neo("StableDiffusion", use_distilled_cfg_scale=False)
    unet = SimpleNamespace(model_options={}, set_model_sampler_cfg_function=lambda _: None)
    unet.clone = lambda: unet
    owner = SimpleNamespace(inner_model=SimpleNamespace(forge_objects=SimpleNamespace(unet=unet)))
    for named, wanted in (("Original", ["Original", None, None]), ("No norm", "No norm")):
        p = SimpleNamespace(extra_generation_params={"Emphasis": named}, prompts=["", "", ""])
        p.negative_prompts = ["(bad:0.5)", "bad", "(bad:0.5)"]
        detect.current().guide(SimpleNamespace(p=p, inner_model=owner), cfg_scales.Scales([3.0, 7.5, 1.0], 7.5))
        assert p.extra_generation_params["Emphasis"] == wanted


def test_a_model_of_videos_makes_one_cell_at_a_time(neo: Any) -> None:
    cells = definition.make(choices.read(SMALL), axis.read("CFG: 3, 7")).cells
    p = SimpleNamespace(styles=[], hr_negative_prompt="", enable_hr=False)
    neo("Wan", is_wan=True, use_distilled_cfg_scale=False).dynamic.wan = True
    assert [len(group) for group in batches.groups(cells, WebuiRenderer(p, cells).key)] == [1, 1]
    neo("Anima", is_wan=True, use_distilled_cfg_scale=False).dynamic.wan = False
    assert [len(group) for group in batches.groups(cells, WebuiRenderer(p, cells).key)] == [2]


@pytest.mark.parametrize(("asked", "given"), [(2, 1), (4, 5), (1, 5)])
def test_a_batch_that_is_made_smaller_or_larger_is_refused_before_anything_is_sampled(asked: int, given: int) -> None:
    class Run:
        seed = 5
        all_seeds = batch_size = None

        def setup_prompts(self) -> None:
            self.all_prompts = [""] * asked
            self.all_negative_prompts = [f"(bad:0.{n})" for n in range(asked)]

        def setup_conds(self) -> None:
            raise AssertionError("sampling begins")

    own = processing_copy.copy_of(Run())
    own.setup_prompts()
    own.batch_size = asked
    with pytest.raises(AssertionError, match="sampling begins"):
        own.setup_conds()
    own.batch_size = given
    with pytest.raises(PureNegativeError, match=f"a batch of {given} out of {asked} cells; set 'Largest batch size'"):
        own.setup_conds()


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
