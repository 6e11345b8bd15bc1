"""The engine against WebUI v1.10.1 on the embedded checkpoint (tests/reference/README.md: how it was made)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pure_negative.diffusion.checkpoint import Checkpoint
from pure_negative.diffusion.engine import Engine
from pure_negative.planning.request import Request
from tests.diffusion.conftest import pixels

REFERENCE = Path(__file__).parent.parent / "reference"
PICTURES = {
    name: Request(**fields)
    for name, fields in json.loads((REFERENCE / "pictures.json").read_text(encoding="utf-8")).items()
}
CONDITIONINGS = json.loads((REFERENCE / "conditionings.json").read_text(encoding="utf-8"))


def test_the_references_are_all_there():
    assert {path.stem for path in (REFERENCE / "pictures").glob("*.png")} == set(PICTURES)
    assert {request.sampler for request in PICTURES.values()} == {"Euler", "Euler a", "DPM++ 2M"}


@pytest.mark.parametrize("name", CONDITIONINGS)
def test_conditionings_are_the_webuis(loaded: Checkpoint, name: str):
    case = CONDITIONINGS[name]
    with np.load(REFERENCE / "conditionings.npz") as references, torch.inference_mode():
        encoded = loaded.text.encode([case["text"]], case["clip_skip"], case["emphasis"])[case["text"]].tokens
        assert encoded.shape == references[name].shape
        assert np.abs(encoded.numpy() - references[name]).max() < 1e-4


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_the_webuis(engine: Engine, name: str):
    picture = pixels(engine.render([PICTURES[name]])[0])
    reference = pixels(Image.open(REFERENCE / "pictures" / f"{name}.png").convert("RGB"))
    assert picture.shape == reference.shape
    assert np.abs(picture - reference).max() <= 1


def test_a_batch_gives_the_webuis_single_pictures(engine: Engine):
    """Different prompts, negative prompts, chunks, CFG scales and seeds in one batch."""
    names = [name for name, each in PICTURES.items() if _shared(each) == _shared(PICTURES["break"])]
    assert len(names) >= 10
    for name, image in zip(names, engine.render([PICTURES[name] for name in names]), strict=True):
        reference = pixels(Image.open(REFERENCE / "pictures" / f"{name}.png").convert("RGB"))
        assert np.abs(pixels(image) - reference).max() <= 1, name


def _shared(request: Request) -> tuple[object, ...]:
    return (
        request.width, request.height, request.steps, request.sampler, request.scheduler, request.clip_skip,
        request.emphasis,
    )  # fmt: skip
