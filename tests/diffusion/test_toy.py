"""The toy model: whole wherever it is put, small, and a pure negative prompt does to its pictures what it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pure_negative.diffusion import digest, toy
from pure_negative.diffusion.engine import Engine
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Request
from pure_negative.preset import library
from tests.diffusion.conftest import pixels
from tests.real import references_toy
from training import evaluate

SEEDS = range(1000, 1024)
"""None of those that `python -m training.evaluate` counts."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.ensure(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def engine(path: Path) -> Engine:
    return Engine.load(path)


def test_it_is_small_and_its_weights_are_the_known_bytes(path: Path):
    assert digest.sha256(path) == toy.SHA256
    assert path.stat().st_size <= 12_000_000


def test_it_is_mended_where_it_is_damaged(tmp_path: Path):
    path = toy.ensure(tmp_path)
    files = [path, path.with_suffix(".yaml"), path.with_suffix("") / "config.json"]
    before = [each.read_bytes() for each in files]
    for each in files:
        each.write_bytes(each.read_bytes()[:-1])
    toy.ensure(tmp_path)
    assert [each.read_bytes() for each in files] == before


def test_putting_it_somewhere_needs_no_torch(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from pure_negative.diffusion import toy;"
        "toy.ensure(Path(sys.argv[1])); print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_its_preset_is_the_one_that_fits_it():
    assert [preset.id for preset in library.match(toy.NAME)] == [library.FOR_TOY]


def spoiled(engine: Engine, made: Plan) -> float:
    return evaluate.strict_share(evaluate.measure(engine, made, SEEDS)[0])


def test_a_pure_negative_prompt_keeps_its_pictures_from_being_spoiled(engine: Engine):
    """About half without any prompt, as of the drawings it was trained on; hardly any with the preset."""
    assert spoiled(engine, evaluate.without_prompt()) >= 0.35
    assert spoiled(engine, evaluate.planned()) <= 0.15


@pytest.mark.parametrize("name", references_toy.cases())
def test_its_pictures_are_the_webui_s(engine: Engine, name: str):
    """Made by `python -m tests.real.references_toy`."""
    picture = pixels(engine.with_noise("NV").render([Request(**references_toy.cases()[name]["request"])])[0])
    with Image.open(references_toy.FOLDER / f"{name}.png") as image:
        assert toy.SHA256[:10] in image.info["parameters"]
        assert np.abs(picture - pixels(image.convert("RGB"))).max() <= 1


def test_every_reference_of_it_is_made():
    assert {path.stem for path in references_toy.FOLDER.glob("*.png")} == set(references_toy.cases())
