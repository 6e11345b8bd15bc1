"""Facts about the WebUI's API: how arguments get to scripts, and how errors get to clients."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from modules import scripts, shared
from modules.api.api import Api
from modules.call_queue import queue_lock

from tests.standin import driver


class Probed:
    """An API whose only always-on scripts are a probe with two controls, and the WebUI's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **members: Any) -> None:
        self.built = 0
        self.seen: list[tuple[Any, ...]] = []
        self.fields: list[Any] = []
        probe = driver.always(ui=lambda script, _: self.ui(script), before_process=self.note, **members)
        runner = driver.runner_of(probe, driver.always(title=lambda _: "Choosable", show=lambda *_: True))
        monkeypatch.setattr(scripts, "scripts_txt2img", runner)
        self.runner, self.client = runner, client()

    def ui(self, script: Any) -> list[Any]:
        self.built += 1
        made = [gr.Textbox(f"default {self.built}", label="text"), gr.Checkbox(False, label="tick")]
        script.infotext_fields = script.infotext_fields or self.fields
        return made

    def note(self, p: Any, *args: Any) -> None:
        self.seen.append(args)

    def post(self, scripts_: Any = None, **fields: Any) -> Any:
        body = {"width": 64, "height": 64, "steps": 1, "seed": 5, **fields}
        return self.client.post("/sdapi/v1/txt2img", json=body | ({"alwayson_scripts": scripts_} if scripts_ else {}))


def client() -> TestClient:
    app = FastAPI()
    Api(app, queue_lock)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def probed(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> Probed:
    return Probed(monkeypatch)


def test_controls_are_built_three_times_and_the_last_ones_defaults_hold(probed: Probed) -> None:
    assert probed.built == 3
    assert probed.post().status_code == 200
    assert probed.seen == [("default 3", False)]


@pytest.mark.parametrize(
    ("given", "gets"),
    [
        ([], ("default 3", False)),
        (["x"], ("x", False)),
        (["x", "y"], ("x", "y")),
        (["x", "y", "z"], ("x", "y")),
        ([None], (None, False)),
        ([{"w": 1}], ({"w": 1}, False)),
    ],
)
def test_arguments_come_raw_missing_ones_are_defaults_and_surplus_ones_are_dropped(
    probed: Probed, given: list[Any], gets: tuple[Any, ...]
) -> None:
    for title in ("Probe", "pROBE"):
        assert probed.post({title: {"args": given}}).status_code == 200
    assert probed.seen == [gets] * 2


def test_an_unknown_or_selectable_script_is_refused(probed: Probed) -> None:
    assert probed.post({"Nothing": {"args": []}}).status_code == 422
    assert probed.post({"Choosable": {"args": []}}).status_code == 422
    assert probed.post({"Probe": {}}).status_code == 200
    assert probed.post({"Probe": {"args": {"w": 1}}}).status_code == 500


def test_an_error_with_a_status_and_a_detail_is_answered_with_them(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RefusedError(ValueError):
        def __init__(self, text: str) -> None:
            super().__init__(text)
            self.status_code, self.detail = 422, text

    def stopped(error: Exception) -> None:
        def before_process(_: Any, p: Any, *__: Any) -> None:
            def stop() -> None:
                raise error

            p.setup_prompts = stop

        probe = driver.always(before_process=before_process)
        monkeypatch.setattr(scripts, "scripts_txt2img", driver.runner_of(probe))

    stopped(RefusedError("in words"))
    answer = client().post("/sdapi/v1/txt2img", json={})
    assert answer.status_code == 422
    assert answer.json() == {"error": "RefusedError", "detail": "in words", "body": "", "errors": "in words"}
    stopped(ValueError("plain"))
    answer = client().post("/sdapi/v1/txt2img", json={})
    assert (answer.status_code, answer.json()["error"], answer.json()["errors"]) == (500, "ValueError", "plain")


def test_a_run_is_marked_as_the_apis(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    runner = driver.runner_of(driver.always(before_process=lambda _, p: seen.append((p.is_api, p.do_not_save_samples))))
    monkeypatch.setattr(scripts, "scripts_txt2img", runner)
    assert client().post("/sdapi/v1/txt2img", json={"width": 64, "height": 64, "steps": 1}).status_code == 200
    assert seen == [(True, True)]


def test_an_infotext_fills_fields_and_arguments_without_the_paste_callback(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modules import infotext_utils, script_callbacks

    def ui(script: Any, _: bool) -> list[Any]:
        box, tick, bare = gr.Textbox("", label="x"), gr.Checkbox(False, label="y"), gr.Number(None, label="z")
        fields = [(box, "Steps"), (tick, lambda params: "No" in params), (bare, "Steps")]
        script.infotext_fields = script.infotext_fields or fields
        return [box, tick, bare]

    seen, called = [], []
    runner = driver.runner_of(driver.always(ui=ui, before_process=lambda _, p, *args: seen.append((p.prompt, args))))
    monkeypatch.setattr(scripts, "scripts_txt2img", runner)
    with driver.blocks():
        prompt = gr.Textbox("", label="p")
    fields = [infotext_utils.PasteField(prompt, "Prompt", api="prompt"), *runner.infotext_fields]
    infotext_utils.add_paste_fields("txt2img", None, fields)
    monkeypatch.setattr(script_callbacks, "infotext_pasted_callback", lambda *_: called.append(1))
    text = "from the text\nSteps: 3, Sampler: Euler, Seed: 5, Size: 64x64"
    for own in ({}, {"prompt": "own"}):
        body = {"infotext": text, "width": 64, "height": 64, "steps": 1, **own}
        assert client().post("/sdapi/v1/txt2img", json=body).status_code == 200
    assert seen == [("from the text", ("3", False, None)), ("own", ("3", False, None))]
    assert called == []


def test_a_password_guards_the_apis_own_routes(webui: driver.WebUI) -> None:
    shared.cmd_opts.api_auth = "ann:secret,bob:other"
    guarded = client()
    body = {"width": 64, "height": 64, "steps": 1}
    assert guarded.post("/sdapi/v1/txt2img", json=body).status_code == 401
    assert guarded.post("/sdapi/v1/txt2img", json=body, auth=("ann", "wrong")).status_code == 401
    assert guarded.post("/sdapi/v1/txt2img", json=body, auth=("bob", "other")).status_code == 200


def test_scripts_get_the_page_and_the_web_server(webui: driver.WebUI) -> None:
    from modules import script_callbacks

    seen: list[Any] = []
    script_callbacks.on_app_started(lambda demo, app: seen.append((demo, app)))
    script_callbacks.app_started_callback(webui.demo, webui.app)
    assert seen == [(webui.demo, webui.app)]
