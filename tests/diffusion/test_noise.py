"""Noise: what the paper and an NVIDIA GPU give, a generator per picture, and nothing of its neighbours in a picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.philox import Philox, philox
from pure_negative.planning.request import NOISE_SOURCES
from pure_negative.rules import seeds

CPU = torch.device("cpu")
SHAPE = (4, 8, 8)


@pytest.mark.parametrize(
    ("counter", "key", "random"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_the_random123_library_s_known_answers(counter: tuple[int, ...], key: tuple[int, int], random: str):
    words = philox(tuple(np.array([word], np.uint64) for word in counter), key)
    assert " ".join(f"{int(word[0]):08x}" for word in words) == random


def test_the_numbers_of_torch_on_an_nvidia_gpu():
    """`torch.manual_seed(0); torch.randn(8, device="cuda")`."""
    expected = [-0.9247, -0.4253, -2.6438, 0.1452, -0.1209, -0.5797, -0.6229, -0.3284]
    assert np.abs(Philox(0).normal(8) - expected).max() < 1e-4


@given(st.integers(seeds.LOWEST, seeds.HIGHEST))
def test_any_seed_gives_finite_normal_noise(seed: int):
    drawn = Philox(seed).normal(4096)
    assert drawn.dtype == np.float32
    assert np.isfinite(drawn).all()
    assert abs(drawn.mean()) < 0.1
    assert abs(drawn.std() - 1) < 0.1


def test_the_upper_half_of_a_seed_counts():
    assert not np.array_equal(Philox(7).normal(16), Philox(7 + 2**32).normal(16))


@pytest.mark.parametrize("source", NOISE_SOURCES)
@given(batch=st.lists(st.integers(seeds.LOWEST, seeds.HIGHEST), min_size=1, max_size=4))
def test_a_batch_draws_what_single_pictures_draw(source: str, batch: list[int]):
    together = SeedNoise(batch, SHAPE, CPU, source)
    alone = [SeedNoise([seed], SHAPE, CPU, source) for seed in batch]
    for _ in range(3):
        drawn = together.draw()
        assert drawn.shape == (len(batch), *SHAPE)
        assert drawn.dtype == torch.float32
        assert torch.equal(drawn, torch.cat([each.draw() for each in alone]))


@pytest.mark.parametrize("source", NOISE_SOURCES)
@pytest.mark.parametrize("seed", [seeds.LOWEST, -5, -(2**32)])
def test_a_seed_below_0_is_that_far_below_the_end(source: str, seed: int):
    drawn, same = (SeedNoise([each], SHAPE, CPU, source).draw() for each in (seed, seed + 2**64))
    assert torch.equal(drawn, same)


@pytest.mark.parametrize("source", NOISE_SOURCES)
def test_each_draw_is_another(source: str):
    noise = SeedNoise([5], SHAPE, CPU, source)
    first, second = noise.draw().flatten(), noise.draw().flatten()
    assert abs(float(first @ second)) / math.prod(SHAPE) < 0.2
    assert not torch.equal(first, second)


def test_the_sources_differ():
    nv, cpu = (SeedNoise([5], SHAPE, CPU, source).draw() for source in NOISE_SOURCES)
    assert float((nv - cpu).abs().mean()) > 0.5
