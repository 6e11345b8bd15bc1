"""Grids and other files that only carry a picture's parameters are passed over, in words; the picture is judged."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from pure_negative.cli import main
from pure_negative.errors import PureNegativeError
from pure_negative.sheet import record
from pure_negative.yields import runs
from pure_negative.yields.db import picture
from tests.yields.making import told

HIRES = "Denoising strength: 0.5, Hires upscale: 2, Hires upscaler: Latent"


def put(path: Path, seed: int = 1, size: tuple[int, int] = (512, 512), more: str = "", extras: str = "") -> Path:
    """A picture's file with the parameters of a 512x512 picture and these pixels."""
    text = told(seed).replace(", Pure negative:", f", {more}, Pure negative:" if more else ", Pure negative:")
    image = Image.new("RGB", size)
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", text)
        if extras:
            info.add_text("postprocessing", extras)
        image.save(path, pnginfo=info)
    else:
        known = Image.Exif()
        known.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
        image.save(path, exif=known.tobytes())
    return path


PASSED = {
    "a batch's grid": (
        "grid-0000.png",
        (1024, 512),
        "",
        "",
        "it has 1024x512 pixels, but its parameters say 512x512",
    ),
    "a JPEG grid": ("grid-0000.jpg", (1024, 1024), "", "", "this is a grid, or changed afterwards"),
    "a plot's grid": (
        "xyz_grid-0000.png",
        (512, 512),
        "Script: X/Y/Z plot, X Type: Seed",
        "",
        "a grid made by X/Y/Z plot",
    ),
    "a drawn sheet": ("sheet.png", (512, 512), f"Script: {record.SCRIPT}", "", "a grid made by Pure negative sheet"),
    "before the hires pass, by its name": ("1-before-highres-fix.png", (512, 512), HIRES, "", "before the hires pass"),
    "before the hires pass": ("00001.png", (512, 512), HIRES, "", "this is the picture before the hires pass"),
    "before its colours": ("1-before-color-correction.png", (512, 512), "", "", "before colours were corrected"),
    "a mask": ("1-mask.png", (512, 512), "Denoising strength: 0.5", "", "saved along with a picture"),
    "a grid that Extras made larger": ("g.png", (2048, 1024), "", "Postprocess upscale by: 2", "512x512"),
    "a hires grid": ("g.png", (2048, 1024), HIRES, "", "1024x1024"),
}


@pytest.mark.parametrize(("name", "size", "more", "extras", "said"), PASSED.values(), ids=PASSED)
def test_what_is_not_the_picture_of_its_text_is_passed_over(tmp_path, name, size, more, extras, said):
    with pytest.raises(PureNegativeError, match=said):
        picture.of_file(put(tmp_path / name, 1, size, more, extras))


JUDGED = {
    "as it was made": ("1.png", (512, 512), "", ""),
    "with a face-mask in its name": ("1-face-mask.png", (512, 512), "", ""),
    "hires by a factor": ("1.png", (1024, 1024), HIRES, ""),
    "hires by an odd factor": ("1.png", (760, 760), HIRES.replace("2,", "1.49,"), ""),
    "hires to a size": ("1.png", (768, 1024), "Hires resize: 768x1024, Hires upscaler: Latent", ""),
    "hires to a width": ("1.png", (768, 768), "Hires resize: 768x0, Hires upscaler: Latent", ""),
    "made larger by Extras": ("1.png", (2048, 2048), "", "Postprocess upscale by: 4, Postprocess upscaler: Lanczos"),
    "made larger by Extras to a size": ("1.png", (1000, 1000), "", "Postprocess upscale to: 1000x900"),
    "cropped by Extras": ("1.png", (1000, 900), "", "Postprocess upscale to: 1000x900, Postprocess crop to: 1000x900"),
    "by an older Extras": ("1.png", (1024, 1024), "", "Upscale: 2, visibility: 1.0, model:Lanczos"),
    "a JPEG": ("1.jpg", (512, 512), "", ""),
    "a WebP": ("1.webp", (512, 512), "", ""),
}


@pytest.mark.parametrize(("name", "size", "more", "extras"), JUDGED.values(), ids=JUDGED)
def test_the_picture_of_a_text_is_judged_however_large_it_was_made(tmp_path, name, size, more, extras):
    assert picture.of_file(put(tmp_path / name, 1, size, more, extras)).seed == 1


def test_a_size_off_the_grid_is_rounded_as_the_webui_does(tmp_path):
    path = put(tmp_path / "a.png")
    text = told(1).replace("512x512", "519x515")
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    Image.new("RGB", (512, 512)).save(path, pnginfo=info)
    assert picture.of_file(path).setting.width == 519


def test_a_folder_shows_each_picture_by_its_own_file(judgements, tmp_path, capsys):
    for seed in (1, 2):
        put(tmp_path / f"0000{seed}.png", seed)
    put(tmp_path / "00001-upscaled.png", 1, (1024, 1024), "", "Postprocess upscale by: 2")
    put(tmp_path / "00003.jpg", 3)
    put(tmp_path / "grid-0000.png", 1, (1024, 512))
    put(tmp_path / "xyz_grid-0000.png", 2, (600, 700), "Script: X/Y/Z plot, X Type: Seed")
    opened = runs.open_run(judgements, tmp_path)
    files = [judgements.file(entry.key).name for entry in judgements.entries(opened.run.id)]
    assert (files, opened.passed) == (["00001.png", "00002.png", "00003.jpg"], 2)
    assert opened.reason.startswith("grid-0000.png: it has 1024x512 pixels")
    shown = runs.content(judgements, judgements.entries(opened.run.id)[2].key)
    assert Image.open(io.BytesIO(shown)).format == "JPEG"
    assert main.main(["yield", "mark", str(tmp_path), "2"]) == 0
    assert "hint: 2 files were skipped: grid-0000.png" in capsys.readouterr().err
