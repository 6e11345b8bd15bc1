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


@pytest.mark.parametrize("count", [1, 4, 16, 17])
@pytest.mark.parametrize("inner", [(16, 2, 3), (16, 1, 2, 3), (16, 5, 2, 3), ()], ids=str)
def test_pictures_of_any_dimensions_are_mixed_each_at_its_own_scale(count: int, inner: tuple[int, ...]):
    """Some models have frames between the channels and the height: a batch of 16 has as many as there are channels."""
    random = np.random.default_rng(count)
    cond, uncond = (random.normal(size=(count, *inner)) for _ in range(2))
    scales = random.uniform(1, 20, count)
    mixed = mix(cond, uncond, scales)
    assert mixed.shape == cond.shape
    for place, scale in enumerate(scales):
        assert np.allclose(mixed[place], uncond[place] + (cond[place] - uncond[place]) * scale)


def test_torch_tensors_mix_the_same(arrays):
    torch = pytest.importorskip("torch")
    cond, uncond = arrays
    scales = np.array([1.5, 8, 24])
    tensors = (torch.from_numpy(each) for each in (cond, uncond, scales))
    assert np.allclose(mix(*tensors).numpy(), mix(cond, uncond, scales))
