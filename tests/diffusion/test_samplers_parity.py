"""Every sampler and schedule type against WebUI v1.10.1 (tests/reference/README.md: how it was made)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pure_negative.diffusion.engine import Engine
from pure_negative.planning import infotext
from pure_negative.planning.request import Request
from pure_negative.rules import schedule_type
from tests.diffusion import parts
from tests.diffusion.conftest import pixels

REFERENCE = Path(__file__).parent.parent / "reference" / "samplers"
CASES = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))
REQUESTS = {name: Request(**case["request"]) for name, case in CASES.items()}


@pytest.fixture(scope="module")
def velocity(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The checkpoint whose `.yaml` says that it predicts the velocity."""
    path = parts.put_checkpoint(tmp_path_factory.mktemp("velocity"), "velocity")
    parts.put_parameterization(path)
    return Engine.load(path)


def reference(name: str) -> np.ndarray:
    return pixels(Image.open(REFERENCE / f"{name}.png").convert("RGB"))


def test_every_sampler_and_schedule_type_has_its_references():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(CASES)
    for sampler in schedule_type.SAMPLERS:
        assert len({each.seed for each in REQUESTS.values() if each.sampler == sampler}) >= 2
    assert {each.scheduler for each in REQUESTS.values()} == {"Automatic", *schedule_type.SCHEDULES}


@pytest.mark.parametrize("name", CASES)
def test_each_picture_is_the_webui_s(engine: Engine, velocity: Engine, name: str):
    """Alone, and by its infotext made with the same settings."""
    drawing = (velocity if CASES[name]["checkpoint"] == "velocity" else engine).with_noise(CASES[name]["rng"])
    request = REQUESTS[name]
    assert np.abs(pixels(drawing.render([request])[0]) - reference(name)).max() <= 1
    with Image.open(REFERENCE / f"{name}.png") as image:
        theirs = infotext.read(image.text["parameters"]).pairs
    ours = infotext.read(infotext.write(request, drawing.model, "", drawing.described(request))).pairs
    assert {key: ours.get(key) for key in theirs if key != "Version"} == {
        key: value for key, value in theirs.items() if key != "Version"
    }


@pytest.mark.parametrize("sampler", schedule_type.SAMPLERS)
def test_a_batch_of_two_seeds_gives_the_webui_s_single_pictures(engine: Engine, sampler: str):
    """Other prompts, negative prompts and CFG scales too."""
    first = next(name for name, each in REQUESTS.items() if each.sampler == sampler and name.endswith("-1"))
    names = [first, f"{first[:-1]}2"]
    for name, image in zip(names, engine.render([REQUESTS[name] for name in names]), strict=True):
        assert np.abs(pixels(image) - reference(name)).max() <= 1, name
