"""A CFG scale per picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.guidance import mix

SHAPE = (3, 4, 2, 2)


@pytest.fixture
def arrays():
    random = np.random.default_rng(0)
    return random.normal(size=SHAPE), random.normal(size=SHAPE)


@given(st.lists(st.floats(-5, 30), min_size=3, max_size=3))
def test_each_picture_is_mixed_at_its_own_scale(scales: list[float]):
    random = np.random.default_rng(0)
    cond, uncond = random.normal(size=SHAPE), random.normal(size=SHAPE)
    mixed = mix(cond, uncond, np.array(scales))
    for place, scale in enumerate(scales):
        assert np.allclose(mixed[place], (1 - scale) * uncond[place] + scale * cond[place])


def test_1_is_the_prompt_and_0_the_negative_prompt(arrays):
    cond, uncond = arrays
    assert np.allclose(mix(cond, uncond, np.array([1.0, 1, 1])), cond)
    assert np.array_equal(mix(cond, uncond, np.array([0.0, 0, 0])), uncond)


def test_torch_tensors_mix_the_same(arrays):
    torch = pytest.importorskip("torch")
    cond, uncond = arrays
    scales = np.array([1.5, 8, 24])
    tensors = (torch.from_numpy(each) for each in (cond, uncond, scales))
    assert np.allclose(mix(*tensors).numpy(), mix(cond, uncond, scales))
