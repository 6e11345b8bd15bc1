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
from tests.diffusion.conftest import pixels, request
from tests.real import sgm_reference

REFERENCE = Path(__file__).parent.parent / "reference" / "models"
CASES = json.loads((REFERENCE / "cases.json").read_text(encoding="utf-8"))
PICTURES, CONDITIONINGS = CASES["pictures"], CASES["conditionings"]
Opened = Callable[[str], Engine]


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The engine on a small checkpoint; `sdxl-v-zero-snr` has the key that tells it."""
    folder = tmp_path_factory.mktemp("small")
    small.put_embedding(folder / "embeddings")
    small.put_loras(folder / "Lora")

    @cache
    def load(name: str) -> Engine:
        if not name.endswith("-zero-snr"):
            return Engine.load(small.write(folder, name), embeddings=folder / "embeddings", loras=folder / "Lora")
        key = {"ztsnr": weights.draw("ztsnr", (1,))}
        return Engine.load(small.write(folder / "told", name.removesuffix("-zero-snr"), changed=key))

    return load


def test_the_references_are_all_there():
    assert {path.stem for path in REFERENCE.glob("*.png")} == set(PICTURES)
    drawn = [each["request"] for each in PICTURES.values() if each["checkpoint"] == "sd1-v"]
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
    engine = opened(f"{case['checkpoint']}{'-zero-snr' if 'settings' in case else ''}")
    picture = pixels(engine.render([Request(**case["request"])])[0])
    reference = pixels(Image.open(REFERENCE / f"{name}.png").convert("RGB"))
    assert picture.shape == reference.shape
    assert np.abs(picture - reference).max() <= 1


def test_layers_of_a_lora_that_the_webui_passes_over_are_told(opened: Opened):
    opened("sdxl").open_loras("<lora:xl:1>")
    told = (
        "1 of the 14 layers of the LoRA xl change an attention of OpenCLIP in part; as in the WebUI, they are not used."
    )
    assert told in opened("sdxl").notes


@pytest.mark.parametrize("model", small.CHECKPOINTS)
def test_a_mixed_batch_gives_the_pictures_of_each_alone(opened: Opened, model: str):
    """Unequal chunks, an empty negative prompt, other CFG scales."""
    texts = [PICTURES["sd1-v-chunks"]["request"]["negative_prompt"], "", "bad"]
    batch = [
        request(negative_prompt=text, cfg_scale=scale, seed=scale, sampler="Euler a")
        for text, scale in zip(texts, (1, 4, 9), strict=True)
    ]
    engine = opened(model)
    for together, each in zip(engine.render(batch), batch, strict=True):
        assert np.abs(pixels(together) - pixels(engine.render([each])[0])).max() <= 1


def test_sdxl_s_parts_are_stability_s(opened: Opened):
    """What they make of the same text, sizes and latents (tests/real/sgm_reference.py)."""
    loaded, text = opened("sdxl")._loaded, sgm_reference.TEXT
    latents = torch.randn(1, 4, 16, 24, generator=torch.Generator().manual_seed(3))
    with np.load(REFERENCE / "sdxl.npz") as wanted, torch.inference_mode():
        made = loaded.text.encode([text], 2, "No norm")[text]
        assert np.abs(made.tokens.numpy() - wanted["tokens"]).max() < 1e-4
        assert np.abs(made.pooled.numpy() - wanted["pooled"]).max() < 1e-4
        sizes = torch.tensor([[side for size in sgm_reference.SIZES for side in size]])
        added = {"text_embeds": made.pooled[None], "time_ids": sizes}
        for place, timestep in enumerate(sgm_reference.TIMESTEPS):
            noise = loaded.unet(
                latents, torch.tensor(timestep), encoder_hidden_states=made.tokens[None], added_cond_kwargs=added
            ).sample
            assert np.abs(noise[0].numpy() - wanted["noise"][place]).max() < 1e-4
        decoded = loaded.vae.decode(latents[..., :8, :8] / loaded.scale_factor).sample
        assert np.abs(decoded[0].numpy() - wanted["decoded"]).max() < 1e-4
