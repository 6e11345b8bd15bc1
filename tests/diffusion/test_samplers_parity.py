"""Every sampler and schedule type against WebUI v1.10.1 (tests/reference/README.md: how it was made)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.noise import SeedNoise
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


def bound(request: Request) -> int:
    """How far a channel may be off: DPM adaptive's steps follow from rounding errors."""
    return 16 if request.sampler == "DPM adaptive" else 1


def test_every_sampler_and_schedule_type_has_its_references():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(CASES)
    for sampler in schedule_type.SAMPLERS:
        assert len({each.seed for each in REQUESTS.values() if each.sampler == sampler}) >= 2
    assert len(PAIRS) == len(schedule_type.SAMPLERS)
    assert {each.scheduler for each in REQUESTS.values()} == {"Automatic", *schedule_type.SCHEDULES}


@pytest.mark.parametrize("name", CASES)
def test_each_picture_is_the_webui_s(engine: Engine, velocity: Engine, name: str):
    """Alone, and by its infotext made with the same settings."""
    drawing = (velocity if CASES[name]["checkpoint"] == "velocity" else engine).with_noise(CASES[name]["rng"])
    request = REQUESTS[name]
    assert np.abs(pixels(drawing.render([request])[0]) - reference(name)).max() <= bound(request)
    with Image.open(REFERENCE / f"{name}.png") as image:
        theirs = infotext.read(image.text["parameters"]).pairs
    ours = infotext.read(infotext.write(request, drawing.model, "", drawing.described(request))).pairs
    said = {key: text.removesuffix(".0") for key, text in theirs.items() if key != "Version"}
    assert {key: ours.get(key) for key in said} == said


PAIRS = [name for name in CASES if name.endswith("-1") and f"{name[:-1]}2" in CASES]


@pytest.mark.parametrize("first", PAIRS)
def test_a_batch_of_two_seeds_gives_the_webui_s_single_pictures(engine: Engine, first: str):
    """Other prompts, negative prompts and CFG scales too."""
    names = [first, f"{first[:-1]}2"]
    for name, image in zip(names, engine.render([REQUESTS[name] for name in names]), strict=True):
        assert np.abs(pixels(image) - reference(name)).max() <= bound(REQUESTS[name]), name


@pytest.mark.parametrize("name", ["dpm-adaptive-1", "dpm-adaptive-2"])
def test_dpm_adaptive_turns_the_last_digit_of_its_noise_into_another_picture(engine: Engine, monkeypatch, name: str):
    """Which is why its bound is another; on a smooth model it is k-diffusion's (test_samplers.py)."""
    draw = SeedNoise.draw
    monkeypatch.setattr(SeedNoise, "draw", lambda self: draw(self) * (1 + 1e-6))
    assert np.abs(pixels(engine.render([REQUESTS[name]])[0]) - reference(name)).max() > 1
