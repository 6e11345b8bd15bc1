"""The embedded checkpoint and an engine on it, made once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pure_negative.diffusion import checkpoint, embedded
from pure_negative.diffusion.engine import Engine
from pure_negative.planning.request import Request

WORDS = ("bad", "comic", "cropped", "error", "extra", "low", "lowres", "normal", "speech_bubble", "worst")


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """64 × 64 pictures gain nothing from a second thread, and lose much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def embedded_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return embedded.ensure(tmp_path_factory.mktemp("embedded"))


@pytest.fixture(scope="session")
def engine(embedded_path: Path) -> Engine:
    return Engine.load(embedded_path)


@pytest.fixture(scope="session")
def loaded(embedded_path: Path) -> checkpoint.Checkpoint:
    """The parts of the embedded checkpoint by themselves, on the CPU, the text model in full precision."""
    found = checkpoint.load(embedded_path)
    found.text.to(torch.device("cpu"), torch.float32)
    return found


def negative(w: str) -> str:
    return ", ".join(f"({word}:{w})" for word in WORDS)


def request(**changes: object) -> Request:
    """A quick 64 × 64 picture of the ten words, with these changes."""
    fields: dict[str, object] = {
        "prompt": "", "negative_prompt": negative("0.564"), "width": 64, "height": 64, "cfg_scale": 10.5, "steps": 6,
        "sampler": "Euler", "scheduler": "Automatic", "seed": 1, "clip_skip": 2,
    }  # fmt: skip
    return Request(**(fields | changes))


def pixels(image: object) -> np.ndarray:
    return np.asarray(image).astype(int)


@pytest.fixture
def draw(engine: Engine) -> Callable[..., np.ndarray]:
    """One picture's pixels [height, width, 3] for a request with these changes."""
    return lambda **changes: pixels(engine.render([request(**changes)])[0])
