"""An axis of another extension's in the sheet, in a real browser: chosen, filled in, run, saved and taken again."""

from __future__ import annotations

from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.real.page import Page, until
from tests.real.server import Server
from tests.real.test_browser import small

AXIS = "[Neighbour] Animal"
VALUES = 'cat, "dog, old"'


def pick(page: Page, elem_id: str, name: str) -> None:
    """Choose from a list of ours, by typing and Enter."""
    field = page.one(f"#{elem_id} input")
    page.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", field)
    field.click()
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(name, Keys.ENTER)


def opened(webui: Server, browser: Any) -> Page:
    """A page with the sheet chosen."""
    page = Page(browser, webui.url)
    page.pick_sheet()
    page.click("#pure_negative_grids_box .label-wrap")
    until(lambda: page.one("#pure_negative_grids_save").is_displayed(), "the box of grids")
    return page


def test_a_foreign_axis_is_chosen_filled_run_saved_and_taken_again(webui: Server, browser: Any) -> None:
    page = opened(webui, browser)
    page.tick()
    small(page)
    pick(page, "pure_negative_sheet_x_kind", AXIS)
    page.click("#pure_negative_sheet_x_fill")
    until(lambda: page.value("sheet_x_values") == VALUES, "all its values")
    text = page.generate()
    assert "Neighbour] Animal: cat" in text
    thumbnails = until(lambda: page.all("#txt2img_gallery .thumbnail-small"), "the gallery")
    assert len(thumbnails) >= 1 + 6
    page.type("grids_name", "animals")
    page.click("#pure_negative_grids_save")
    until(lambda: "animals" in page.one("#pure_negative_grids_told").text, "the sentence")
    again = opened(webui, browser)
    again.type("sheet_y_values", "1")
    pick(again, "pure_negative_grids_chosen", "animals")
    again.click("#pure_negative_grids_load")
    until(lambda: again.value("sheet_x_values") == VALUES, "the values of the saved grid")
    assert again.value("sheet_x_kind") == AXIS
    assert again.value("sheet_y_values") == "8, 10.5, 12"
    assert again.value("shape") == "64x64"
    assert again.ticked()
