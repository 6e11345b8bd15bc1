"""The extension's own routes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from modules import shared

from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.webui import names
from pure_negative.webui.api import routes
from tests.standin import driver
from tests.strategies import hostile_value

PRESETS, PLAN = f"{names.ROUTES}/presets", f"{names.ROUTES}/plan"


@pytest.fixture
def client(webui: driver.WebUI) -> TestClient:
    return webui.client


def test_presets_are_listed_and_each_can_be_had(client: TestClient) -> None:
    listed = client.get(PRESETS).json()["presets"]
    assert [each["id"] for each in listed] == library.ids()
    for each in listed[:3]:
        assert each["name"]
        assert client.get(f"{PRESETS}/{each['id']}").json() == {
            "id": each["id"],
            "text": library.source_text(each["id"]),
        }


@pytest.mark.parametrize(
    "name",
    [
        *["nothing", "..", "%2e%2e%2fpyproject", "..%2f..%2fetc%2fpasswd", "nai.yaml", "%2Fetc%2Fpasswd", "NAI"],
        *["nai%00", "<script>alert(1)</script>", "x" * 5000, "%ff", "nai/../nai", "C:%5Cx.yaml", "~", "."],
    ],
)
def test_nothing_but_presets_can_be_had(client: TestClient, name: str) -> None:
    answer = client.get(f"{PRESETS}/{name}")
    assert answer.status_code in (404, 200)
    if answer.status_code == 200:  # the address was shortened to that of the list, or of nai
        assert set(answer.json()) in ({"presets"}, {"id", "text"})
        return
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.json()["detail"]) < 400


def test_a_plan_is_what_would_run(client: TestClient) -> None:
    entries = {"preset": "nai", "w": 0.9, "ratio": "4:3", "words": ["bad", "<b>low</b>"]}
    answer = client.post(PLAN, json=entries)
    made = plan.make(choices.read(entries))
    assert answer.status_code == 200
    assert answer.json() == {"request": made.api_body(), "hints": list(made.hints), "warnings": list(made.warnings)}
    assert client.post(PLAN).json()["request"] == plan.make(choices.read({})).api_body()


def test_a_plans_request_can_be_posted_as_it_stands(webui: driver.WebUI) -> None:
    body = webui.client.post(PLAN, json={"size": "64x64", "steps": 3, "seed": 5}).json()["request"]
    text = json.loads(webui.client.post("/sdapi/v1/txt2img", json=body).json()["info"])["infotexts"][0]
    ours = driver.run(webui, [{"size": "64x64", "steps": 3, "seed": 5}]).infotexts[0]
    assert text == ours.replace(", Pure negative: v1;preset=nai;w=0.564;size=64x64;steps=3", "")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[]", "must be an object of options"),
        (b"null", "must be an object of options"),
        (b"5", "must be an object of options"),
        (b"{", "is not readable JSON"),
        (b"\xff\xfe", "is not readable JSON"),
        (b"[" * 90_000, "is not readable JSON"),
        (b'{"w": ' + b"9" * 9000 + b"}", "is not readable JSON"),
        (b'{"w": NaN}', "w: nan is not allowed"),
        (b'{"weight": 1}', "'weight' is not a key"),
        (b'{"enabled": false}', "enabled is false, so there is nothing to plan"),
        (b'{"preset": "../../etc/passwd"}', "is not a preset's id"),
        (b'{"preset": "nai.yaml"}', "is not a preset's id"),
        (b'{"words": "\\ud800"}', "control character"),
        (b'{"words": "<script>alert(1)</script>:0.5)"}', "has its own weight"),
        (b" " * 200_000, "larger than the 100000 bytes allowed"),
    ],
)
def test_wrong_bodies_are_answered_in_words(client: TestClient, body: bytes, told: str) -> None:
    answer = client.post(PLAN, content=body)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/json"
    assert client.post(PLAN, json={}).status_code == 200


def test_a_body_that_never_ends_is_cut_off(client: TestClient) -> None:
    sent = []

    def parts() -> Any:
        for _ in range(10_000):
            sent.append(1)
            yield b"x" * 10_000

    assert client.post(PLAN, content=parts()).status_code == 422


@settings(max_examples=150)
@given(hostile_value)
def test_any_map_is_planned_or_refused(body: Any) -> None:
    from pure_negative.errors import PureNegativeError

    try:
        assert set(routes.answer(body)) == {"request", "hints", "warnings"}
    except PureNegativeError as error:
        assert "\n" not in str(error)


def test_long_and_hostile_texts_come_back_as_text(client: TestClient) -> None:
    for words in ("<script>", "\"'`", "a" * 200, ", ".join(f"word{n}" for n in range(400))):
        answer = client.post(PLAN, json={"words": words})
        assert answer.status_code == 200, answer.json()
        assert answer.json()["request"]["negative_prompt"] == plan.make(choices.read({"words": words})).negative_prompt
    answer = client.post(PLAN, json={"words": "x" * 10_000})
    assert (answer.status_code, "10000 characters" in answer.json()["detail"]) == (422, True)


@pytest.fixture
def guarded(webui: driver.WebUI) -> TestClient:
    """The routes of a WebUI started with --api-auth."""
    shared.cmd_opts.api_auth = "ann:secret,bob:o:ther,zoë:päss"
    app = FastAPI()
    routes.register(None, app)
    return TestClient(app)


@pytest.mark.parametrize(
    ("given_", "allowed"),
    [
        (None, False),
        (("ann", "secret"), True),
        (("ann", "Secret"), False),
        (("ann", ""), False),
        (("", ""), False),
        (("bob", "secret"), False),
        (("bob", "o:ther"), True),
        (("eve", "secret"), False),
    ],
)
def test_the_webuis_password_guards_every_route(guarded: TestClient, given_: Any, allowed: bool) -> None:
    calls = [("GET", PRESETS), ("GET", f"{PRESETS}/nai"), ("POST", PLAN)]
    codes = [guarded.request(method, path, auth=given_).status_code for method, path in calls]
    assert codes == [200 if allowed else 401] * 3


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YQ==", "Bearer x", "Basic /////w==", "x" * 5000])
def test_a_broken_password_header_is_refused(guarded: TestClient, header: str) -> None:
    assert guarded.get(PRESETS, headers={"Authorization": header}).status_code == 401


def test_each_page_that_is_built_has_the_routes(webui: driver.WebUI) -> None:
    again = driver.start(reload=True)
    assert again.app is not webui.app
    assert again.client.get(PRESETS).status_code == 200


def test_routes_work_without_the_page(webui: driver.WebUI) -> None:
    app = FastAPI()
    routes.register(None, app)
    assert TestClient(app).get(PRESETS).status_code == 200
