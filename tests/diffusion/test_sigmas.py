"""Noise levels: k-diffusion's spacing, and timesteps with fractions."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.diffusion.checkpoint import Checkpoint
from pure_negative.diffusion.preflight import SCHEDULERS
from pure_negative.diffusion.sigmas import NoiseTable, sigmas
from pure_negative.errors import PureNegativeError


@pytest.fixture(scope="module")
def table(loaded: Checkpoint) -> NoiseTable:
    return loaded.noise_levels


def test_stable_diffusion_reaches_from_0_0292_to_14_6146(table: NoiseTable):
    assert float(table.sigmas[0]) == pytest.approx(0.0292, abs=1e-4)
    assert float(table.sigmas[-1]) == pytest.approx(14.6146, abs=1e-4)


DDIM = "DDIM"
"""The schedule type that takes whole numbers of the model's levels, and so others of them, more or fewer."""


@given(st.sampled_from(SCHEDULERS), st.sampled_from(["Euler", "DPM2 a", "DPM++ 2M"]), st.integers(2, 2000))
def test_levels_fall_from_the_highest_to_the_lowest_then_0(table: NoiseTable, scheduler: str, sampler: str, steps: int):
    levels = sigmas(scheduler, sampler, steps, table)
    if scheduler != DDIM:
        assert len(levels) == steps + 1
        assert float(levels[0]) == pytest.approx(float(table.sigmas[-1]), rel=1e-4)
    assert float(levels[-1]) == (pytest.approx(table.lowest) if scheduler == "KL Optimal" else 0)
    assert bool((levels[1:] <= levels[:-1]).all())


@pytest.mark.parametrize("scheduler", ["Automatic", "Uniform", "Karras", "Exponential", "Polyexponential", "Normal"])
def test_these_come_to_the_lowest_level_before_0(table: NoiseTable, scheduler: str):
    assert float(sigmas(scheduler, "Euler", 20, table)[-2]) == pytest.approx(table.lowest, rel=1e-5)


def test_one_step_starts_at_the_highest_level(table: NoiseTable):
    for scheduler in set(SCHEDULERS) - {"KL Optimal", "Align Your Steps", DDIM}:
        assert sigmas(scheduler, "Euler", 1, table).tolist() == pytest.approx([float(table.sigmas[-1]), 0])


def test_some_samplers_leave_out_the_level_before_the_last(table: NoiseTable):
    whole = sigmas("Karras", "Euler", 13, table).tolist()
    assert sigmas("Karras", "DPM2", 12, table).tolist() == [*whole[:-2], whole[-1]]


def test_beta_is_symmetric_and_dense_at_both_ends(table: NoiseTable):
    shares = ((sigmas("Beta", "Euler", 21, table)[:-1] - table.lowest) / (table.highest - table.lowest)).double()
    assert torch.allclose(shares + shares.flip(0), torch.ones(21).double(), atol=1e-5)
    assert float(shares[0] - shares[1]) < 0.5 * float(shares[10] - shares[11])
    assert float(shares[5]) == pytest.approx(0.82432, abs=1e-5)  # as scipy.stats.beta.ppf(0.75, 0.6, 0.6)


def test_align_your_steps_has_the_published_levels_for_sdxl_too(table: NoiseTable):
    assert sigmas("Align Your Steps", "Euler", 11, table)[3:5].tolist() == pytest.approx([2.697, 1.886])
    assert sigmas("Align Your Steps", "Euler", 11, table, xl=True)[3:5].tolist() == pytest.approx([2.181, 1.342])


def test_automatic_is_each_samplers_own(table: NoiseTable):
    def automatic(sampler: str) -> torch.Tensor:
        return sigmas("Automatic", sampler, 20, table)

    assert torch.equal(automatic("Euler"), sigmas("Uniform", "Euler", 20, table))
    assert torch.equal(automatic("Euler a"), sigmas("Uniform", "Euler a", 20, table))
    assert torch.equal(automatic("DPM++ 2M"), sigmas("Karras", "DPM++ 2M", 20, table))


def test_karras_is_even_in_the_seventh_root(table: NoiseTable):
    roots = sigmas("Karras", "Euler", 9, table)[:-1] ** (1 / 7)
    assert torch.allclose(roots.diff(), roots.diff().mean().expand(8), atol=1e-5)


def test_uniform_is_even_in_timesteps(table: NoiseTable):
    timesteps = table.timesteps(sigmas("Uniform", "Euler", 12, table)[:-1])
    assert torch.allclose(timesteps, torch.linspace(999, 0, 12), atol=0.02)


@given(st.floats(0, 999))
def test_a_timestep_and_its_level_are_one(table: NoiseTable, timestep: float):
    level = table.at(torch.tensor([timestep]))
    assert float(table.timesteps(level)) == pytest.approx(timestep, abs=0.02)


def test_between_two_timesteps_it_is_linear_in_the_logarithm(table: NoiseTable):
    low, high = table.sigmas[500:502].tolist()
    assert float(table.timesteps(torch.tensor([math.sqrt(low * high)]))) == pytest.approx(500.5, abs=0.01)


def test_an_unknown_schedule_type_names_the_known_ones(table: NoiseTable):
    with pytest.raises(PureNegativeError, match="Automatic, Uniform, Karras, Exponential, Poly"):
        sigmas("Turbo", "Euler", 20, table)
