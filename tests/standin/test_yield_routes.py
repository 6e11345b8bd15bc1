"""The judging page under the WebUI's address: who may see it, and that what is judged there is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from modules import shared

from pure_negative.webui.yields import routes as yield_routes
from pure_negative.yields.db.store import Judgements
from tests.standin import driver
from tests.yields import making

PAGE = f"{yield_routes.PATH}/"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A run of three pictures in a file of judgements of its own."""
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "data"))
    with Judgements() as judgements:
        yield making.opened(judgements, making.run_of(tmp_path / "out", 3)).id


@pytest.fixture
def app(run: int, webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(shared.cmd_opts, "api_auth", None)
    found = FastAPI()
    yield_routes.register(None, found)
    return found


def test_the_started_webui_has_the_page(webui: driver.WebUI) -> None:
    answer = webui.client.get(PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Legit human" in answer.text


def test_what_is_judged_is_kept(app: FastAPI, run: int) -> None:
    client = TestClient(app)
    shown = client.get(f"{PAGE}next", params={"run": run, "judge": "Ann"}).json()["picture"]
    assert client.get(f"{PAGE}picture", params={"key": shown["key"]}).headers["content-type"] == "image/png"
    said = {"run": run, "judge": "Ann", "key": shown["key"], "class": 4, "shape": "Normal"}
    after = client.post(f"{PAGE}judge", json=said).json()
    assert after["judged"] == 1
    with Judgements() as judgements:
        assert [each.judged for each in judgements.judgements(shown["key"])] == [4]


def test_another_sites_page_can_not_judge(app: FastAPI, run: int) -> None:
    client = TestClient(app)
    said = {"run": run, "judge": "Ann", "key": "0" * 64, "class": 4}
    for headers in ({"Origin": "http://elsewhere.example"}, {"Content-Type": "text/plain"}):
        assert client.post(f"{PAGE}judge", json=said, headers=headers).status_code in (403, 415)


OWN = "https://sd.example.org"


def posting(app: FastAPI, headers: dict[str, str], base: str = "http://127.0.0.1:7861") -> Any:
    return TestClient(app, base_url=base).post(f"{PAGE}check", json={}, headers=headers)


LET_IN = [
    {"X-Forwarded-Host": "sd.example.org"},
    {"X-Forwarded-Host": "sd.example.org, inner:7860", "X-Forwarded-Proto": "https"},
    {"Forwarded": "for=10.0.0.7;host=sd.example.org;proto=https"},
    {"Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("said", LET_IN)
@pytest.mark.parametrize("base", ["http://127.0.0.1:7861", "http://127.0.0.1"])
def test_behind_a_proxy_that_rewrites_host_it_is_worked(app: FastAPI, said: dict[str, str], base: str) -> None:
    assert posting(app, {"Origin": OWN, **said}, base).status_code == 200
    refused = posting(app, {"Origin": "https://evil.example", **said, "Sec-Fetch-Site": "cross-site"}, base)
    assert refused.status_code == 403


def test_a_refusal_names_the_webuis_own_option_which_lets_the_page_in(app: FastAPI, monkeypatch: Any) -> None:
    for site, others in (
        (None, None),
        ("https://other.example", r"https://.*\.example\.com"),
        ("*", None),
    ):
        monkeypatch.setattr(shared.cmd_opts, "cors_allow_origins", site, raising=False)
        monkeypatch.setattr(shared.cmd_opts, "cors_allow_origins_regex", others, raising=False)
        refused = posting(app, {"Origin": OWN})
        assert refused.status_code == 403
        assert f"or start the WebUI with --cors-allow-origins={OWN}." in refused.json()["error"]
    for site, others in ((f"https://other.example,{OWN}", None), (None, r"https://.*\.example\.org")):
        monkeypatch.setattr(shared.cmd_opts, "cors_allow_origins", site, raising=False)
        monkeypatch.setattr(shared.cmd_opts, "cors_allow_origins_regex", others, raising=False)
        assert posting(app, {"Origin": OWN}).status_code == 200
        assert posting(app, {"Origin": f"{OWN}.evil.test"}).status_code == 403
        assert posting(app, {"Origin": "null"}).status_code == 403


@pytest.mark.parametrize("path", ["judge", "undo", "mark", "guess", "check"])
def test_every_request_that_changes_something_is_refused_to_another_sites_page(app: FastAPI, path: str) -> None:
    client = TestClient(app, base_url="http://127.0.0.1:7861")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert client.post(PAGE + path, json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["..%2f..%2fetc%2fpasswd", "picture?key=../../etc/passwd", "nothing", "picture"])
def test_no_request_names_a_file(app: FastAPI, path: str) -> None:
    answer = TestClient(app).get(PAGE + path)
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text


ACCOUNTS = [
    (None, 401),
    (("ann", "secret"), 200),
    (("ann", "wrong"), 401),
    (("eve", "secret"), 401),
    (("zoë", "päss"), 200),
]


@pytest.mark.parametrize(("account", "status"), ACCOUNTS)
def test_the_accounts_of_the_api_guard_the_page(app: FastAPI, monkeypatch: Any, account: Any, status: int) -> None:
    monkeypatch.setattr(shared.cmd_opts, "api_auth", "ann:secret,zoë:päss")
    encoded = account and tuple(part.encode() for part in account)
    answer = TestClient(app).get(PAGE, auth=encoded)
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert TestClient(app).get(PAGE, headers={"Authorization": b"Basic \xff:"}).status_code == 401


def test_where_the_page_asks_for_a_login_so_does_this_one(app: FastAPI) -> None:
    app.auth, app.tokens = {"ann": "secret"}, {"known-token": "ann"}  # type: ignore[attr-defined]
    assert TestClient(app).get(PAGE).status_code == 401
    for cookie, status in (("known-token", 200), ("other-token", 401), ("", 401)):
        answer = TestClient(app, cookies={"access-token-unsecure": cookie}).get(PAGE)
        assert answer.status_code == status
        assert "WWW-Authenticate" not in answer.headers
