"""The engine with files as users have them, against WebUI v1.10.1 (tests/reference/README.md: how it was made)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.planning import infotext
from pure_negative.planning.request import Request
from tests.diffusion import parts
from tests.diffusion.conftest import pixels

REFERENCE = Path(__file__).parent.parent / "reference" / "files"
CASES = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def webui_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, where the WebUI has them."""
    folder = tmp_path_factory.mktemp("webui")
    parts.put_all(folder)
    return folder


def named(start: str) -> list[str]:
    return [name for name in CASES if name.startswith(start)]


def closest(engine: Engine, name: str) -> int:
    """The largest difference of a channel from the WebUI's picture."""
    picture = pixels(engine.render([Request(**CASES[name]["request"])])[0])
    reference = pixels(Image.open(REFERENCE / f"{name}.png").convert("RGB"))
    assert picture.shape == reference.shape
    return int(np.abs(picture - reference).max())


def at(folder: Path, name: str) -> Path:
    """The file of the checkpoint that the picture is of."""
    return folder / "models" / "Stable-diffusion" / f"{CASES[name]['checkpoint']}.safetensors"


def said(name: str) -> infotext.Infotext:
    """What the WebUI wrote into its picture."""
    with Image.open(REFERENCE / f"{name}.png") as image:
        return infotext.read(image.text["parameters"])


def test_the_references_are_all_there():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(CASES)


@pytest.mark.parametrize("name", named("nv-"))
def test_a_gpu_s_noise_gives_the_webui_s_picture(engine: Engine, name: str):
    nvidia = engine.with_noise("NV")
    assert closest(nvidia, name) <= 1
    assert nvidia.model.noise == said(name).pairs["RNG"]


@pytest.mark.parametrize("name", named("positions"))
def test_position_ids_of_the_file_give_the_webui_s_picture(webui_folder: Path, name: str):
    engine = Engine.load(at(webui_folder, name))
    assert closest(engine, name) <= 1
    assert "41 position ids in the file are wrong" in engine.notes[0]


@pytest.mark.parametrize("name", named("vae-"))
def test_the_vae_that_the_webui_loads_is_loaded(webui_folder: Path, name: str):
    """Its setting is a name in `models/VAE`, `None` for the checkpoint's own, or `Automatic`."""
    setting = {"Automatic": None}.get(CASES[name]["vae"], CASES[name]["vae"])
    options = EngineOptions(CASES[name]["checkpoint"], "CPU", setting, str(webui_folder))
    engine = Engine.load(options.path(), options.noise, options.vae_path())
    assert closest(engine, name) <= 1
    told = said(name).pairs
    assert engine.model.vae == told.get("VAE", "")
    if not engine.model.vae.endswith(".pt"):  # whose bytes are others each time it is written
        assert engine.model.vae_hash == told.get("VAE hash", "")


@pytest.mark.parametrize("name", [*named("embedding-"), *named("aid-")])
def test_embeddings_give_the_webui_s_picture(webui_folder: Path, name: str):
    """As vectors, with weights on them, in the chunks where the WebUI puts them, and named in the infotext."""
    options = EngineOptions(CASES[name]["checkpoint"], CASES[name]["rng"], models=str(webui_folder))
    engine = Engine.load(options.path(), options.noise, options.vae_path(), options.embeddings_path())
    assert closest(engine, name) <= 1
    ours = engine.described(Request(**CASES[name]["request"]))["TI hashes"].split(", ")
    theirs = said(name).pairs["TI hashes"].split(", ")
    assert [each.split(":")[0] for each in ours] == [each.split(":")[0] for each in theirs]
    assert {each for each in ours if "badv3" in each} == {each for each in theirs if "badv3" in each}


@pytest.mark.parametrize("name", named("velocity"))
def test_a_model_of_the_velocity_gives_the_webui_s_picture(webui_folder: Path, name: str):
    assert closest(Engine.load(at(webui_folder, name)), name) <= 1
