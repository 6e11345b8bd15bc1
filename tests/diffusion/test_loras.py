"""LoRAs in the weights: added, taken out again, in each layout, and refused where they can't be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pure_negative.diffusion import lora_files, loras
from pure_negative.diffusion.engine import Engine
from pure_negative.errors import PureNegativeError
from tests.diffusion import parts
from tests.diffusion.conftest import pixels, request


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("loras")
    parts.put_loras(made)
    return made


@pytest.fixture(scope="module")
def engine(embedded_path: Path, folder: Path) -> Engine:
    """One of its own, since its weights change."""
    return Engine.load(embedded_path, loras=folder)


def drawn(engine: Engine, *prompts: str) -> list[np.ndarray]:
    return [pixels(image) for image in engine.render([request(prompt=prompt, cfg_scale=8) for prompt in prompts])]


def far(one: np.ndarray, other: np.ndarray) -> int:
    return int(np.abs(one - other).max())


def test_a_lora_is_taken_out_again_to_the_last_bit(engine: Engine):
    before = {name: tensor.clone() for name, tensor in engine._loaded.unet.state_dict().items()}
    (plain,) = drawn(engine, "a cat")
    (styled,) = drawn(engine, "a cat<lora:style-1:1>")
    assert far(plain, styled) > 20
    assert any(not torch.equal(before[name], now) for name, now in engine._loaded.unet.state_dict().items())
    (again,) = drawn(engine, "a cat")
    assert all(torch.equal(before[name], now) for name, now in engine._loaded.unet.state_dict().items())
    assert far(plain, again) == 0


def test_a_batch_has_each_picture_s_own_loras(engine: Engine):
    prompts = ("a cat", "a cat<lora:two:0.7>", "a <lora:style-1>cat", "a cat", "a dog<lora:two:0.7>")
    for prompt, together in zip(prompts, drawn(engine, *prompts), strict=True):
        assert far(drawn(engine, prompt)[0], together) <= 1


def test_weight_0_does_nothing_and_each_part_has_its_own(engine: Engine):
    plain, nothing, text, unet = drawn(
        engine, "a cat", "<lora:two:0>a cat", "<lora:two:1:0>a cat", "<lora:two:0:1>a cat"
    )
    assert far(plain, nothing) <= 1
    assert far(plain, text) > 5
    assert far(plain, unet) > 5
    assert far(text, unet) > 5


@pytest.mark.parametrize(
    ("unet", "text", "down", "up"),
    [
        ("unet.", "text_encoder.text_model.", "lora_A.weight", "lora_B.weight"),
        ("unet.", "text_encoder.text_model.", "lora.down.weight", "lora.up.weight"),
        ("base_model.model.unet.", "lora_te1_text_model_", "lora_A.default.weight", "lora_B.default.weight"),
    ],
)
def test_diffusers_layouts_are_the_same_lora(
    engine: Engine, folder: Path, tmp_path: Path, unet: str, text: str, down: str, up: str
):
    """Of diffusers' names for one layer of each part, by the original layout's in kohya's file."""
    names = {
        "lora_unet_input_blocks_3_1_transformer_blocks_0_attn2_to_q": f"{unet}down_blocks.1.attentions.0."
        "transformer_blocks.0.attn2.to_q",
        "lora_unet_input_blocks_2_0_op": f"{unet}down_blocks.0.downsamplers.0.conv",
        "lora_unet_mid_block_resnets_1_conv1": f"{unet}mid_block.resnets.1.conv1",
        "lora_unet_time_embed_2": f"{unet}time_embedding.linear_2",
        "lora_te_text_model_encoder_layers_4_mlp_fc1": f"{text}encoder{'_' if text[-1] == '_' else '.'}"
        + ("layers_4_mlp_fc1" if text[-1] == "_" else "layers.4.mlp.fc1"),
    }
    kohya = load_file(folder / "more" / "two.safetensors")
    few = {key: tensor for key, tensor in kohya.items() if key.partition(".")[0] in names}
    ends = {"lora_down.weight": down, "lora_up.weight": up, "alpha": "alpha"}
    renamed = {f"{names[key.partition('.')[0]]}.{ends[key.partition('.')[2]]}": each for key, each in few.items()}
    kept = {name: change.parts for name, change in _read(few, tmp_path / "kohya.safetensors").items()}
    found = {name: change.parts for name, change in _read(renamed, tmp_path / "diffusers.safetensors").items()}
    known = engine._loras._layers
    by_layer = {known[name]: of for name, of in kept.items()}
    assert {known[name] for name in found} == set(by_layer)
    for name, of in found.items():
        assert {part: tensor.tolist() for part, tensor in of.items()} == {
            part: tensor.tolist() for part, tensor in by_layer[known[name]].items()
        }


def _read(tensors: dict[str, torch.Tensor], path: Path) -> dict[tuple[str, str], loras._Change]:
    save_file(tensors, path)
    return dict(loras.read(path).changes)


def test_each_name_of_a_layer_is_one_layer_alone(engine: Engine):
    """Every layer of the UNet is found by its name in the original layout, as the checkpoint's own file has it."""
    originals = [name for name in parts.checkpoint_names() if name.startswith("model.diffusion_model.")]
    flat = {name.removeprefix("model.diffusion_model.").removesuffix(".weight").replace(".", "_") for name in originals}
    known = engine._loras._layers
    missing = [name for name in flat if ("unet", name) not in known and "norm" not in name and "_0_0" not in name]
    assert [name for name in missing if not name.endswith(("_bias", "layers_0", "out_0"))] == []


def test_the_infotext_names_each_with_its_hash(engine: Engine, folder: Path):
    said = engine.described(request(prompt="<lora:styled:0.5> <lora:two:1> <lora:two:0.2>"))["Lora hashes"]
    assert [each.partition(": ")[0] for each in said.split(", ")] == ["styled", "two"]
    assert all(len(each.partition(": ")[2]) == 12 for each in said.split(", "))


def test_a_lora_s_hash_is_that_of_its_tensors_and_its_trainer_s_if_noted(folder: Path, tmp_path: Path):
    tensors = load_file(folder / "style-1.safetensors")
    save_file(tensors, tmp_path / "a.safetensors", {"note": "other metadata"})
    assert lora_files.short_hash(tmp_path / "a.safetensors") == lora_files.short_hash(folder / "style-1.safetensors")
    save_file(tensors, tmp_path / "b.safetensors", {"sshs_model_hash": "0123456789abcdef"})
    assert lora_files.short_hash(tmp_path / "b.safetensors") == "0123456789ab"


LAYER = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({f"{LAYER}.hada_w1_a": (4, 64)}, "holds a LoHa"),
        ({f"{LAYER}.lokr_w1": (4, 64)}, "holds a LoKr"),
        ({f"{LAYER}.lora_up.weight": (64, 4), f"{LAYER}.dora_scale": (64, 1)}, "holds a DoRA"),
        ({f"{LAYER}.diff": (64, 64)}, "holds a network of whole weights"),
        ({"model.diffusion_model.out.2.weight": (4, 64, 3, 3)}, "is no part of a LoRA"),
        ({f"{LAYER}.lora_up.weight": (64, 4)}, "holds no LoRA"),
        ({f"{LAYER}.lora_up.weight": (320, 4), f"{LAYER}.lora_down.weight": (4, 320)}, "for another model"),
        ({f"{LAYER}.lora_up.weight": (64, 4), f"{LAYER}.lora_down.weight": (8, 64)}, "for another model"),
        ({"lora_unet_x.lora_up.weight": (64, 4), "lora_unet_x.lora_down.weight": (4, 64)}, "none of its layers"),
    ],
)
def test_what_can_t_be_used_is_one_sentence_and_changes_nothing(
    embedded_path: Path, tmp_path: Path, tensors: dict[str, tuple[int, ...]], says: str
):
    save_file({name: torch.zeros(shape) for name, shape in tensors.items()}, tmp_path / "odd.safetensors")
    engine = Engine.load(embedded_path, loras=tmp_path)
    with pytest.raises(PureNegativeError, match=says):
        engine.render([request(prompt="<lora:odd:1>")])
    assert engine.render([request()])


def test_layers_that_are_not_here_are_told(embedded_path: Path, tmp_path: Path):
    tensors = {
        **{f"{layer}.lora_up.weight": torch.zeros(64, 4) for layer in (LAYER, "lora_unet_x")},
        **{f"{layer}.lora_down.weight": torch.zeros(4, 64) for layer in (LAYER, "lora_unet_x")},
    }
    save_file(tensors, tmp_path / "some.safetensors")
    engine = Engine.load(embedded_path, loras=tmp_path)
    engine.open_loras("<lora:some:1>")
    assert engine.notes == ("1 of the 2 layers of the LoRA some are not in this checkpoint.",)


def test_one_that_is_not_there_names_those_that_are(folder: Path):
    with pytest.raises(PureNegativeError, match=r"there is no LoRA 'Two' in .*; there are style-1, two\."):
        lora_files.find("Two", folder)
    with pytest.raises(PureNegativeError, match="name the WebUI's folder in --models"):
        lora_files.find("two", None)


def test_two_that_their_trainers_named_the_same_go_by_their_files(tmp_path: Path):
    for name in ("a", "b"):
        save_file({"x": torch.zeros(1)}, tmp_path / f"{name}.safetensors", {"ss_output_name": "same"})
    assert lora_files.find("a", tmp_path).name == "a.safetensors"
    with pytest.raises(PureNegativeError, match="there is no LoRA 'same'"):
        lora_files.find("same", tmp_path)
