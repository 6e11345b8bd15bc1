"""The device is said, and on the processor why it is no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pure_negative.diffusion import devices, loading
from pure_negative.diffusion.loading import EngineOptions


@pytest.mark.parametrize(
    ("apple", "cuda", "says"),
    [
        (True, None, "Apple's GPUs are not used"),
        (False, None, "installed without CUDA"),
        (False, "12.8", "CUDA finds no NVIDIA GPU"),
    ],
)
def test_the_processor_is_said_with_the_reason(monkeypatch: pytest.MonkeyPatch, apple: bool, cuda: str, says: str):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    said = devices.said(torch.device("cpu"))
    assert said.startswith("Drawing on the processor: ")
    assert says in said


def test_a_gpu_is_said_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    assert devices.said(devices.best()) == "Drawing on NVIDIA H100, in half precision."


def test_the_engine_says_it_once_it_is_loaded(embedded_path: Path, capsys: pytest.CaptureFixture[str]):
    loading.engine(EngineOptions(str(embedded_path)))
    captured = capsys.readouterr()
    assert captured.err.count("Drawing on ") == 1
    assert captured.out == ""
