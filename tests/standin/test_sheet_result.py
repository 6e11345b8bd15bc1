"""What the WebUI gets of a sheet: its size, what it says of the run, and how much of it stands in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modules import processing, sd_vae, shared
from PIL import Image

from pure_negative.sheet import run, temporary
from pure_negative.sheet.definition import Sheet
from pure_negative.sheet.draw import finish, layout
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.store import Folder
from pure_negative.webui.batch import renderer as renderers
from pure_negative.webui.sheet import hires, results
from tests.sheet import making
from tests.standin import driver


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({"hr_scale": 2}, [(128, 256), (256, 128)]),
        ({"hr_scale": 1.55}, [(96, 192), (192, 96)]),
        ({"hr_resize_x": 256, "hr_resize_y": 256}, [(256, 256), (256, 256)]),
        ({"hr_resize_x": 512}, [(512, 1024), (512, 256)]),
    ],
)
def test_hires_fix_makes_room_for_the_second_passs_pictures(fields: dict[str, Any], sizes: list[Any]) -> None:
    wanted = making.sheet("size: 64x128, 128x64")
    p = driver.request(enable_hr=True, width=512, height=512, **fields)
    size_of = hires.size_of(p)
    assert size_of is not None
    assert [size_of(cell) for cell in wanted.cells] == sizes
    planned = layout.plan(wanted, size_of=size_of)
    assert planned.metrics.widths == tuple(width for width, _ in sizes)
    assert planned.metrics.scale == 1
    assert (p.width, p.extra_generation_params, p.hr_upscale_to_x) == (512, {}, 0)


def test_without_hires_fix_cells_are_as_large_as_asked_for() -> None:
    assert hires.size_of(driver.request(hr_scale=2)) is None


WANTED = {"steps": 3, "sampler": "Euler a", "cfg": 9, "clip_skip": 2, "words": "bad"}


def made(folder: Folder) -> tuple[Gallery, finish.Finished]:
    """Every cell of it, and what is drawn of them."""
    gallery = Gallery(folder)
    list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
    return gallery, finish.finish(folder, layout.plan(folder.sheet), gallery=gallery)


def request(is_api: bool = False, **fields: Any) -> Any:
    """A run of the tab, or of the API, as the script gets it."""
    p = driver.request(width=512, height=768, batch_size=4, sampler_name="DPM++ 2M", subseed=1, **fields)
    p.is_api = is_api
    return p


def answered(p: Any, gallery: Gallery, done: finish.Finished) -> Any:
    return results.processed(p, gallery, (*done.pictures, *done.maps))


@pytest.fixture
def wanted() -> Sheet:
    return making.sheet("W: 0.5, 0.8", "seed: 7, 8", **WANTED)


@pytest.fixture
def lasting(wanted: Sheet, tmp_path: Path) -> Folder:
    return making.begin(tmp_path, wanted)


def test_the_answer_tells_of_the_cells_not_of_the_tab(lasting: Folder) -> None:
    told = json.loads(answered(request(), *made(lasting)).js())
    assert [told[key] for key in ("width", "height", "steps", "cfg_scale", "batch_size")] == [64, 64, 3, 9, 1]
    assert (told["sampler_name"], told["clip_skip"]) == ("Euler a", 2)
    assert (told["sd_model_name"], told["sd_model_hash"]) == (lasting.model.name, lasting.model.hash)


def test_what_cells_do_not_share_is_said_of_none_and_the_vae_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vae = tmp_path / "one.vae.pt"
    vae.write_bytes(b"weights")
    monkeypatch.setattr(sd_vae, "loaded_vae_file", str(vae))
    monkeypatch.setattr(renderers, "_processed", processing.process_images)  # there is no denoising to tell scales to
    monkeypatch.setattr(renderers, "_check", lambda own, done: None)
    folder = making.begin(tmp_path, making.sheet("CFG: 8, 12", "steps: 2, 3", words="bad"))
    p = request()
    renderer = renderers.WebuiRenderer(p, folder.sheet.cells)
    gallery = Gallery(folder)
    list(run.run(folder, renderer, key=renderer.key, kept=gallery.take))
    done = finish.finish(folder, layout.plan(folder.sheet), gallery=gallery)
    told = json.loads(answered(p, gallery, done).js())
    assert (told["cfg_scale"], told["steps"], told["sampler_name"]) == (None, None, folder.sheet.base.sampler)
    assert (told["sd_vae_name"], told["sd_vae_hash"]) == ("one.vae.pt", hashlib.sha256(b"weights").hexdigest()[:10])


@pytest.fixture
def untold() -> Iterator[None]:
    """The setting "Write infotext to metadata of the generated image" off."""
    shared.opts.data["enable_pnginfo"] = False
    yield
    del shared.opts.data["enable_pnginfo"]


def test_with_texts_in_pictures_off_the_answer_has_them_apart_alone(
    wanted: Sheet, lasting: Folder, tmp_path: Path, untold: None
) -> None:
    (tmp_path / "passing").mkdir()
    passing_sheet = temporary.begin(tmp_path / "passing", wanted, making.SheetRenderer.model)
    for folder in (lasting, passing_sheet):
        gallery = Gallery(folder, texts=results.keeps_texts())
        list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
        done = finish.finish(folder, layout.plan(folder.sheet), gallery=gallery)
        for is_api in (False, True):
            result = answered(request(is_api), gallery, done)
            assert [each.info.get("parameters") for each in result.images] == [None] * (2 + 4)
            assert len(result.infotexts) == 2 + 4
            assert all("Steps: 3" in text for text in result.infotexts[2:])
            results.save(request(outpath_grids=str(tmp_path / "grids")), gallery, done.pictures, result.images[:1])
    for path in (*lasting.path.glob("*.png"), *(tmp_path / "grids").rglob("*.png")):
        with Image.open(path) as image:
            assert "parameters" not in image.info
    assert lasting.missing() == []  # cells hold theirs, by which a sheet is gone on with and judged


def test_the_drawn_sheets_name_in_the_grids_folder_is_of_the_cells_and_the_checkpoint(
    lasting: Folder, tmp_path: Path
) -> None:
    pattern = "[model_hash]-[steps]-[cfg]-[sampler]-[batch_size]"
    shared.opts.data |= {
        "grid_extended_filename": True,
        "samples_filename_pattern": pattern,
        "grid_save_to_dirs": False,
    }
    gallery, done = made(lasting)
    for is_api in (False, True):
        grids = tmp_path / f"grids-{is_api}"
        p = request(is_api, outpath_grids=str(grids))
        result = answered(p, gallery, done)
        results.save(p, gallery, done.pictures, result.images[:1])
        (saved,) = grids.iterdir()
        assert saved.stem == f"sheet-0000-{lasting.model.hash}-3-9-Euler a-1"
        assert result.images[0].already_saved_as == str(saved)
        assert (p.width, p.sd_model_hash) == (512, None)


@pytest.fixture
def away(lasting: Folder, tmp_path: Path) -> Iterator[tuple[Gallery, Any]]:
    """The page's answer, and its sheet's folder moved away and back again."""
    gallery, done = made(lasting)
    result = answered(request(), gallery, done)
    lasting.path.rename(tmp_path / "away")
    shown = [(picture.size, picture.mode, picture.info["parameters"]) for picture in result.images]
    with pytest.raises(FileNotFoundError):
        result.images[-1].copy()
    (tmp_path / "away").rename(lasting.path)
    assert [text for _, _, text in shown] == result.infotexts
    assert {mode for _, mode, _ in shown} == {"RGB"}
    assert [size for size, _, _ in shown] == [picture.copy().size for picture in result.images]
    yield gallery, result


def test_the_page_gets_files_and_no_pixels_until_somebody_asks(away: tuple[Gallery, Any], wanted: Sheet) -> None:
    gallery, result = away
    first, cells = result.index_of_first_image, result.images[result.index_of_first_image :]
    assert [Path(picture.already_saved_as) for picture in cells] == [
        gallery.folder.cell_path(cell) for cell in wanted.cells
    ]
    assert [Path(picture.already_saved_as).name for picture in result.images[:first]] == ["sheet.png", "maps.png"]
    for picture, cell in zip(cells, wanted.cells, strict=True):
        assert picture.tobytes() == gallery.picture(cell).tobytes()


def test_the_apis_answer_is_the_same_pictures(lasting: Folder) -> None:
    gallery, done = made(lasting)
    page, api = (answered(request(is_api), gallery, done) for is_api in (False, True))
    assert [each.tobytes() for each in page.images] == [each.tobytes() for each in api.images]
    assert (page.infotexts, page.all_seeds, results.left_out(page)) == (api.infotexts, api.all_seeds, "")


def test_a_passing_sheet_shows_as_many_cells_as_there_is_room_for(
    wanted: Sheet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery, done = made(temporary.begin(tmp_path, wanted, making.SheetRenderer.model))
    assert len(answered(request(), gallery, done).images) == 2 + 4
    monkeypatch.setattr(results, "MOST_BYTES", 3 * 4 * 64 * 64)
    page, api = (answered(request(is_api), gallery, done) for is_api in (False, True))
    assert len(page.images) == len(page.infotexts) == len(page.all_seeds) == 2 + 3
    assert results.left_out(page) == "the gallery shows only the first 3 of 4 pictures."
    assert (len(api.images), results.left_out(api)) == (2 + 4, "")
