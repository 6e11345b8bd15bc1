"""The samplers on a model whose path is known: data that is normal with variance 1."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pure_negative.diffusion.brownian import BrownianNoise, BrownianTree
from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.preflight import SAMPLERS
from pure_negative.diffusion.samplers import BY_SIGMAS, BY_TIMESTEPS, Sampling
from pure_negative.diffusion.sampling import Guided, Run, TimestepRun
from pure_negative.diffusion.sigmas import NoiseTable, karras
from pure_negative.errors import PureNegativeError
from pure_negative.rules import seeds

LOWEST, HIGHEST = 0.01, 14.6
STOCHASTIC = (
    *("Euler a", "DPM2 a", "DPM++ 2S a", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE"),
    *("DPM fast", "DPM adaptive", "Restart", "LCM"),
)
SECOND_ORDER = ("Heun", "DPM2", "LMS", "DPM++ 2M")


def levels(steps: int) -> Tensor:
    spaced = torch.logspace(torch.tensor(HIGHEST).log10(), torch.tensor(LOWEST).log10(), steps, dtype=torch.float64)
    return torch.cat([spaced, torch.zeros(1)])


def denoised(name: str, steps: int, start: Tensor, seed: int = 0) -> Tensor:
    """From the highest level down; the model sees x / (1 + sigma²) in the latents."""
    noise = SeedNoise([seed], (1, 64, 64), torch.device("cpu"), "CPU")
    sigmas, told = levels(steps), []
    between = BrownianNoise([seed], sigmas, noise.of_seed)
    run = Run(
        lambda x, sigma: x / (1 + sigma**2), sigmas, lambda: noise.draw().double(), between, told.append, LOWEST,
        HIGHEST, steps,
    )  # fmt: skip
    clean = BY_SIGMAS[name](start, run)
    assert told == sorted(told)
    assert name == "DPM adaptive" or told[-1] >= steps
    return clean


def error(name: str, steps: int) -> float:
    """Against the exact path: from x at the highest level to x / sqrt(1 + highest²)."""
    start = torch.full((1, 1, 1, 1), HIGHEST, dtype=torch.float64)
    exact = HIGHEST / (1 + HIGHEST**2) ** 0.5
    return abs(float(denoised(name, steps, start)) - exact)


def test_every_sampler_of_the_webui_is_there():
    assert {*BY_SIGMAS, *BY_TIMESTEPS} == set(SAMPLERS)


def test_euler_closes_in_with_the_first_order():
    assert error("Euler", 400) == pytest.approx(error("Euler", 200) / 2, rel=0.1)


@pytest.mark.parametrize("name", SECOND_ORDER)
def test_those_of_a_higher_order_close_in_faster(name: str):
    assert error(name, 100) < error("Euler", 100) / 5
    assert error(name, 200) < error(name, 100) / 3


@pytest.mark.parametrize("name", [name for name in STOCHASTIC if name != "LCM"])
def test_those_with_noise_end_with_the_data_s_own_spread(name: str):
    start = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(5), dtype=torch.float64) * HIGHEST
    assert float(denoised(name, 200, start).std()) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("name", BY_SIGMAS)
def test_noise_is_the_seed_s(name: str):
    start = torch.full((1, 1, 64, 64), HIGHEST, dtype=torch.float64)
    one, other, again = (denoised(name, 24, start, seed) for seed in (1, 2, 1))
    assert torch.equal(one, other) is (name not in STOCHASTIC)
    assert torch.equal(one, again)


def test_dpm_adaptive_is_k_diffusion_s_on_a_smooth_model():
    """The numbers are those of the k-diffusion of WebUI v1.10.1; with an untrained UNet rounding errors change them."""
    noise = SeedNoise([1, 5], (4, 8, 8), torch.device("cpu"), "CPU")
    sigmas = karras(12, 0.029167, 14.614642)
    between = BrownianNoise([1, 5], sigmas, noise.of_seed)
    start = noise.draw() * sigmas[0]
    run = Run(
        lambda x, sigma: x.tanh() / (1 + sigma**2), sigmas, noise.draw, between, lambda _: None, 0.029167, 14.614642, 12
    )
    expected = [0.0984363, -0.5680465, 0.3090909, -0.2296844, 0.6456254, -0.4828542, -0.4418399, 0.3492012]
    assert BY_SIGMAS["DPM adaptive"](start, run)[0, 0, 0].tolist() == pytest.approx(expected, abs=1e-5)


def stepped(name: str, steps: int) -> float:
    """How far latents that should keep still have moved: in those of variance 1, all of x stays on the exact path."""
    alphas = torch.linspace(0.9999, 0.004, 1000, dtype=torch.float64)

    def predict(x: Tensor, timestep: float, factor: float) -> Guided:
        place = torch.tensor(timestep).clamp(0, 999)
        low = int(place)
        share = alphas[low].log() * (1 - (place - low)) + alphas[min(low + 1, 999)].log() * (place - low)
        noise = x * (1 - share.exp()).sqrt()
        return Guided(noise, noise)

    told: list[int] = []
    times = torch.arange(0, 1000, 1000 // steps) + 1
    moved = BY_TIMESTEPS[name](
        torch.ones(1, 1, 1, 1, dtype=torch.float64), TimestepRun(predict, alphas, times.clamp(max=999), told.append)
    )
    assert told[-1] in (steps - 1, steps)
    return abs(float(moved) - 1)


@pytest.mark.parametrize("name", ["DDIM", "DDIM CFG++"])
def test_ddim_closes_in_with_the_first_order(name: str):
    assert stepped(name, 200) == pytest.approx(stepped(name, 100) / 2, rel=0.1)


@pytest.mark.parametrize("name", ["PLMS", "UniPC"])
def test_plms_and_unipc_close_in_faster(name: str):
    assert stepped(name, 25) < stepped("DDIM", 25) / 5


def test_a_batch_s_noise_is_that_of_its_seeds():
    both = SeedNoise([3, 4], (4, 8, 8), torch.device("cpu"), "CPU")
    single = SeedNoise([4], (4, 8, 8), torch.device("cpu"), "CPU")
    for _ in range(3):
        assert torch.equal(both.draw()[1], single.draw()[0])


def motion(seed: int = 3) -> BrownianTree:
    noise = SeedNoise([0], (1, 100, 100), torch.device("cpu"), "CPU")
    return BrownianTree(seed, LOWEST, HIGHEST, noise.of_seed)


def test_a_brownian_motion_is_the_same_wherever_it_is_looked_at_before():
    times = (0.5, 14.0, 0.02, 3.25, 3.250001, 0.01, 14.6, 7.305)
    once = {time: motion().at(time) for time in times}
    tree = motion()
    for time in (*times, *reversed(times)):
        assert torch.equal(torch.as_tensor(tree.at(time)), torch.as_tensor(once[time]))
    assert tree.at(LOWEST - 1) == 0
    assert torch.equal(torch.as_tensor(tree.at(HIGHEST + 1)), torch.as_tensor(once[HIGHEST]))
    assert not torch.equal(torch.as_tensor(motion(4).at(3.25)), torch.as_tensor(once[3.25]))


def test_a_brownian_motion_moves_by_the_root_of_the_time_and_forgets_where_from():
    noise = SeedNoise([7], (1, 100, 100), torch.device("cpu"), "CPU")
    between = BrownianNoise([7], levels(9), noise.of_seed)
    early, late = between(torch.tensor(9.0), torch.tensor(4.0)), between(torch.tensor(4.0), torch.tensor(3.9))
    for drawn in (early, late):
        assert float(drawn.std()) == pytest.approx(1, abs=0.03)
        assert float(drawn.mean()) == pytest.approx(0, abs=0.04)
    assert float((early * late).mean()) == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize("name", ["euler", "Heun++", "", "DPM++ 2M Karras"])
def test_an_unknown_sampler_names_the_known_ones(name: str):
    noise = SeedNoise([seeds.fixed(3)], (4, 8, 8), torch.device("cpu"), "CPU")
    table = NoiseTable.of(torch.linspace(0.999, 0.004, 1000))
    with pytest.raises(PureNegativeError, match=r"DPM\+\+ 2M, .*Euler a, Euler, .*LCM"):
        Sampling(name, "Automatic", 5, table).run(None, noise, lambda done: None)
