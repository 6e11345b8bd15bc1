"""SD 2, SDXL and v-prediction against WebUI v1.10.1 on small checkpoints (tests/reference/README.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pure_negative.diffusion import weights
from pure_negative.diffusion.engine import Engine
from pure_negative.planning.request import Request
from tests.diffusion import small
from tests.diffusion.conftest import pixels

REFERENCE = Path(__file__).parent.parent / "reference" / "models"
CASES = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))
PICTURES, CONDITIONINGS = CASES["pictures"], CASES["conditionings"]
Opened = Callable[[str], Engine]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The engine on a small checkpoint; `sdxl-v-zero-snr` has the key that tells it."""
    folder = tmp_path_factory.mktemp("small")

    @cache
    def load(name: str) -> Engine:
        if not name.endswith("-zero-snr"):
            return Engine.load(small.write(folder, name))
        key = {"ztsnr": weights.draw("ztsnr", (1,))}
        return Engine.load(small.write(folder / "told", name.removesuffix("-zero-snr"), changed=key))

    return load


def test_the_references_are_all_there():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(PICTURES)
    for model in small.CHECKPOINTS:
        drawn = [each["request"] for each in PICTURES.values() if each["checkpoint"] == model]
        assert {each["sampler"] for each in drawn} == {"Euler", "Euler a", "DPM++ 2M"}
        assert {each["cfg_scale"] for each in drawn} >= {1, 20}
        assert {each["clip_skip"] for each in drawn} == {1, 2}


@pytest.mark.parametrize("name", CONDITIONINGS)
def test_conditionings_are_the_webuis(opened: Opened, name: str):
    case = CONDITIONINGS[name]
    text = opened(case["checkpoint"])._loaded.text
    with np.load(REFERENCE / "conditionings.npz") as references, torch.inference_mode():
        made = text.encode([case["text"]], case["clip_skip"], case["emphasis"])[case["text"]]
        if case["negative"] and case["checkpoint"] == "sdxl":
            made = made.zeros()
        assert np.abs(made.tokens.numpy() - references[f"{name}/tokens"]).max() < 1e-4
        if made.pooled is not None:
            assert np.abs(made.pooled.numpy() - references[f"{name}/vector"][: len(made.pooled)]).max() < 1e-4


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_the_webuis(opened: Opened, name: str):
    case = PICTURES[name]
    engine = opened(f"{case['checkpoint']}{'-zero-snr' * ('settings' in case)}")
    picture = pixels(engine.render([Request(**case["request"])])[0])
    reference = pixels(Image.open(REFERENCE / f"{name}.png").convert("RGB"))
    assert picture.shape == reference.shape
    assert np.abs(picture - reference).max() <= 1


@pytest.mark.parametrize("model", small.CHECKPOINTS)
def test_a_mixed_batch_gives_the_pictures_of_each_alone(opened: Opened, model: str):
    """Unequal chunks, an empty negative prompt, other CFG scales."""
    names = [name for name, case in PICTURES.items() if case["checkpoint"] == model and name.endswith("-w2")]
    texts = [PICTURES[f"{model}-chunks"]["request"]["negative_prompt"], "", "bad"]
    base = PICTURES[names[0]]["request"]
    batch = [
        Request(**(base | {"negative_prompt": text, "cfg_scale": scale}))
        for text, scale in zip(texts, (1, 4, 9), strict=True)
    ]
    engine = opened(model)
    for together, request in zip(engine.render(batch), batch, strict=True):
        assert np.abs(pixels(together) - pixels(engine.render([request])[0])).max() <= 1
