"""The panel's presets on the page: saving, sharing, offers, starters, and a picture of the gallery taken over."""

from __future__ import annotations

import html
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from modules import paths, shared

from pure_negative.panel import values
from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.webui import callbacks
from pure_negative.webui.core import console
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}


@pytest.fixture
def page(webui: driver.WebUI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[driver.Page]:
    """A browser tab of a user without presets of their own."""
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path))
    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"] = True
    yield page


def press(page: driver.Page, name: str) -> str:
    """Press a button of the box; what it says, as a reader sees it."""
    page.fire(f"pure_negative_presets_{name}")
    return html.unescape(re.sub(r"<[^>]*>", "\n", page["pure_negative_presets_told"])).strip()


def save(page: driver.Page, name: str) -> str:
    page["pure_negative_presets_name"] = name
    return press(page, "save")


def test_presets_are_kept_beside_the_webuis_own_data(webui: driver.WebUI) -> None:
    assert library.user_folder() == Path(paths.data_path) / "pure-negative" / "presets"


@pytest.mark.parametrize("named", ["", " ", '"/x"', "$HOME/x", "x", "~nobody-of-that-name/x"])
def test_a_folder_that_is_none_leaves_the_webui_its_own(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(library.FOLDER_VARIABLE, named)
    callbacks.keep_data(tmp_path / "own")
    assert library.user_folder() == tmp_path / "own" / "presets"
    told = capsys.readouterr().out
    assert (library.FOLDER_VARIABLE in told, str(tmp_path / "own") in told) == (bool(named.strip()),) * 2
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path / "theirs"))
    callbacks.keep_data(tmp_path / "own")
    assert library.user_folder() == tmp_path / "theirs" / "presets"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_of_few_signs_stops_nothing(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(shown, encoding=encoding, errors="strict"))
    console.say("512² 漢")
    sys.stdout.flush()
    assert shown.getvalue().startswith(b"Pure negative: 512")
    monkeypatch.setattr("sys.stdout", None)
    console.say("512² 漢")


def test_save_rename_delete_and_undo(page: driver.Page) -> None:
    page["pure_negative_w"], page["pure_negative_words"] = "0.9", "bad, low"
    assert save(page, "mine").startswith("Saved as mine in ")
    assert page["pure_negative_preset"] == "mine"
    assert plan.make(choices.read({"preset": "mine"})).words == "(bad:0.9), (low:0.9)"
    page["pure_negative_presets_name"] = "other"
    assert press(page, "rename") == "mine was renamed to other."
    assert (page["pure_negative_preset"], "mine" in library.ids()) == ("other", False)
    assert press(page, "delete") == "other was deleted; 'Undo last delete' restores it."
    assert page["pure_negative_preset"] == library.DEFAULT
    assert press(page, "undo") == "other was restored."
    assert (page["pure_negative_preset"], "other" in library.ids()) == ("other", True)
    listed = page.properties[page.webui.component("pure_negative_preset")._id]["choices"]
    assert "other" in [name[0] if isinstance(name, (list, tuple)) else name for name in listed]


def test_a_page_that_was_built_before_lists_what_was_saved_since(page: driver.Page, webui: driver.WebUI) -> None:
    preset = webui.component("pure_negative_preset")._id
    page["pure_negative_w"] = "0.9"
    save(page, "mine")
    for there in (True, False):
        other = driver.Page(webui)
        other.fire("pure_negative_listing")
        update = other.properties[preset]
        assert ("mine" in [name[0] if isinstance(name, (list, tuple)) else name for name in update["choices"]]) == there
        assert "value" not in update
        press(page, "delete")


def test_a_saved_preset_runs(page: driver.Page) -> None:
    page["pure_negative_shape"], page["pure_negative_steps"], page["pure_negative_w"] = "64x64", "3", "2("
    save(page, "mine")
    p = driver.ran(page.webui, [{"preset": "mine"}])
    assert (p.width, p.steps) == (64, 3)
    assert "(bad:1.21)" in p.negative_prompt


@pytest.mark.parametrize("name", ["", "../x", "UPPER", "nai", "x" * 100, "<b>", "con"])
def test_a_wrong_id_is_refused_in_words_and_nothing_is_written(page: driver.Page, tmp_path: Path, name: str) -> None:
    told = save(page, name)
    assert told
    assert "Saved" not in told or name == "con"
    assert "<b>" not in page["pure_negative_presets_told"]
    assert [file.name for file in tmp_path.rglob("*.yaml") if name != "con"] == []


def test_built_in_presets_stay(page: driver.Page) -> None:
    for button in ("delete", "rename"):
        page["pure_negative_presets_name"] = "mine"
        assert "built in" in press(page, button)
    assert library.is_built_in("nai")


def test_a_preset_goes_from_one_user_to_another_as_text(page: driver.Page, tmp_path: Path) -> None:
    page["pure_negative_w"] = "0.9"
    save(page, "mine")
    assert "Copy the text" in press(page, "export")
    text = page["pure_negative_presets_text"]
    press(page, "delete")
    assert "mine is new" in press(page, "look").replace("\n", " ").replace("  ", " ")
    assert "Imported mine." in press(page, "take")
    assert page["pure_negative_preset"] == "mine"
    assert page["pure_negative_presets_text"] == text
    assert "Overwrite existing preset" in press(page, "take"), "what is there stays"


@pytest.mark.parametrize(
    "text", ["", "hello", "{" * 100_000, "id: x", "<script>alert(1)</script>", "\x00", "x: &a [*a]"]
)
def test_whatever_is_shared_is_read_or_refused_as_text(page: driver.Page, text: str) -> None:
    page["pure_negative_presets_text"] = text
    for button in ("look", "take"):
        assert press(page, button)
        assert "<script" not in page["pure_negative_presets_told"]


def test_a_preset_that_shows_html_is_shown_as_text(page: driver.Page) -> None:
    page["pure_negative_words"] = "<img src=x onerror=alert(1)>, \"quoted\", 'single'"
    save(page, "mine")
    press(page, "export")
    press(page, "delete")
    press(page, "look")
    shown = page["pure_negative_presets_told"]
    assert "<img" not in shown
    assert "&lt;img src=x" in shown
    press(page, "take")
    page.fire("pure_negative_preset", "change")
    page.fire("pure_negative_refresh")
    assert "<img" not in page["pure_negative_preview"]


def checkpoint(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the WebUI have loaded this one."""
    from modules import sd_models

    info = SimpleNamespace(name_for_extra=name, shorthash="0123456789")
    monkeypatch.setattr(sd_models.model_data, "sd_model", SimpleNamespace(sd_checkpoint_info=info))


def test_the_preset_for_the_loaded_checkpoint_is_offered_not_forced(
    page: driver.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = page.webui.component("pure_negative_offer")._id
    checkpoint(monkeypatch, "anything-v3-full")
    page.fire("pure_negative_refresh")
    assert page["pure_negative_preset"] == "nai"
    assert page.properties[offer]["visible"] is True
    assert page["pure_negative_offer"] == "Use anything-v3, the preset for anything-v3-full"
    page.fire("pure_negative_offer")
    assert page["pure_negative_preset"] == "anything-v3"
    page.fire("pure_negative_refresh")
    assert page.properties[offer]["visible"] is False
    checkpoint(monkeypatch, "something nobody knows")
    page.fire("pure_negative_refresh")
    assert page.properties[offer]["visible"] is False


def test_no_checkpoint_is_no_offer_and_no_fault(page: driver.Page, monkeypatch: pytest.MonkeyPatch) -> None:
    from modules import sd_models

    monkeypatch.setattr(sd_models.model_data, "sd_model", None)
    page.fire("pure_negative_refresh")
    assert page.properties[page.webui.component("pure_negative_offer")._id]["visible"] is False
    assert "Negative prompt" in page["pure_negative_preview"]


def needy() -> list[str]:
    """Presets that name an embedding or a VAE."""
    return [known.id for known in library.Library().presets() if known.embeddings or known.vae]


def test_the_preview_says_what_the_preset_needs_and_is_not_here(page: driver.Page) -> None:
    names = needy()
    assert names
    for name in names:
        base = library.load(name)
        page["pure_negative_preset"] = name
        page.fire("pure_negative_refresh")
        shown = html.unescape(page["pure_negative_preview"])
        for embedding in base.embeddings:
            assert f"The embedding {embedding.name}" in shown
            assert shared.cmd_opts.embeddings_dir in shown
        if base.vae:
            assert f"The preset is meant for the VAE {base.vae.name}" in shown
            shared.opts.data["sd_vae"] = base.vae.name
            page.fire("pure_negative_refresh")
            assert "is meant for the VAE" not in page["pure_negative_preview"]
            shared.opts.data.pop("sd_vae")


def test_a_starter_prompt_goes_into_the_tab(page: driver.Page) -> None:
    found = next((known for known in library.Library().presets() if known.starters), None)
    assert found is not None
    page["pure_negative_preset"] = found.id
    page.fire("pure_negative_preset", "change")
    starter = found.starters[0]
    page["pure_negative_starters"] = starter.prompt
    page.fire("pure_negative_starters", "change")
    assert page["txt2img_prompt"] == starter.prompt
    if starter.size:
        assert page["pure_negative_shape"] == str(starter.size)
    page["pure_negative_starters"], page["txt2img_prompt"] = "none of them", "typed"
    page.fire("pure_negative_starters", "change")
    assert page["txt2img_prompt"] == "typed"


def gallery_of(page: driver.Page, texts: Any) -> None:
    page["generation_info_txt2img"] = texts if isinstance(texts, str) else json.dumps({"infotexts": texts})
    page.fire("pure_negative_gallery")


def test_a_picture_of_the_gallery_is_taken_over(page: driver.Page) -> None:
    entries = {**SMALL, "preset": "anything-v3", "brackets": 3, "join": "after"}
    gallery_of(page, driver.run(page.webui, [entries], negative_prompt="typed").infotexts)
    shown = dict(zip(("enabled", *values.CONTROLS), page.ours(), strict=True))
    wanted = {"enabled": True, "preset": "anything-v3", "w": "3(", "join": "after", "shape": "64x64", "steps": "3"}
    assert {key: shown[key] for key in wanted} == wanted
    assert page["pure_negative_brackets"] == 3


@pytest.mark.parametrize(
    "texts",
    [
        *["", "{", "null", "[]", '{"infotexts": null}', '{"infotexts": {}}', []],
        *[["a car\nSteps: 3, Seed: 5, Size: 64x64"], ["Steps: 1, Seed: 2, Size: 1x1, Pure negative: v9;w=1"], [5]],
    ],
)
def test_a_gallery_without_a_picture_of_ours_changes_nothing(page: driver.Page, texts: Any) -> None:
    page["pure_negative_w"] = "0.9"
    before = page.ours()
    gallery_of(page, texts)
    assert page.ours() == before
