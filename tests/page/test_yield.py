"""The judging page beside the panel: found from it, with the pictures made there."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.page.conftest import Server
from tests.page.test_serve import get
from tests.yields.making import run_of


def test_the_panel_links_to_the_judging_page(server: Server):
    assert 'href=\\"/yield/\\"' in get(server.url)[1]
    status, text, headers = get(f"{server.url}yield/")
    assert status == 200
    assert "<title>Yield</title>" in text
    assert headers["content-type"].startswith("text/html")


def test_pictures_in_its_folder_are_judged_there(server: Server):
    run_of(server.outputs, 3)
    runs = json.loads(get(f"{server.url}yield/runs")[1])["runs"]
    (run,) = (each for each in runs if each["name"] == "yield-0000")  # other tests' pictures are a run too
    assert run["pictures"] == 3
    key = json.loads(get(f"{server.url}yield/next?run={run['run']}&judge=Ada")[1])["picture"]["key"]
    assert post(server, {"run": run["run"], "judge": "Ada", "key": key, "class": 4})["judged"] == 1
    with urllib.request.urlopen(f"{server.url}yield/picture?key={key}", timeout=30) as answer:
        assert answer.read(4) == b"\x89PNG"


def test_another_sites_page_is_refused_there_too(server: Server):
    assert get(f"{server.url}yield/runs", Origin="http://elsewhere.example")[0] == 403


def post(server: Server, values: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Origin": server.url.rstrip("/")}
    request = urllib.request.Request(f"{server.url}yield/judge", json.dumps(values).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found
