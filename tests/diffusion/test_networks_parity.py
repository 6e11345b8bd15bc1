"""LoRAs, and the AID preset with all that it names, against WebUI v1.10.1 (tests/reference/README.md)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pure_negative.diffusion import loading
from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Request
from tests.diffusion import parts
from tests.diffusion.conftest import pixels

REFERENCE = Path(__file__).parent.parent / "reference" / "networks"
CASES = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))
PRESETS = [name for name in CASES if "choices" in CASES[name]]


@pytest.fixture(scope="module")
def webui_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, where the WebUI has them."""
    folder = tmp_path_factory.mktemp("webui")
    parts.put_all(folder)
    parts.put_checkpoint(folder / "models" / "Stable-diffusion", "aidv2.10")
    return folder


@pytest.fixture(scope="module")
def engine(embedded_path: Path, webui_folder: Path) -> Engine:
    """One of its own, since its weights change."""
    return Engine.load(embedded_path, loras=webui_folder / "models" / "Lora")


def reference(name: str) -> tuple[np.ndarray, infotext.Infotext]:
    with Image.open(REFERENCE / f"{name}.png") as image:
        return pixels(image.convert("RGB")), infotext.read(image.text["parameters"])


def test_the_references_are_all_there():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(CASES)


@pytest.mark.parametrize("name", [name for name in CASES if name not in PRESETS])
def test_a_lora_gives_the_webui_s_picture_and_infotext(engine: Engine, name: str):
    theirs, said = reference(name)
    request = Request(**CASES[name]["request"])
    assert np.abs(pixels(engine.render([request])[0]) - theirs).max() <= 1
    assert engine.described(request)["Lora hashes"] == said.pairs["Lora hashes"]


def test_pictures_of_other_loras_in_one_batch_are_the_webui_s(engine: Engine):
    names = [
        name for name in CASES
        if name not in PRESETS and CASES[name]["request"]["sampler"] == "Euler"
        and CASES[name]["request"]["clip_skip"] == 2
    ]  # fmt: skip
    assert len(names) >= 4
    images = engine.render([Request(**CASES[name]["request"]) for name in names])
    for name, image in zip(names, images, strict=True):
        assert np.abs(pixels(image) - reference(name)[0]).max() <= 1, name


@pytest.mark.parametrize("name", PRESETS)
def test_the_aid_preset_is_drawn_with_all_that_it_names(webui_folder: Path, capsys, name: str):
    """From the choices of a user to the picture: the embedding, weights beside it and the VAE, nothing missing."""
    made = plan.make(choices.read(CASES[name]["choices"]))
    options = EngineOptions("aidv2.10", models=str(webui_folder), plan=made, noise="NV")
    drawing = loading.engine(options)
    assert "warning" not in capsys.readouterr().err
    request = made.request(made.seed)
    theirs, said = reference(name)
    assert np.abs(pixels(drawing.render([request])[0]) - theirs).max() <= 1
    assert (drawing.model.vae, drawing.model.vae_hash) == (said.pairs["VAE"], said.pairs["VAE hash"])
    names = [each.partition(":")[0] for each in drawing.described(request)["TI hashes"].split(", ")]
    assert names == [each.partition(":")[0] for each in said.pairs["TI hashes"].split(", ")]
