"""Checkpoints: any dimensions from the `.yaml`; one clear sentence for what is none."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from pure_negative.diffusion import checkpoint, clip, digest, embedded, ldm_config, model_config
from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.tensors import TextSize
from pure_negative.errors import PureNegativeError
from tests.diffusion import parts
from tests.diffusion.conftest import pixels, request
from tests.diffusion.test_vae_file import Hostile

OTHER_TEXT = TextSize(width=96, layers=3, heads=6, inner=160, vocabulary=1024)
OTHER = LdmConfig(
    unet_channels=32, unet_levels=(1, 2, 3), unet_blocks=2, attention_at=(2, 1), heads=8, context=OTHER_TEXT.width,
    vae_channels=64, vae_levels=(1, 1, 2, 1), vae_blocks=2, scale_factor=0.2, linear_start=0.001, linear_end=0.02,
    timesteps=500,
)  # fmt: skip


def write(folder: Path, config: LdmConfig, text: TextSize) -> Path:
    """A checkpoint of these dimensions, in the original layout, with its `.yaml` and text encoder folder."""
    path = folder / "other.safetensors"
    path.write_bytes(embedded.file_bytes(config.dimensions(text)))
    (folder / "clip").mkdir(exist_ok=True)
    for name, content in embedded.text_files(text).items():
        (folder / "clip" / name).write_text(content, encoding="utf-8")
    named = replace(config, text_folder=Path("clip")).as_original()
    path.with_suffix(".yaml").write_text(yaml.safe_dump(named), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("other"), OTHER, OTHER_TEXT)


@pytest.fixture
def copy(embedded_path: Path, tmp_path: Path) -> Path:
    """The embedded checkpoint where it may be spoilt."""
    shutil.copytree(embedded_path.parent, tmp_path, dirs_exist_ok=True)
    embedded.ensure(tmp_path)
    return tmp_path / embedded_path.name


def test_other_dimensions_load_and_render(other: Path):
    engine = Engine.load(other)
    first, second = engine.render([request(clip_skip=3), request(clip_skip=3, seed=2, cfg_scale=3)])
    assert first.size == (64, 64)
    assert np.abs(pixels(first) - pixels(second)).mean() > 1
    assert engine.model.name == "other"
    assert engine.model.hash == digest.sha256(other)[:10]


def test_other_noise_levels_are_the_yaml_s(other: Path):
    levels = checkpoint.load(other).noise_levels.sigmas
    alphas = torch.cumprod(1 - torch.linspace(0.001**0.5, 0.02**0.5, 500, dtype=torch.float64) ** 2, 0)
    assert torch.allclose(levels.double(), ((1 - alphas) / alphas) ** 0.5, rtol=1e-4)


def test_the_text_encoder_s_layers_bound_the_clip_skip(other: Path):
    with pytest.raises(PureNegativeError, match="1 to 3"):
        Engine.load(other).render([request(clip_skip=4)])


def test_half_the_names_of_early_checkpoints_load_too(copy: Path, draw: Callable[..., np.ndarray]):
    tensors = {name.replace("transformer.text_model.", "transformer."): each for name, each in load_file(copy).items()}
    save_file(tensors, copy)
    assert np.array_equal(pixels(Engine.load(copy).render([request()])[0]), draw())


def test_a_stored_noise_schedule_is_used(copy: Path):
    alphas = torch.linspace(0.99, 0.01, 1000)
    save_file(load_file(copy) | {"alphas_cumprod": alphas}, copy)
    assert torch.allclose(checkpoint.load(copy).noise_levels.sigmas, ((1 - alphas) / alphas) ** 0.5)


@pytest.mark.parametrize(
    ("key", "metadata", "predicts"),
    [
        ("v_pred", None, "v"),
        ("other", {"modelspec.prediction_type": "v"}, "v"),
        ("other", {"modelspec.prediction_type": "epsilon"}, "eps"),
        ("other", None, "eps"),
    ],
)
def test_what_a_model_predicts_is_told_by_its_own_file_where_there_is_no_yaml(tmp_path, key, metadata, predicts):
    tensors = {key: torch.zeros(0)}
    save_file(tensors, tmp_path / "a.safetensors", metadata)
    assert model_config.config_of(tmp_path / "a.safetensors", tensors).parameterization == predicts
    (tmp_path / "a.yaml").write_text("model: {params: {parameterization: eps}}")
    assert model_config.config_of(tmp_path / "a.safetensors", tensors).parameterization == "eps"
    (tmp_path / "a.yaml").write_text("model: {params: {parameterization: v}}")
    assert model_config.config_of(tmp_path / "a.safetensors", tensors).parameterization == "v"


@pytest.mark.parametrize("ids", [torch.arange(77), torch.arange(77.0).half() + 0.4, torch.arange(77.0).unsqueeze(0)])
def test_right_position_ids_change_nothing(copy: Path, draw: Callable[..., np.ndarray], ids: torch.Tensor):
    save_file(load_file(copy) | {parts.POSITIONS: ids}, copy)
    engine = Engine.load(copy)
    assert engine.notes == ()
    assert np.array_equal(pixels(engine.render([request()])[0]), draw())


@pytest.mark.parametrize(
    "ids", [torch.arange(76), torch.arange(77) - 1, torch.arange(77) + 1, torch.full((77,), float("nan"))]
)
def test_position_ids_of_no_place_are_refused(copy: Path, ids: torch.Tensor):
    save_file(load_file(copy) | {parts.POSITIONS: ids}, copy)
    with pytest.raises(PureNegativeError, match="position_ids holds other numbers than the 77 places 0 to 76"):
        Engine.load(copy)


@pytest.mark.parametrize("precision", [torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_weights_are_loaded_in_the_file_s_precision_and_drawn_in_the_device_s(
    copy: Path, capfd: pytest.CaptureFixture[str], precision: torch.dtype
):
    """As rounded weights of full precision would be drawn, and without a word from the libraries."""
    rounded = {name: each.to(precision) for name, each in load_file(copy).items()}
    save_file(rounded, copy)
    assert checkpoint.load(copy).unet.dtype == checkpoint.load(copy).vae.dtype == precision
    picture = pixels(Engine.load(copy).render([request(steps=2)])[0])
    save_file({name: each.float() for name, each in rounded.items()}, copy)
    assert np.array_equal(pixels(Engine.load(copy).render([request(steps=2)])[0]), picture)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("newer", [True, False])
def test_a_ckpt_gives_the_picture_of_the_same_weights(copy: Path, draw: Callable[..., np.ndarray], newer: bool):
    """With what training leaves beside the weights, and the averaged weights, which the WebUI does not use either."""
    tensors = load_file(copy)
    averaged = {"model_ema.diffusion_modelout2bias": torch.zeros(4), "model_ema.decay": torch.tensor(0.9)}
    path = copy.with_suffix(".ckpt")
    content = {"state_dict": tensors | averaged, "global_step": 7, "epoch": 1, "optimizer_states": [{"lr": 1e-5}]}
    torch.save(content, path, _use_new_zipfile_serialization=newer)
    engine = Engine.load(path)
    assert np.array_equal(pixels(engine.render([request()])[0]), draw())
    assert engine.model.hash == digest.sha256(path)[:10]
    checkpoint.check(path)


@pytest.mark.parametrize("act", [Engine.load, checkpoint.check])
def test_a_ckpt_with_code_in_it_is_refused_and_runs_nothing(copy: Path, act: Callable[[Path], object]):
    path, left = copy.with_suffix(".ckpt"), copy.with_name("left")
    torch.save({"state_dict": load_file(copy), "callbacks": Hostile(left)}, path)
    with pytest.raises(PureNegativeError, match="holds more than weights, and might run code"):
        act(path)
    assert not left.exists()


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".pkl", ".txt", ""])
def test_other_endings_are_refused_unopened(tmp_path: Path, suffix: str):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(Path))
    with pytest.raises(PureNegativeError, match=r"is not a \.safetensors or \.ckpt file"):
        Engine.load(path)


@pytest.mark.parametrize("ending", [".safetensors", ".ckpt"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4", "a pointer of Git LFS"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n<html>", "a web page"),
        (b"", "damaged"),
        (b"\x00" * 100, "damaged"),
    ],
)
def test_what_was_downloaded_instead_is_named(tmp_path: Path, content: bytes, says: str, ending: str):
    path = tmp_path / f"model{ending}"
    path.write_bytes(content)
    for act in (Engine.load, checkpoint.check):
        with pytest.raises(PureNegativeError, match=says) as refused:
            act(path)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("newer", [True, False])
def test_a_pickle_under_another_name_is_named(tmp_path: Path, newer: bool):
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.safetensors", _use_new_zipfile_serialization=newer)
    with pytest.raises(PureNegativeError, match=r"under another name; let it end in \.ckpt"):
        Engine.load(tmp_path / "a.safetensors")


def test_a_file_is_checked_without_its_weights(copy: Path, tmp_path: Path):
    checkpoint.check(copy)
    content = copy.read_bytes()
    copy.write_bytes(content[: len(content) // 2])
    with pytest.raises(PureNegativeError, match="damaged"):
        checkpoint.check(copy)


def _header(header: object) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged"),
        (b"not a checkpoint at all", "damaged"),
        (pickle.dumps({"state_dict": {}}), "under another name"),
        (struct.pack("<Q", 2**60) + b"{}", "damaged"),
        (_header({"a": {"dtype": "F16", "shape": [10], "data_offsets": [0, 20]}}), "damaged"),
        (_header({}), "missing"),
        (_header(["list"]), "damaged"),
    ],
)
def test_files_that_are_no_checkpoint(tmp_path: Path, content: bytes, says: str):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(PureNegativeError, match=says):
        Engine.load(path)


def test_places_that_hold_no_checkpoint(tmp_path: Path):
    (tmp_path / "folder.safetensors").mkdir()
    for name, says in (
        ("folder.safetensors", "folder"),
        ("none.safetensors", "not there"),
        ("model.txt", "other checkpoint formats are not supported"),
    ):
        with pytest.raises(PureNegativeError, match=says):
            Engine.load(tmp_path / name)


def test_a_cut_off_checkpoint_is_damaged(copy: Path):
    copy.write_bytes(copy.read_bytes()[:-1000])
    with pytest.raises(PureNegativeError, match="damaged"):
        Engine.load(copy)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("model.diffusion_model.joint_blocks.0.x.weight", "SD3"),
        ("lora_unet_down_blocks_0.lora_up.weight", "LoRA"),
        ("emb_params", "textual inversion"),
        ("conditioner.embedders.0.model.ln_final.weight", "SDXL refiner"),
        ("model.diffusion_model.input_blocks.1.1.time_stack.0.norm1.weight", "video model"),
        ("model.diffusion_model.out.2.weight", "UNet alone"),
        ("input_blocks.0.0.weight", "UNet alone"),
        ("diffusion_model.input_blocks.0.0.lora_down.weight", "LoRA"),
        ("double_blocks.0.x", "FLUX"),
        ("control_model.x", "ControlNet"),
        ("text_model.x", "text encoder"),
        ("decoder.conv_in.weight", "decoder of a VAE alone"),
        ("down_blocks.0.motion_modules.0.x", "motion module"),
    ],
)
def test_other_models_are_told_by_name(tmp_path: Path, name: str, says: str):
    path = tmp_path / "model.safetensors"
    save_file({name: torch.zeros(2)}, path)
    with pytest.raises(PureNegativeError, match=says):
        Engine.load(path)


def test_a_vae_alone_is_told(tmp_path: Path):
    save_file(parts.vae(), tmp_path / "model.safetensors")
    with pytest.raises(PureNegativeError, match="a VAE alone; name it in --vae"):
        Engine.load(tmp_path / "model.safetensors")


def _change(copy: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor | None]) -> None:
    tensors = load_file(copy)
    changed = change(tensors.pop(name))
    save_file(tensors if changed is None else tensors | {name: changed}, copy)


def test_an_inpainting_model_is_told_by_its_channels(copy: Path):
    first = "model.diffusion_model.input_blocks.0.0.weight"
    _change(copy, first, lambda tensor: torch.zeros(tensor.shape[0], 9, 3, 3))
    with pytest.raises(PureNegativeError, match="inpainting"):
        Engine.load(copy)


@pytest.mark.parametrize(
    "name",
    [
        "model.diffusion_model.out.2.bias",
        "first_stage_model.decoder.conv_out.weight",
        "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc2.bias",
    ],
)
def test_a_missing_or_misshapen_tensor_is_named(copy: Path, name: str):
    _change(copy, name, lambda tensor: tensor.flatten()[:-1].clone())
    with pytest.raises(PureNegativeError, match=f"{name} is"):
        Engine.load(copy)
    _change(copy, name, lambda tensor: None)
    with pytest.raises(PureNegativeError, match=f"{name} is missing"):
        Engine.load(copy)


EVEN = replace(OTHER, unet_levels=(1, 1, 1), attention_at=(4, 2, 1))
"""With levels of the same width, so that the shapes alone don't tell when some are left out."""


@pytest.mark.parametrize(
    ("config", "text", "named"),
    [
        (replace(EVEN, unet_levels=(1,)), OTHER_TEXT, "model.diffusion_model."),
        (replace(EVEN, vae_blocks=1), OTHER_TEXT, "first_stage_model.decoder."),
        (EVEN, replace(OTHER_TEXT, layers=2), "cond_stage_model.transformer.text_model.encoder.layers.2."),
    ],
)
def test_a_configuration_that_names_fewer_layers_than_there_are_is_refused(
    tmp_path: Path, config: LdmConfig, text: TextSize, named: str
):
    tensors = embedded.file_bytes(EVEN.dimensions(OTHER_TEXT))
    path = write(tmp_path, config, text)
    path.write_bytes(tensors)
    with pytest.raises(PureNegativeError, match=rf"{named}\S* is in it, and is no part of them\.$"):
        Engine.load(path)


def test_without_its_yaml_the_dimensions_are_those_of_the_tensors(other: Path):
    """All but the number of heads, which shows in no tensor, and what no tensor has to do with."""
    found = model_config.of_tensors(load_file(other))
    assert replace(OTHER, depths=(1, 1, 1), attention_at=(1, 2)) == replace(
        found, scale_factor=0.2, linear_start=0.001, linear_end=0.02, timesteps=500
    )


def test_without_a_folder_the_tokenizer_is_the_stock_one(copy: Path, monkeypatch: pytest.MonkeyPatch):
    """Which has more tokens than the embedded checkpoint's text encoder."""
    stock = clip.CLIPTokenizer.from_pretrained(copy.with_suffix(""))
    stock.add_tokens([f"word{each}" for each in range(ldm_config.STOCK_TEXT.vocabulary - len(stock))])
    monkeypatch.setattr(clip, "stock_tokenizer", lambda: stock)
    config = yaml.safe_load(copy.with_suffix(".yaml").read_text(encoding="utf-8"))
    del config["model"]["params"]["cond_stage_config"]["params"]
    with pytest.raises(PureNegativeError, match=r"the tokenizer has 49408 tokens, but the text encoder has 1000"):
        _load_with(copy, config)


def _load_with(copy: Path, config: object) -> Engine:
    copy.with_suffix(".yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return Engine.load(copy)


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        ("parameterization", "x0", "parameterization: 'x0' is not allowed; give eps or v"),
        ("unet_config.params.in_channels", 9, "in_channels"),
        ("unet_config.params.model_channels", 65, "multiple of 32"),
        ("unet_config.params.channel_mult", [1, "two"], "channel_mult"),
        ("unet_config.params.num_heads", 7, "num_heads"),
        ("unet_config.params.context_dim", 128, "context_dim is 128"),
        ("unet_config.params", [1, 2], "mapping"),
        ("first_stage_config.params.ddconfig.ch_mult", [1, 2, 4], "four levels"),
        ("first_stage_config.params.ddconfig.ch", 64, "other dimensions"),
        ("scale_factor", 0, "scale_factor"),
        ("scale_factor", float("nan"), "scale_factor"),
        ("timesteps", 10**9, "timesteps"),
        ("timesteps", 1, "timesteps: 1 is not allowed; give a whole number from 2"),
        ("linear_start", 5, "linear_start: 5 is not allowed"),
        ("linear_end", 9, "linear_end: 9 is not allowed"),
        ("linear_end", 0.9, "linear_end: from 0.00085 to 0.9 in 1000 timesteps the noise destroys the picture"),
        ("cond_stage_config.params.version", "nowhere", "no folder"),
        ("cond_stage_config.params.version", 5, "version"),
        ("cond_stage_config.params.version", r"\\host\share\clip", "version.*a local folder"),
        ("cond_stage_config.params.version", "//host", "version.*a local folder"),
        ("cond_stage_config.params.version", "a\0b", "version"),
    ],
)
def test_a_yaml_that_does_not_fit_is_one_sentence(copy: Path, where: str, value: object, says: str):
    config = yaml.safe_load(copy.with_suffix(".yaml").read_text(encoding="utf-8"))
    *path, last = ("model.params." + where).split(".")
    section = config
    for key in path:
        section = section[key]
    section[last] = value
    with pytest.raises(PureNegativeError, match=says) as caught:
        _load_with(copy, config)
    assert "\n" not in str(caught.value)


def test_a_yaml_that_repeats_itself_is_refused_before_it_is_built(copy: Path):
    """Ten lines that would be 10^60 values."""
    lines = ["a0: &a0 [x]", *(f"a{each}: &a{each} [{','.join([f'*a{each - 1}'] * 10)}]" for each in range(1, 60))]
    text = "\n".join([*lines, "model: {params: {parameterization: *a59}}"])
    copy.with_suffix(".yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PureNegativeError, match=r"anchors and aliases .* are not allowed"):
        Engine.load(copy)


@pytest.mark.parametrize(
    "content", [b"model: [", b"\xff\xfe\x00", b"!!python/object/apply:os.getcwd []", b"- 1", b"a: &a [*a]"]
)
def test_a_file_that_is_no_configuration(copy: Path, content: bytes):
    copy.with_suffix(".yaml").write_bytes(content)
    with pytest.raises(PureNegativeError) as caught:
        Engine.load(copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocab.json", "{"),
        ("vocab.json", "{}"),
        ("config.json", "[]"),
        ("config.json", None),
        ("merges.txt", None),
        ("vocab.json", None),
    ],
)
def test_a_spoilt_text_encoder_folder_is_one_sentence(copy: Path, name: str, content: str | None):
    path = copy.with_suffix("") / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(PureNegativeError, match="pure-negative-embedded"):
        Engine.load(copy)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
KEYS = (
    "model_channels",
    "channel_mult",
    "num_heads",
    "ch",
    "ch_mult",
    "scale_factor",
    "timesteps",
    "version",
    "params",
)


@given(st.dictionaries(st.sampled_from(KEYS), values), values, values)
def test_any_document_is_a_configuration_or_one_sentence(section: dict[str, Any], model: object, rest: object):
    inner = {"unet_config": {"params": section}, "first_stage_config": {"params": {"ddconfig": section}}} | section
    for document in ({"model": {"params": inner}}, {"model": model}, rest):
        try:
            assert isinstance(ldm_config.read(document, Path("model.yaml")), LdmConfig)
        except PureNegativeError as error:
            assert str(error).startswith("model.yaml")


@settings(max_examples=60)
@given(data=st.data())
def test_any_change_of_a_header_is_a_checkpoint_or_one_sentence(
    other: Path, tmp_path_factory: Any, data: st.DataObject
):
    content = bytearray(other.read_bytes()[:200_000])
    length = struct.unpack("<Q", content[:8])[0]
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(length, len(content) - 1)))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("changed") / "other.safetensors"
    path.write_bytes(bytes(content))
    with pytest.raises(PureNegativeError):
        checkpoint.load(path)
