"""The box for whole grids on the page: kept, taken again after a reload, shared, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from pure_negative.sheet import saved
from pure_negative.webui.sheet import axis_list
from tests.standin import driver

BOX = "pure_negative_grids_"
SHEET = "pure_negative_sheet_"


@pytest.fixture(autouse=True)
def data(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path))


@pytest.fixture
def page(webui: driver.WebUI) -> driver.Page:
    return driver.Page(webui)


def keep(page: driver.Page, name: str = "mine") -> None:
    page[f"{SHEET}x_kind"], page[f"{SHEET}x_values"] = "Prompt S/R", 'cat, "dog, old"'
    page[f"{SHEET}y_kind"], page[f"{SHEET}y_values"] = "W", "6[, 0.9"
    page["pure_negative_words"], page["pure_negative_w"] = "bad, low", "6["
    page[f"{BOX}name"] = name
    page.fire(f"{BOX}save")


def test_a_grid_is_taken_again_on_a_fresh_page(webui: driver.WebUI, page: driver.Page) -> None:
    keep(page)
    assert "Saved as mine" in page[f"{BOX}told"]
    assert page[f"{BOX}chosen"] == "mine"
    other = driver.Page(webui)
    other[f"{SHEET}scan"], other[f"{SHEET}resume"], other[f"{BOX}chosen"] = "w-cfg", "sheet-0001", "mine"
    other.fire(f"{BOX}load")
    assert "mine was loaded" in other[f"{BOX}told"]
    assert (other[f"{SHEET}scan"], other[f"{SHEET}resume"]) == ("none", "")
    for name in ("x_kind", "x_values", "y_kind", "y_values", "z_kind", "z_values"):
        if not name.startswith("z"):
            assert other[f"{SHEET}{name}"] == page[f"{SHEET}{name}"]
    assert (other["pure_negative_words"], other["pure_negative_w"]) == ("bad, low", "6[")
    assert other.ours()[0] is True


def test_shared_as_text_and_deleted_and_restored(webui: driver.WebUI, page: driver.Page) -> None:
    keep(page)
    page.fire(f"{BOX}export")
    text = page[f"{BOX}text"]
    assert text == saved.text_of("mine")
    page.fire(f"{BOX}delete")
    assert saved.names() == []
    page[f"{BOX}name"] = "theirs"
    page.fire(f"{BOX}take")
    assert saved.text_of("theirs") == text
    page.fire(f"{BOX}undo")
    assert saved.names() == ["mine", "theirs"]


@pytest.mark.parametrize(
    ("button", "told"),
    [("load", "is not a saved grid"), ("export", "is not a saved grid"), ("delete", "is not a saved grid")],
)
def test_without_a_chosen_grid_it_says_so(page: driver.Page, button: str, told: str) -> None:
    page.fire(f"{BOX}{button}")
    assert told in page[f"{BOX}told"]


def test_a_name_that_is_taken_is_not_overwritten_unasked(page: driver.Page) -> None:
    keep(page)
    before = saved.text_of("mine")
    page[f"{SHEET}y_values"] = "0.1"
    page.fire(f"{BOX}save")
    assert "there is a grid mine already" in page[f"{BOX}told"]
    assert saved.text_of("mine") == before
    page[f"{BOX}replace"] = True
    page.fire(f"{BOX}save")
    assert saved.load("mine").axes[1] == "W: 0.1"


def test_the_list_has_the_plots_axes_and_the_button_fills_them(webui: driver.WebUI, page: driver.Page) -> None:
    titles = axis_list.titles()
    assert len(set(titles)) == len(titles)
    assert {"W", "checkpoint", "VAE", "S/R", "Prompt S/R"} <= set(titles)
    assert not {"Nothing", "Seed", "Checkpoint name"} & set(titles)
    page[f"{SHEET}x_kind"], page[f"{SHEET}x_values"] = "preset", ""
    page.fire(f"{SHEET}x_fill")
    assert "nai" in page[f"{SHEET}x_values"].split(", ")
    page[f"{SHEET}x_kind"], page[f"{SHEET}x_values"] = "W", "0.5"
    page.fire(f"{SHEET}x_fill")
    assert page[f"{SHEET}x_values"] == "0.5"
