"""The device is said, and on the processor why it is no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pure_negative.diffusion import devices, loading
from pure_negative.diffusion.devices import Target
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError


@pytest.mark.parametrize(
    ("apple", "cuda", "says"),
    [
        (True, None, "that was asked for"),
        (False, None, "installed without CUDA"),
        (False, "12.8", "CUDA finds no NVIDIA GPU"),
    ],
)
def test_the_processor_is_said_with_the_reason(monkeypatch: pytest.MonkeyPatch, apple: bool, cuda: str, says: str):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    said = str(Target.of("cpu"))
    assert said.startswith("Drawing on the processor: ")
    assert says in said
    assert str(Target.of("cpu", "bf16")).startswith("Drawing on the processor, in bfloat16: ")


def test_a_gpu_is_said_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    assert str(Target.of()) == "Drawing on NVIDIA H100, in half precision."
    assert str(Target.of("cuda:1", "fp32")) == "Drawing on NVIDIA H100, in full precision."
    with pytest.raises(PureNegativeError, match="--device: 'cuda:2' can't be used here"):
        Target.of("cuda:2")


def test_apple_s_gpu_is_used_where_there_is_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert str(Target.of()) == "Drawing on Apple's GPU, in half precision."


def test_numbers_that_grow_too_large_have_a_wider_precision_to_go_to(monkeypatch: pytest.MonkeyPatch):
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    for able, after in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda able=able: able)
        assert devices.wider(cuda, torch.float16) == after
    assert devices.wider(cuda, torch.bfloat16) == devices.wider(cpu, torch.float16) == torch.float32
    assert devices.wider(cuda, torch.float32) is None


def test_the_engine_says_it_once_it_is_loaded(embedded_path: Path, capsys: pytest.CaptureFixture[str]):
    loading.engine(EngineOptions(str(embedded_path)))
    captured = capsys.readouterr()
    assert captured.err.count("Drawing on ") == 1
    assert captured.out == ""
