"""A VAE in a file of its own: what is none is refused in one sentence that says what it is, and no code in it runs."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pure_negative.diffusion import embedded, vae_file
from pure_negative.errors import PureNegativeError
from tests.diffusion import parts

SIZE = embedded.CONFIG.dimensions(embedded.TEXT)
Tensors = dict[str, torch.Tensor]


@pytest.mark.parametrize("newer", [True, False])
@pytest.mark.parametrize("inner", [True, False])
def test_torch_s_pickles_of_both_kinds_are_read(tmp_path: Path, newer: bool, inner: bool):
    content = parts.vae() | {"loss.logvar": torch.zeros(())}
    torch.save({"state_dict": content} if inner else content, tmp_path / "a.pt", _use_new_zipfile_serialization=newer)
    found = vae_file.read(tmp_path / "a.pt", SIZE)
    assert {name.removeprefix(parts.VAE): True for name in found} == dict.fromkeys(parts.vae(), True)
    assert torch.equal(found[f"{parts.VAE}decoder.conv_in.weight"], parts.vae()["decoder.conv_in.weight"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda vae: {k: v for k, v in vae.items() if "decoder" in k}, "a decoder alone"),
        (lambda vae: {"decoder.up_blocks.0.x": torch.zeros(1)}, "diffusers' layout"),
        (lambda vae: {"model.diffusion_model.x": torch.zeros(1)}, "a whole checkpoint"),
        (lambda vae: {k: v for k, v in vae.items() if k != "quant_conv.bias"}, "quant_conv.bias is missing"),
        (lambda vae: {}, "is missing"),
        (lambda vae: vae | {"decoder.conv_in.weight": torch.zeros(8, 4, 3, 3)}, "the VAE of another model: .*8×4×3×3"),
        (lambda vae: vae | {"decoder.conv_in.bias": torch.zeros(64, dtype=torch.int8)}, "the VAE of another model"),
        (lambda vae: vae | {"encoder.more": torch.zeros(1)}, "it has encoder.more too"),
    ],
)
def test_what_is_no_vae_is_named(tmp_path: Path, change: Callable[[Tensors], Tensors], says: str):
    save_file(change(parts.vae()), tmp_path / "a.safetensors")
    with pytest.raises(PureNegativeError, match=says) as refused:
        vae_file.read(tmp_path / "a.safetensors", SIZE)
    assert "\n" not in str(refused.value)


class Hostile:
    """Its pickle makes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_with_code_in_it_is_refused_and_runs_nothing(tmp_path: Path):
    left = tmp_path / "left"
    torch.save(parts.vae() | {"more": Hostile(left)}, tmp_path / "a.pt")
    with pytest.raises(PureNegativeError, match="holds more than weights, and might run code"):
        vae_file.read(tmp_path / "a.pt", SIZE)
    assert not left.exists()


@pytest.mark.parametrize(
    "content", [b"", b"<html>", pickle.dumps([1]), pickle.dumps(7, 0), b"PK\x03\x04", b"version https://git-lfs"]
)
@pytest.mark.parametrize("ending", [".pt", ".ckpt", ".safetensors"])
def test_other_files_are_one_sentence(tmp_path: Path, content: bytes, ending: str):
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    with pytest.raises(PureNegativeError) as refused:
        vae_file.read(path, SIZE)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["a.txt", "gone.pt", "folder.pt"])
def test_a_file_that_can_be_none_is_refused_by_its_name(tmp_path: Path, name: str):
    (tmp_path / "a.txt").touch()
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(PureNegativeError, match="VAE"):
        vae_file.read(tmp_path / name, SIZE)


def test_a_checkpoint_s_own_vae_may_be_missing_where_one_is_given(tmp_path: Path, embedded_path: Path):
    from pure_negative.diffusion import checkpoint

    path = parts.put_checkpoint(tmp_path, "bare")
    save_file({name: each for name, each in load_file(path).items() if not name.startswith(parts.VAE)}, path)
    save_file(parts.vae(), tmp_path / "a.safetensors")
    loaded = checkpoint.load(path, tmp_path / "a.safetensors")
    assert loaded.model.vae == "a.safetensors"
    with pytest.raises(PureNegativeError, match="has no VAE inside; name the file of one in --vae"):
        checkpoint.load(path)
