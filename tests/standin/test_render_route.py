"""The route by which a WebUI makes cells for another machine: who may use it, and which bodies it takes.

The pictures themselves are compared in tests/real/test_workers.py.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from modules import shared

from pure_negative.distributed import webui_worker
from pure_negative.errors import PureNegativeError
from pure_negative.planning.request import Request
from pure_negative.webui import names
from pure_negative.webui.api import render, routes
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import detect
from tests.standin import driver
from tests.strategies import hostile_value

RENDER = f"{names.ROUTES}/render"
PACKED = "v1;preset=nai;w=0.5"


def client_of(monkeypatch: pytest.MonkeyPatch, api: bool = True, auth: str | None = None) -> TestClient:
    monkeypatch.setattr(shared.cmd_opts, "api", api, raising=False)
    shared.cmd_opts.api_auth = auth
    app = FastAPI()
    routes.register(None, app)
    return TestClient(app)


def entry(**fields: Any) -> dict[str, Any]:
    request = Request("", "(bad:0.5)", 64, 64, 7.0, 2, "Euler", "Automatic", 5, 2)
    sent = {name: getattr(request, name) for name in webui_worker.SENT}
    return {**sent, "packed": PACKED, **fields}


def body(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    model = WebuiHost().model()
    return {"pictures": list(entries), "hash": model.hash if model else "", "noise": "CPU", **fields}


def test_the_route_is_there_only_with_the_webuis_api(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client_of(monkeypatch, api=False).post(RENDER, json=body(entry())).status_code == 404


def test_with_api_auth_nobody_else_may_use_it(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(monkeypatch, auth="ann:secret")
    assert client.post(RENDER, json=body(entry())).status_code == 401
    assert client.post(RENDER, json=body(entry()), auth=("ann", "wrong")).status_code == 401
    assert client.get(RENDER).status_code == 401
    assert client.post(RENDER, json=body(entry(), hash="ffffffffff"), auth=("ann", "secret")).status_code == 409


def test_the_facts_have_the_hash_of_a_checkpoint_that_waits_for_its_first_picture(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = SimpleNamespace(name_for_extra="waits", shorthash=None, calculate_shorthash=lambda: "0123456789")
    monkeypatch.setattr(type(detect.current()), "checkpoint", lambda _: waiting)
    processor = SimpleNamespace(dtype="torch.float32", device=SimpleNamespace(type="cpu"))
    monkeypatch.setitem(sys.modules, "modules.devices", processor)
    found = client_of(monkeypatch).get(RENDER).json()
    assert (found["model"], found["hash"]) == ("waits", "0123456789")


def test_a_program_without_sheets_has_no_such_route(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(detect.current()), "lacks", {names.SHEET: "There are no sheets."})
    assert client_of(monkeypatch).get(RENDER).status_code == 404


def test_another_checkpoint_is_told_and_nothing_is_made(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client_of(monkeypatch).post(RENDER, json=body(entry(), hash="ffffffffff"))
    assert answer.status_code == 409
    assert "is loaded, not [ffffffffff]" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "must be an object with the keys pictures, hash, noise"),
        ({"pictures": []}, "must be an object with the keys"),
        (body(), "give 1 to 64 pictures"),
        (body(*[entry()] * 65), "give 1 to 64 pictures"),
        (body(entry(), noise="GPU"), "noise"),
        (body({"prompt": ""}), "picture 1 must be an object with the keys prompt,"),
        (body(entry(), entry(width=8)), "picture 2: width"),
        (body(entry(width=1 << 20)), "picture 1: width"),
        (body(entry(steps=0)), "picture 1: steps"),
        (body(entry(seed=-1)), "a seed that is not random"),
        (body(entry(sampler="Nothing")), "sampler"),
        (body(entry(scheduler="Nothing")), "scheduler"),
        (body(entry(prompt=["a"])), "picture 1: prompt"),
        (body(entry(cfg_scale=True)), "picture 1: cfg_scale"),
    ],
)
def test_wrong_bodies_are_answered_in_words(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch, wrong: Any, told: str
) -> None:
    answer = client_of(monkeypatch).post(RENDER, json=wrong)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_a_body_of_another_type_or_too_large_is_refused(webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(monkeypatch)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(RENDER, content=json.dumps(body(entry())), headers={"content-type": kind})
        assert answer.status_code == 422
        assert "application/json" in answer.json()["detail"]
    answer = client.post(RENDER, content=b" " * 5_000_000, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "larger than the 4000000 bytes allowed" in answer.json()["detail"]


@settings(max_examples=150)
@given(hostile_value)
def test_any_value_is_read_or_refused(value: Any) -> None:
    for found in (value, body(value), body(entry(prompt=value, cfg_scale=value, seed=value))):  # type: ignore[arg-type]
        try:
            render.read(found)
        except PureNegativeError as error:
            assert "\n" not in str(error)
