"""The samplers on a denoiser whose path is known: data that is normal with variance 1."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.samplers import Sampler, sampler
from pure_negative.errors import PureNegativeError

HIGHEST = 14.6


def _levels(steps: int) -> Tensor:
    return torch.cat([torch.logspace(torch.tensor(HIGHEST).log10(), -2, steps, dtype=torch.float64), torch.zeros(1)])


def _run(run: Sampler, steps: int, start: Tensor, seed: int = 0) -> Tensor:
    levels = _levels(steps)
    noise = SeedNoise([seed], (1, 64, 64), torch.device("cpu"), "CPU")
    reports: list[int] = []
    clean = run(
        lambda x, step: x / (1 + levels[step] ** 2), start, levels, lambda: noise.draw().double(), reports.append
    )
    assert reports == list(range(1, steps + 1))
    return clean


def _error(name: str, steps: int) -> float:
    """Against the exact path: from x at the highest level to x / sqrt(1 + highest²)."""
    start = torch.full((1, 1, 1, 1), HIGHEST, dtype=torch.float64)
    exact = HIGHEST / (1 + HIGHEST**2) ** 0.5
    return abs(float(_run(sampler(name), steps, start)) - exact)


def test_euler_closes_in_with_the_first_order():
    assert _error("Euler", 400) == pytest.approx(_error("Euler", 200) / 2, rel=0.1)


def test_dpmpp_2m_closes_in_faster():
    assert _error("DPM++ 2M", 100) < _error("Euler", 100) / 5
    assert _error("DPM++ 2M", 200) < _error("DPM++ 2M", 100) / 3


def test_euler_a_ends_with_the_data_s_own_spread():
    start = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(5), dtype=torch.float64) * HIGHEST
    assert float(_run(sampler("Euler a"), 400, start).std()) == pytest.approx(1.0, abs=0.05)


def test_euler_a_follows_the_seed_s_noise_and_the_others_draw_none():
    start = torch.full((1, 1, 64, 64), HIGHEST, dtype=torch.float64)
    for name, differs in (("Euler", False), ("DPM++ 2M", False), ("Euler a", True)):
        one, other = (_run(sampler(name), 10, start, seed) for seed in (1, 2))
        assert torch.equal(one, other) is not differs


def test_a_batch_s_noise_is_that_of_its_seeds():
    both = SeedNoise([3, 4], (4, 8, 8), torch.device("cpu"), "CPU")
    single = SeedNoise([4], (4, 8, 8), torch.device("cpu"), "CPU")
    for _ in range(3):
        assert torch.equal(both.draw()[1], single.draw()[0])


@pytest.mark.parametrize("name", ["euler", "Heun", "", "DPM++ 2M Karras"])
def test_an_unknown_sampler_names_the_known_ones(name: str):
    with pytest.raises(PureNegativeError, match="Euler, Euler a, DPM"):
        sampler(name)
