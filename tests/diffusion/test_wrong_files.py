"""Files that are no checkpoint the engine takes: each is refused at once, in a sentence that says what it is."""

from __future__ import annotations

import json
import pickle
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save, save_file

from pure_negative.diffusion import checkpoint, weights
from pure_negative.errors import PureNegativeError
from tests.diffusion import parts, small
from tests.diffusion.test_vae_file import Hostile

UNET = "model.diffusion_model."
FIRST = f"{UNET}input_blocks.0.0.weight"
NAMED = {
    "refiner": ("conditioner.embedders.0.model.ln_final.weight", "SDXL refiner"),
    "sd3": (f"{UNET}joint_blocks.0.x_block.attn.qkv.weight", "SD3 checkpoint"),
    "sd3-part": ("joint_blocks.0.x_block.attn.qkv.weight", "part of an SD3"),
    "flux": (f"{UNET}double_blocks.0.img_attn.qkv.weight", "FLUX"),
    "flux-part": ("double_blocks.0.img_attn.qkv.weight", "FLUX"),
    "lumina": (f"{UNET}cap_embedder.1.weight", "Lumina"),
    "lumina-part": ("cap_embedder.1.weight", "Lumina"),
    "qwen": ("transformer_blocks.0.img_mod.1.weight", "Qwen-Image"),
    "alt": ("cond_stage_model.roberta.pooler.dense.weight", "Alt Diffusion"),
    "video": (f"{UNET}input_blocks.1.1.time_stack.0.norm1.weight", "video model"),
    "motion": ("down_blocks.0.motion_modules.0.x", "motion module"),
    "depth": ("depth_model.model.x", "depth pictures"),
    "unclip": ("embedder.model.ln_final.weight", "unCLIP"),
    "lora-kohya": ("lora_unet_down_blocks_0.lora_up.weight", "LoRA"),
    "lora-diffusers": ("unet.down_blocks.0.attn1.to_q.lora_A.weight", "LoRA"),
    "loha": ("lora_unet_down_blocks_0.hada_w1_a", "LoRA"),
    "lokr": ("lycoris_down_blocks_0.lokr_w1", "LoRA"),
    "controlnet": ("control_model.input_blocks.0.0.weight", "ControlNet"),
    "controlnet-diffusers": ("controlnet_cond_embedding.conv_in.weight", "ControlNet"),
    "ip-adapter": ("image_proj.norm.weight", "IP-Adapter"),
    "t2i-adapter": ("body.0.block1.weight", "T2I-Adapter"),
    "unet-diffusers": ("down_blocks.0.resnets.0.conv1.weight", "diffusers' layout"),
    "transformer-diffusers": ("transformer_blocks.0.attn.to_q.weight", "diffusers' layout"),
    "pixart": ("pos_embed.proj.weight", "diffusion transformer"),
    "dit": ("blocks.0.adaLN_modulation.1.weight", "diffusion transformer"),
    "clip": ("text_model.final_layer_norm.weight", "text encoder alone"),
    "open-clip": ("transformer.resblocks.0.ln_1.weight", "text encoder alone"),
    "t5": ("encoder.block.0.layer.0.SelfAttention.q.weight", "T5"),
    "embedding": ("emb_params", "textual inversion embedding"),
    "embedding-xl": ("clip_g", "textual inversion embedding for SDXL"),
    "decoder": ("decoder.conv_in.weight", "decoder of a VAE alone"),
    "unet": (f"{UNET}out.2.weight", "UNet alone"),
    "unet-bare": ("input_blocks.0.0.weight", "UNet alone"),
    "upscaler": ("model.1.sub.0.RDB1.conv1.0.weight", "upscaler"),
    "upscaler-new": ("conv_first.weight", "upscaler"),
    "nf4": (f"{UNET}out.2.weight.quant_state.bitsandbytes__nf4", "4-bit"),
    "fp8-scaled": ("scaled_fp8", "scales of their own"),
    "nothing-known": ("a", "not a complete SD 1.x checkpoint"),
}
"""Kind → the name of a tensor in it, and what is said."""
HTML, LFS = b"<!DOCTYPE html><html>", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4"
HEADER = struct.pack("<Q", 40)
CONTENTS: dict[str, tuple[str, bytes, str]] = {
    "html": ("a.safetensors", HTML, "a web page"),
    "html-ckpt": ("a.ckpt", b"\n\n" + HTML, "a web page"),
    "lfs": ("a.safetensors", LFS, "a pointer of Git LFS"),
    "lfs-ckpt": ("a.ckpt", LFS, "a pointer of Git LFS"),
    "empty": ("a.safetensors", b"", "damaged"),
    "empty-ckpt": ("a.ckpt", b"", "damaged"),
    "zeros": ("a.safetensors", bytes(4096), "damaged"),
    "text": ("a.safetensors", b"the model is on another page", "damaged"),
    "json": ("a.ckpt", json.dumps({"state_dict": {}}).encode(), "damaged"),
    "huge-header": ("a.safetensors", struct.pack("<Q", 2**62) + b"{}", "damaged"),
    "cut": ("a.safetensors", save({"a": torch.zeros(64)})[:-9], "damaged"),
    "pickled-list": ("a.ckpt", pickle.dumps([1, 2]), "it is no pickle of torch's"),
    "pickle-named-safe": ("a.safetensors", pickle.dumps({}), "under another name"),
    "other-ending": ("a.pt", pickle.dumps(Path), "is not a .safetensors or .ckpt file"),
    "gguf": ("a.gguf", b"GGUF", "is not a .safetensors or .ckpt file"),
    "onnx": ("a.onnx", b"", "is not a .safetensors or .ckpt file"),
}
"""Kind → the file's name, what is in it, and what is said."""


def refused(path: Path) -> str:
    """What is said of the file, by what loads it and by what only looks at it."""
    said = []
    for act in (checkpoint.check, checkpoint.load):
        begun = time.monotonic()
        with pytest.raises(PureNegativeError) as caught:
            act(path)
        assert time.monotonic() - begun < 2
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "\n" not in said[0]
    assert said[0].count(str(path)) == 1
    return said[0]


@pytest.mark.parametrize("kind", NAMED)
def test_another_model_is_named(tmp_path: Path, kind: str):
    name, says = NAMED[kind]
    save_file({name: torch.zeros(2, 2)}, tmp_path / "a.safetensors")
    assert says in refused(tmp_path / "a.safetensors")


@pytest.mark.parametrize("kind", CONTENTS)
def test_what_is_no_file_of_weights_is_named(tmp_path: Path, kind: str):
    name, content, says = CONTENTS[kind]
    (tmp_path / name).write_bytes(content)
    assert says in refused(tmp_path / name)


@pytest.mark.parametrize("newer", [True, False])
def test_nothing_in_a_pickle_runs(tmp_path: Path, newer: bool):
    left = tmp_path / "left"
    torch.save({"state_dict": Hostile(left)}, tmp_path / "a.ckpt", _use_new_zipfile_serialization=newer)
    assert "might run code" in refused(tmp_path / "a.ckpt")
    assert not left.exists()


def test_a_zip_that_is_no_model_is_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.ckpt", "w") as file:
        file.writestr("readme.txt", "the model is on another page")
    assert "damaged" in refused(tmp_path / "a.ckpt")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, torch.Tensor]]:
    """The tensors of a small checkpoint."""
    folder = tmp_path_factory.mktemp("whole")
    return lambda name: load_file(small.write(folder, name))


@pytest.mark.parametrize("channels", [5, 7, 8, 9])
@pytest.mark.parametrize("name", ["sd1", "sd2", "sdxl"])
def test_models_that_take_more_than_noise_are_named(tmp_path: Path, whole, name: str, channels: int):
    """Depth, upscaling, edits, inpainting."""
    path = small.write(tmp_path, name, yaml_too=False)
    tensors = whole(name)
    save_file(tensors | {FIRST: torch.zeros(tensors[FIRST].shape[0], channels, 3, 3)}, path)
    assert f"an inpainting or edit model ({channels} input channels)" in refused(path)


def test_an_sdxl_model_with_fewer_blocks_is_named(tmp_path: Path, whole):
    path = small.write(tmp_path, "sdxl", yaml_too=False)
    save_file({name: each for name, each in whole("sdxl").items() if f"{UNET}middle_block.1." not in name}, path)
    assert "SSD-1B" in refused(path)


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        ("first_stage_model.", "has no VAE inside; name the file of one in --vae"),
        ("cond_stage_model.", "a checkpoint without a text encoder"),
        ("model.diffusion_model.out.", "model.diffusion_model.out.0.weight is missing"),
    ],
)
def test_what_lacks_a_part_says_which(tmp_path: Path, whole, lost: str, says: str):
    path = small.write(tmp_path, "sd1")
    save_file({name: each for name, each in whole("sd1").items() if not name.startswith(lost)}, path)
    assert says in refused(path)


def test_a_vae_takes_the_place_of_one_that_is_not_inside(tmp_path: Path, whole):
    path = small.write(tmp_path, "sdxl")
    tensors = whole("sdxl")
    vae = {name: each for name, each in tensors.items() if name.startswith("first_stage_model.")}
    save_file({name: each for name, each in tensors.items() if name not in vae}, path)
    save_file(
        {name.removeprefix("first_stage_model."): each for name, each in vae.items()}, tmp_path / "vae.safetensors"
    )
    assert checkpoint.load(path, tmp_path / "vae.safetensors").model.vae == "vae.safetensors"


@pytest.mark.parametrize("name", ["sd2", "sdxl"])
def test_averaged_weights_and_others_of_training_change_nothing(tmp_path: Path, whole, name: str):
    path = small.write(tmp_path, name)
    more = {"model_ema.decay": torch.tensor(0.9), "model_ema.diffusion_modelout2bias": torch.zeros(4)}
    plain = checkpoint.load(path).unet.state_dict()
    save_file(whole(name) | more, path)
    assert all(torch.equal(each, plain[key]) for key, each in checkpoint.load(path).unet.state_dict().items())


def test_the_keys_of_a_model_of_the_velocity_are_not_refused(tmp_path: Path):
    keys = {"v_pred": weights.draw("v_pred", (1,)), "ztsnr": weights.draw("ztsnr", (1,))}
    loaded = checkpoint.load(small.write(tmp_path, "sdxl", changed=keys))
    assert float(loaded.noise_levels.sigmas[-1]) > 4000


def test_a_vae_alone_is_named(tmp_path: Path):
    save_file(parts.vae(), tmp_path / "a.safetensors")
    assert "a VAE alone; name it in --vae" in refused(tmp_path / "a.safetensors")
