"""The WebUI set to Japanese, by our own file alone and beside a public pack: what is read, and what is relied on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative import options
from pure_negative.language.translator import translator
from tests import screen_reader
from tests.real import server as servers
from tests.real import sheets
from tests.real.page import Page
from tests.real.server import ROOT, Server

LANGUAGE = "ja_JP"
JAPANESE = translator("ja")
PACK = os.environ.get("WEBUI_LANGUAGE_PACK", "")
SMALL = {"size": "64x64", "steps": 3, "w": 0.25}


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """In the language that it comes in, whatever the others are set to."""
    data = tmp_path_factory.mktemp("data") / "english"
    servers.prepare(data, True, neighbours=False)
    with servers.running(data, True) as server:
        yield server


@pytest.fixture(scope="module", params=["", "pack"], ids=["alone", "beside a pack"])
def japanese(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if request.param and not PACK:
        pytest.skip("LANGUAGE PACK NOT THERE: WEBUI_LANGUAGE_PACK names no folder of one for Japanese")
    data = tmp_path_factory.mktemp("data") / "japanese"
    servers.prepare(data, True, neighbours=False)
    servers.speak(data, LANGUAGE, PACK if request.param else "")
    with servers.running(data, True) as server:
        yield server


def answers(server: Server) -> Any:
    """What scripts rely on: names, infotexts, refusals."""
    listed = [each for each in server.get("/sdapi/v1/script-info")[1] if each["name"].startswith("pure negative")]
    _, texts = server.pictures([SMALL], prompt="a cat", negative_prompt="typed")
    made = sheets.make(server, {"x": "W: 6[, 0.9", "y": "CFG: 7, 3"})
    refused = [server.txt2img([{**SMALL, key: value}]) for key, value in (("w", "heavy"), ("wrong", 1))]
    routes = [path for path in server.get("/openapi.json")[1]["paths"] if "pure-negative" in path]
    return listed, texts, made.texts, refused, routes


def test_names_infotexts_and_refusals_of_the_api_are_in_english(english: Server, japanese: Server) -> None:
    found = answers(japanese)
    assert found == answers(english)
    assert len(found[0]) == 3
    assert "Pure negative: v1;preset=nai;w=0.25" in found[1][0]


def test_the_panel_is_in_japanese_and_nothing_of_the_pack_is_lost(japanese: Server, browser: Any) -> None:
    page = Page(browser, japanese.url, steps=JAPANESE("Steps"))
    page.tick()
    for inside in ("words", "steps", "leave", "presets_save"):
        page.open_around(page.one(f"#pure_negative_{inside}"))
    known = browser.execute_script("return localization")
    own = json.loads((ROOT / "localizations" / f"{LANGUAGE}.json").read_text(encoding="utf-8"))
    pack = _words_of_the_pack(japanese)
    assert {text: known[text] for text in pack} == pack
    assert {text: known[text] for text in own} == {**own, **{text: pack[text] for text in own if text in pack}}
    for name, option in options.controls().items():
        if option.control and name != "leave":
            label = option.control.label
            told = set(screen_reader.said(browser, f"#pure_negative_{name} :is(input, textarea)"))
            assert told <= {known.get(label), JAPANESE(label)}, name
            assert told, name
    for button in ("fill", "reset", "presets_save"):
        assert not page.one(f"#pure_negative_{button}").text.isascii(), button


def _words_of_the_pack(server: Server) -> dict[str, str]:
    """What the pack itself translates; the WebUI's `rtl` is no text."""
    files = (server.data / "extensions").glob(f"*/localizations/{LANGUAGE}.json")
    (found,) = [path for path in files if servers.NAME not in path.parts] or [None]
    return json.loads(Path(found).read_text(encoding="utf-8")) if found else {}
