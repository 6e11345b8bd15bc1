"""The sheet and the preset box in the real WebUI, through a real browser."""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
from pathlib import Path
from typing import Any

from PIL import Image

from pure_negative.preset.library import Library
from pure_negative.sheet.draw.canvas import EMPTY
from tests.real.page import PATIENCE, Page, newest_picture, said, until
from tests.real.server import Server
from tests.real.test_browser import small


def test_a_sheet_is_made_and_a_cell_sent_to_the_panel_or_upscaled(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.pick_sheet()
    page.set("txt2img_batch_count", "2")
    text = page.generate()
    assert 'Sheet X axis: "W: 6[, 2[, 0.9"' in text
    assert said("Batch count and size are ignored; add a seed axis for more pictures per cell.") in text
    thumbnails = until(lambda: page.all("#txt2img_gallery .thumbnail-small"), "the gallery")
    assert len(thumbnails) == 2 + 9
    browser.execute_script("arguments[0].click()", thumbnails[2 + 4])
    until(lambda: "CFG scale: 10.5" in page.info() and "brackets=-2" in page.info(), "the middle cell's text")
    page.click("#pure_negative_gallery")
    until(lambda: page.value("w") == "2[", "the cell's W in the panel")
    assert page.value("cfg") == "10.5"
    assert page.value("shape") == "64x64"
    page.tick(False)
    browser.execute_script("arguments[0].click()", thumbnails[2])
    until(lambda: "CFG scale: 8" in page.info() and "brackets=-6" in page.info(), "the first cell's text")
    page.set("txt2img_hires_steps", "2")  # some hosts set this to 32 when the page is opened
    page.click("#txt2img_upscale")
    until(lambda: "Hires upscale: 2" in page.info(), "the upscaled cell's text")
    for part in ("CFG scale: 8,", "brackets=-6", "Size: 64x64,", "Negative prompt: (bad:0.564)", "Steps: 3,"):
        assert part in page.info()


WATCH = """
const place = document.querySelector("#txt2img_gallery_container");
window.grown = [];
new MutationObserver(() => {
    const shown = [...place.querySelectorAll(".livePreview img")].pop();
    if (shown && !grown.some(([, src]) => src === shown.src)) grown.push([performance.now(), shown.src]);
}).observe(place, {childList: true, subtree: true});"""
"""Keeps when each picture came that the gallery shows while a run goes on."""


CELLS = "{} cells in {} batches or more, {} sampling steps in all."


def test_the_sheet_is_counted_while_it_is_typed_and_shown_as_it_grows(webui: Server, browser: Any) -> None:
    page = Page(browser, webui.url)
    page.tick()
    small(page)
    page.type("steps", "24")
    page.pick_sheet()
    page.type("sheet_x_values", "0.1-0.8 [8]")
    page.type("sheet_y_values", "3-6")
    until(lambda: said(CELLS, 32, 1, 768) in page.one("#pure_negative_sheet_told").text, "the count of cells")
    page.set("pure_negative_sheet_batch", "2")
    until(lambda: said(CELLS, 32, 16, 768) in page.one("#pure_negative_sheet_told").text, "the count of batches")
    browser.execute_script(WATCH)
    page.generate(5 * PATIENCE)
    grown = browser.execute_script("return grown")
    pictures = [(at, opened(io.BytesIO(base64.b64decode(src.partition(",")[2])))) for at, src in grown]
    # until the first cell is there, the WebUI shows its own preview, of a batch of two
    sheets = [(at, picture) for at, picture in pictures if picture.size == (8 * 64, 4 * 64)]
    assert len(sheets) >= 2, "two states while it ran"
    counts = [made(picture, 8, 4) for _, picture in sheets]
    assert counts == sorted(set(counts)), "each has more cells than the one before"
    assert 0 < counts[0] < counts[-1] <= 32
    pauses = [after - before for (before, _), (after, _) in itertools.pairwise(sheets)]
    assert min(pauses) > 900, "at most once a second, as far as a page's clock tells"


def opened(data: io.BytesIO) -> Image.Image:
    with Image.open(data) as image:
        return image.convert("RGB")


def made(grid: Image.Image, columns: int, rows: int) -> int:
    """How many cells of a grid have a picture."""
    width, height = grid.width // columns, grid.height // rows
    middles = ((width * x + width // 2, height * y + height // 2) for x in range(columns) for y in range(rows))
    return sum(any(grid.getpixel((x + at, y)) != EMPTY for at in (-2, 0, 2)) for x, y in middles)


def test_a_page_lists_presets_saved_since_it_was_built_when_it_is_opened_or_come_back_to(
    webui: Server, browser: Any
) -> None:
    folder = webui.data / "pure-negative" / "presets"
    folder.mkdir(parents=True, exist_ok=True)
    made = Library(user=folder).load("nai")
    try:
        Library(user=folder).save(dataclasses.replace(made, id="since-then"))
        page = Page(browser, webui.url)
        page.tick()
        assert "since-then" in until(lambda: listed(page), "the list of presets")
        Library(user=folder).save(dataclasses.replace(made, id="later-still"))
        assert "later-still" not in listed(page)
        browser.execute_script("window.dispatchEvent(new Event('focus'))")
        until(lambda: "later-still" in listed(page), "the preset that was saved meanwhile")
    finally:
        for name in ("since-then", "later-still"):
            (folder / f"{name}.yaml").unlink(missing_ok=True)


def listed(page: Page) -> list[str]:
    """What the list of presets offers when it is opened."""
    page.browser.execute_script("document.activeElement.blur()")
    page.field("preset").click()
    return [option.text.strip("✓ \n") for option in page.all("[role=option], ul.options li")]


def test_two_browsers_share_a_preset_by_text_file_and_picture(webui: Server, browser: Any, tmp_path: Path) -> None:
    page = Page(browser, webui.url)
    page.tick()
    page.open_box()
    page.type("preset", "anything-v3")
    page.type("w", "0.25")
    page.type("words", "bad, astolfo_(fate)")
    small(page)
    page.type("presets_name", "shared-one")
    page.click("#pure_negative_presets_save")
    until(lambda: page.value("preset") == "shared-one", "the saved preset to be chosen")
    page.click("#pure_negative_reset")
    page.expect("(bad:0.25), (astolfo_\\(fate\\):0.25)")
    page.generate()
    made = newest_picture(webui.outputs)
    page.click("#pure_negative_presets_export")
    text = str(until(lambda: page.value("presets_text"), "the exported text"))
    (file,) = (webui.data / "pure-negative" / "presets").glob("shared-one.yaml")
    kept = tmp_path / "kept.yaml"
    kept.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    page.click("#pure_negative_presets_delete")
    until(lambda: not file.exists(), "the preset to be gone")
    plans = {imported(Page(browser, webui.url), shared) for shared in (text, kept, made)}
    assert len(plans) == 1, plans
    assert "64×64" in plans.pop()


def imported(page: Page, shared: str | Path) -> str:
    """Preview an import, import it, read the plan, and delete it again."""
    page.tick()
    page.open_box()
    if isinstance(shared, Path):
        page.one("#pure_negative_presets_file input[type=file]").send_keys(str(shared))
        # gradio 4 shows a file's name and its ending apart.
        until(lambda: shared.name in "".join(page.one("#pure_negative_presets_file").text.split()), "the file")
    else:
        page.paste("presets_text", shared)
    before = page.value("preset")
    page.click("#pure_negative_presets_look")
    until(lambda: said("is new") in page.one("#pure_negative_presets_told").text, "what is shared")
    page.click("#pure_negative_presets_take")
    name = until(lambda: (page.value("preset") != before) and page.value("preset"), "the imported preset to be chosen")
    page.expect("(bad:0.25), (astolfo_\\(fate\\):0.25)")
    plan = "\n".join(line for line in page.preview().splitlines() if "\t" in line)
    page.click("#pure_negative_presets_delete")
    gone = said("{} was deleted; 'Undo last delete' restores it.", name)
    until(lambda: gone in page.one("#pure_negative_presets_told").text, "the delete")
    return plan
