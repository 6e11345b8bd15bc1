"""The WebUI in Japanese: what a person reads is Japanese, what scripts and infotexts rely on is as it was."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from modules import shared

from pure_negative.planning import infotext
from pure_negative.webui import callbacks
from pure_negative.webui.core import localizations
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}


@pytest.fixture
def japanese(webui: driver.WebUI) -> Iterator[driver.WebUI]:
    shared.opts.data["localization"] = "ja_JP"
    yield webui
    shared.opts.data.pop("localization", None)


def test_the_preview_and_the_titles_are_in_the_webui_s_language(japanese: driver.WebUI) -> None:
    page = driver.Page(japanese)
    page["pure_negative_words"] = "x"
    page.fire("pure_negative_refresh")
    shown = html.unescape(page["pure_negative_preview"])
    for text in ("ネガティブプロンプト</th>", "サイズ</th>", "ヒント", "(x:0.564)"):
        assert text in shown
    title = page.properties[page.webui.component("pure_negative_group_words")._id]["label"]
    assert title == "単語：1 件変更"
    page["pure_negative_w"] = "heavy"
    page.fire("pure_negative_refresh")
    assert "'heavy' は使えません" in html.unescape(page["pure_negative_preview"])


def test_the_api_and_the_infotext_are_as_they_were(webui: driver.WebUI) -> None:
    def answers() -> tuple[object, ...]:
        wrong = webui.txt2img(ours=[{**SMALL, "w": "heavy"}]).json()
        made = json.loads(webui.txt2img(ours=[{**SMALL, "cfg": 1}]).json()["info"])
        listed = webui.client.get("/sdapi/v1/script-info").json()
        return wrong, made["infotexts"], listed

    before = answers()
    shared.opts.data["localization"] = "ja_JP"
    assert answers() == before
    shared.opts.data.pop("localization")
    assert infotext.FIELD in str(before[1])


def test_a_refusal_on_the_page_is_in_its_language(japanese: driver.WebUI) -> None:
    page = driver.Page(japanese)
    page["pure_negative_tick-checkbox"], page["pure_negative_w"] = True, "heavy"
    p = page.begin()
    assert any("は使えません" in text for text in p.comments)


def test_ours_are_merged_with_whatever_pack_is_chosen(monkeypatch: pytest.MonkeyPatch, webui: driver.WebUI) -> None:
    import modules

    ours = {name: str(localizations.FOLDER / f"{name}.json") for name in localizations.FILES.values()}
    packs = {"zh-Hant (Stable)": ["/pack.json"], "ja_JP": ["/pack.json", ours["ja_JP"]], "de": ["/de.json"]}
    monkeypatch.setattr(modules, "localization", SimpleNamespace(localizations=packs), raising=False)
    monkeypatch.setitem(__import__("sys").modules, "modules.localization", modules.localization)
    for name in (*packs, "None", "gone"):
        shared.opts.data["localization"] = name
        callbacks.merge_texts()
    shared.opts.data.pop("localization")
    assert packs == {
        "zh-Hant (Stable)": [ours["zh_TW"], "/pack.json"],
        "ja_JP": [ours["ja_JP"], "/pack.json"],
        "de": ["/de.json"],
    }
    assert all(Path(path).is_file() for path in ours.values())
