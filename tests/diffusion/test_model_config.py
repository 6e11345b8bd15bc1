"""What kind of model a file is: by its `.yaml`, its keys, its metadata, its tensors."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from safetensors.torch import load_file, save_file

from pure_negative.diffusion import checkpoint, clip, embedded, ldm_config, model_config, weights
from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.ldm_config import SD1, SD2, SDXL, LdmConfig
from pure_negative.errors import PureNegativeError
from tests.diffusion import small
from tests.diffusion.conftest import pixels, request
from tests.diffusion.test_checkpoint import values

OUT = "model.diffusion_model.out.2.bias"


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The small tokenizer in the place of the stock one, which a model without a `.yaml` has."""
    folder = tmp_path / "stock"
    folder.mkdir()
    for name, content in embedded.text_files(embedded.TEXT).items():
        (folder / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(clip, "stock_tokenizer", lambda: clip.CLIPTokenizer.from_pretrained(folder))


def shapes(family: str) -> dict[str, Any]:
    return {name: torch.empty(each.shape, device="meta") for name, each in small.arrays(family).items()}


@pytest.mark.parametrize("family", small.CONFIGS)
def test_the_dimensions_are_worked_out_from_the_tensors(family: str):
    """All but the heads, which show in none."""
    made, found = small.CONFIGS[family], model_config.of_tensors(shapes(family))
    heads = {"heads": 8, "head_channels": min(64 if family != SD1 else 0, made.unet_channels)}
    assert found == dataclasses.replace(
        made, depths=made.all_depths, attention_at=tuple(sorted(made.attention_at)), **heads
    )


def test_the_families_stock_dimensions_are_worked_out_from_their_tensors():
    from pure_negative.diffusion import tensors
    from pure_negative.diffusion.tensors import TextSize

    big = TextSize(1280, 32, 20, 5120, 49408)
    sizes = {
        SD1: (ldm_config.STOCK_TEXT,),
        SD2: (TextSize(1024, 23, 16, 4096, 49408),),
        SDXL: (ldm_config.STOCK_TEXT, big),
    }
    for family, config in ldm_config.STOCK.items():
        named = tensors.checkpoint(config.dimensions(*sizes[family]))
        found = {name: torch.empty(shape, device="meta") for name, shape in named}
        same = dataclasses.replace(
            model_config.of_tensors(found), attention_at=config.attention_at, depths=config.depths
        )
        assert same == config
        assert clip.sizes(config, found) == sizes[family]


@pytest.mark.parametrize("name", ["sd1", "sd2", "sdxl"])
@pytest.mark.usefixtures("stock")
def test_without_a_yaml_the_picture_is_the_same(tmp_path: Path, name: str):
    """With heads as wide as the stock model's in the `.yaml` and in CLIP's configuration."""
    path = small.write(tmp_path, name)
    text = tmp_path / "small-text" / "config.json"
    text.write_text(text.read_text(encoding="utf-8").replace('"num_attention_heads": 4', '"num_attention_heads": 1'))
    document = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    params = document["model"]["params"]
    unet = params.get("unet_config", params.get("network_config"))["params"]
    unet |= {"num_heads": 8} if name == "sd1" else {"num_head_channels": 32 if name == "sdxl" else 64}
    path.with_suffix(".yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    wanted = request(steps=2)
    said = pixels(Engine.load(path).render([wanted])[0])
    path.with_suffix(".yaml").unlink()
    checkpoint.check(path)
    assert np.array_equal(pixels(Engine.load(path).render([wanted])[0]), said)


@pytest.mark.parametrize("name", ["sd1", "sd2", "sdxl"])
@pytest.mark.usefixtures("stock")
def test_the_file_itself_says_that_it_predicts_the_velocity(tmp_path: Path, name: str):
    path = small.write(tmp_path, name, yaml_too=False)
    tensors = load_file(path)
    for keys, metadata, predicts in (
        ({}, {"modelspec.prediction_type": "epsilon"}, "eps"),
        ({}, {"modelspec.prediction_type": "v"}, "v"),
        ({"v_pred": torch.zeros(0)}, None, "v"),
    ):
        save_file(tensors | keys, path, metadata)
        assert checkpoint.load(path).parameterization == predicts


@pytest.mark.parametrize(("bias", "predicts"), [(0.0, "eps"), (-5.0, "v")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float8_e4m3fn])
@pytest.mark.usefixtures("stock")
def test_of_an_sd_2_file_that_says_nothing_the_unet_tells(
    tmp_path: Path, bias: float, predicts: str, dtype: torch.dtype
):
    path = small.write(tmp_path, "sd2", yaml_too=False)
    tensors = load_file(path)
    tensors |= {OUT: torch.full_like(tensors[OUT], bias)}
    save_file({name: each.to(dtype) for name, each in tensors.items()}, path)
    loaded = checkpoint.load(path)
    assert loaded.parameterization == predicts
    assert loaded.unet.dtype == dtype


def test_a_key_tells_zero_terminal_snr_and_the_schedule_ends_in_noise_alone(tmp_path: Path):
    """Lin et al. 2024, algorithm 1: the first level stays, the last has no signal, those between are scaled."""
    plain = checkpoint.load(small.write(tmp_path / "plain", "sdxl-v")).noise_levels.sigmas.double()
    key = {"ztsnr": weights.draw("ztsnr", (1,))}
    told = checkpoint.load(small.write(tmp_path / "told", "sdxl-v", changed=key)).noise_levels.sigmas.double()
    signal, rescaled = ((1 / (1 + each**2)) ** 0.5 for each in (plain, told))
    assert torch.allclose(told[0], plain[0], rtol=1e-4)
    assert float(told[-1]) == pytest.approx((1 / 4.8973451890853435e-08 - 1) ** 0.5, rel=1e-4)
    wanted = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
    assert torch.allclose(rescaled[:-1], wanted[:-1], atol=1e-6)
    assert bool((told.diff() > 0).all())


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        ("denoiser_config.params.scaling_config.target", "x.EDMScaling", "EpsScaling or VScaling"),
        ("network_config.params.num_classes", None, "a refiner, upscaler or another kind of model"),
        ("network_config.params.in_channels", 9, "an inpainting, depth or edit model"),
        ("network_config.params.transformer_depth", [1, 2], "a number for each of the 3 levels"),
        ("network_config.params.num_head_channels", 48, "divides the channels of every level"),
        ("network_config.params.context_dim", 2048, "the text encoder is 192 wide, but the UNet's context_dim is 2048"),
        ("network_config.params.use_linear_in_transformer", "yes", "true or false"),
        ("conditioner_config.params.emb_models", [], "a list of the text models"),
        ("conditioner_config.params.emb_models", [{"target": "x.FrozenOpenCLIPEmbedder2"}], "no SDXL base model"),
    ],
)
def test_an_sdxl_yaml_that_does_not_fit_is_one_sentence(tmp_path: Path, where: str, value: object, says: str):
    path = small.write(tmp_path, "sdxl")
    document = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    *way, last = ("model.params." + where).split(".")
    section = document
    for key in way:
        section = section[key]
    section[last] = value
    path.with_suffix(".yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    for act in (checkpoint.check, checkpoint.load):
        with pytest.raises(PureNegativeError, match=says) as caught:
            act(path)
        assert "\n" not in str(caught.value)


@given(values, values, values)
def test_any_sdxl_document_is_a_configuration_or_one_sentence(network: Any, models: Any, denoiser: Any):
    params = {"network_config": {"params": network}, "conditioner_config": {"params": {"emb_models": models}}}
    for document in (params, params | {"denoiser_config": denoiser}, {"network_config": network}):
        try:
            assert isinstance(ldm_config.read({"model": {"params": document}}, Path("model.yaml")), LdmConfig)
        except PureNegativeError as error:
            assert str(error).startswith("model.yaml")
