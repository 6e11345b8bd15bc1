"""A CFG scale per picture through the UNet patcher: each picture of a batch as if it were alone, whoever else mixes."""

from __future__ import annotations

import copy
import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from pure_negative.errors import PureNegativeError  # noqa: E402
from pure_negative.webui.hosts import cfg_scales  # noqa: E402
from pure_negative.webui.hosts.forge_common import SLOT, Patched  # noqa: E402
from pure_negative.webui.hosts.post_cfg import LIST  # noqa: E402

CFG = st.sampled_from([0.5, 1.0, 3.0, 7.5, 12.5, 24.0])
WEIGHTS = st.lists(st.sampled_from([1.0, 0.6, -0.2]), min_size=1, max_size=3)


class Unet:
    """What a patcher is here: options that a clone copies deeply."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        self.model_options = options or {}

    def clone(self) -> Unet:
        return Unet(copy.deepcopy(self.model_options))

    def set_model_sampler_cfg_function(self, function: Any) -> None:
        self.model_options[SLOT] = function


class Run:
    """One sampling pass: the host's own rule, with whatever stands in the patcher's slot."""

    def __init__(self, unet: Unet, weights: list[float], hires: bool = False) -> None:
        self.p = SimpleNamespace(is_hr_pass=hires, extra_generation_params={"Hires CFG Scale": 1.0}, hr_cfg=1.0)
        self.owner = SimpleNamespace(unet=unet)
        batch = [[SimpleNamespace(weight=weight) for weight in weights]]
        self.denoiser = SimpleNamespace(
            p=self.p,
            inner_model=SimpleNamespace(inner_model=SimpleNamespace(forge_objects=self.owner)),
            sampler=SimpleNamespace(sampler_extra_args={"cond": SimpleNamespace(batch=batch)}),
        )
        self.strength = sum(weights)

    def step(self, x: Any, cond: Any, uncond: Any, scale: float) -> Any:
        """By contract §6: at scale 1 uncond is not asked for; a foreign function has the say where there is one.

        What comes after the mixing is told the conditions, as a list, in place of the noise.
        """
        if math.isclose(scale, 1.0):
            uncond = torch.zeros_like(cond)
        sigma = torch.full((len(x),), 3.0)
        told = {"cond_denoised": cond, "uncond_denoised": uncond, "sigma": sigma, "input": x, "cond_scale": scale}
        function = self.owner.unet.model_options.get(SLOT)
        if function is None:
            done = uncond + (cond - uncond) * scale * self.strength
        else:
            done = x - function({**told, "cond": x - cond, "uncond": x - uncond, "timestep": sigma})
        for after in self.owner.unet.model_options.get(LIST, ()):
            conditions = {name: [{"model_conds": {"c_crossattn": Condition(each)}}] for name, each in conditionings(x)}
            done = after({**told, **conditions, "denoised": done})
        return done


class Condition:
    """What a host keeps a tensor of conditionings in."""

    def __init__(self, cond: Any) -> None:
        self.cond = cond

    def _copy_with(self, cond: Any) -> Condition:
        return Condition(cond)


def conditionings(x: Any) -> list[tuple[str, Any]]:
    """The conditionings of a batch, told from its pictures, so that each picture's are known."""
    return [("cond", x.flatten(1)[:, :4]), ("uncond", -x.flatten(1)[:, :4])]


def predictions(count: int) -> tuple[Any, Any, Any]:
    drawn = torch.Generator().manual_seed(count)
    x, cond, uncond = (torch.randn(count, 4, 2, 3, generator=drawn) for _ in range(3))
    return x, cond, uncond


def foreign(args: dict[str, Any]) -> Any:
    """An extension's mixing that looks at the whole batch, as thresholding by its largest value does."""
    cond, uncond = (args["input"] - args[name] for name in ("cond", "uncond"))
    mixed = uncond + (cond - uncond) * args["cond_scale"]
    return args["input"] - mixed / mixed.abs().max()


def leaping(args: dict[str, Any]) -> Any:
    """One that reads the scale and takes a mean over the batch, as MaHiRo does."""
    leap = args["cond_denoised"] * args["cond_scale"]
    merged = (leap + args["denoised"]) / 2
    likeness = torch.nn.functional.cosine_similarity(args["uncond_denoised"] * args["cond_scale"], merged).mean()
    return (2 + likeness) * args["denoised"] - likeness * leap


def asking_again(args: dict[str, Any]) -> Any:
    """One that asks the model again with the conditions, as Perturbed-Attention Guidance does."""
    found = args["cond"][0]["model_conds"]["c_crossattn"].cond + args["uncond"][0]["model_conds"]["c_crossattn"].cond
    again = args["cond"][0]["model_conds"]["c_crossattn"].cond.mean(1)
    assert bool((found == 0).all())
    assert len(again) == len(args["input"])
    return args["denoised"] + again.reshape(-1, 1, 1, 1)


def stretched(factor: float) -> Any:
    """One with a number of its own, decorated, as the hosts' are."""

    @torch.inference_mode()
    def stretch(args: dict[str, Any]) -> Any:
        return args["input"] - (args["input"] - args["denoised"]) / factor

    return stretch


def with_seen() -> Any:
    """One that keeps what another hook saw of the whole batch, as Self-Attention Guidance does."""
    seen = None

    def hook(each: Any) -> None:
        nonlocal seen
        seen = each

    def guide(args: dict[str, Any]) -> Any:
        assert seen is None or len(seen) >= len(args["input"])
        return args["denoised"] * 2

    hook(None)
    return guide


def each_alone(unet: Unet, weights: list[float], values: list[float], told: float | None = None) -> Any:
    x, cond, uncond = predictions(len(values))
    run = Run(unet, weights)
    return torch.cat(
        [
            run.step(x[i : i + 1], cond[i : i + 1], uncond[i : i + 1], value if told is None else told)
            for i, value in enumerate(values)
        ]
    )


@given(st.lists(CFG, min_size=1, max_size=4), WEIGHTS, st.booleans(), st.booleans(), st.booleans())
def test_each_picture_is_mixed_as_if_it_were_alone(
    values: list[float], weights: list[float], with_other: bool, skipped: bool, hires: bool
) -> None:
    options = {SLOT: foreign} if with_other else {}
    run = Run(Unet(dict(options)), weights, hires)
    base = cfg_scales.base_for(values)
    of = cfg_scales.Scales([2.0] * len(values), 2.0, values, base) if hires else cfg_scales.Scales(values, base)
    for _ in range(2):
        Patched().guide(run.denoiser, of)
        together = run.step(*predictions(len(values)), 1.0 if skipped else base)
        alone = each_alone(Unet(dict(options)), weights, values, 1.0 if skipped else None)
        assert torch.allclose(together, alone, atol=1e-4, rtol=1e-4)
    assert of.used == 2
    assert of.trouble == []


AFTER = st.lists(st.sampled_from([leaping, asking_again, stretched(1.05)]), min_size=1, max_size=3)


@given(st.lists(CFG, min_size=1, max_size=4), AFTER, st.booleans(), st.booleans())
def test_what_changes_a_batch_after_the_mixing_is_called_for_each_picture(
    values: list[float], after: list[Any], with_other: bool, hires: bool
) -> None:
    options = {LIST: after, **({SLOT: foreign} if with_other else {})}
    unet, base = Unet(dict(options)), cfg_scales.base_for(values)
    run = Run(unet, [1.0], hires)
    of = cfg_scales.Scales([2.0] * len(values), 2.0, values, base) if hires else cfg_scales.Scales(values, base)
    for _ in range(2):
        Patched().guide(run.denoiser, of)
        together = run.step(*predictions(len(values)), base)
        assert torch.allclose(together, each_alone(Unet(dict(options)), [1.0], values), atol=1e-3, rtol=1e-3)
    of.release()
    assert run.owner.unet is unet
    assert unet.model_options == options


def test_one_that_keeps_something_of_a_whole_batch_is_refused_in_it_and_not_alone() -> None:
    options = {LIST: [with_seen()]}
    together = Run(Unet(dict(options)), [1.0])
    Patched().guide(together.denoiser, cfg_scales.Scales([3.0, 7.5], 7.5))
    with pytest.raises(PureNegativeError, match=r"with_seen\.guide .* so cells are made one at a time"):
        together.step(*predictions(2), 7.5)
    alone = Run(Unet(dict(options)), [1.0])
    Patched().guide(alone.denoiser, cfg_scales.Scales([1.0], 1.5))
    done = alone.step(*predictions(1), 1.5)
    assert torch.allclose(done, each_alone(Unet(dict(options)), [1.0], [1.0]), atol=1e-4)


def test_one_that_comes_after_the_mixing_in_the_middle_of_a_run_is_called_for_each_picture_too() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    Patched().guide(run.denoiser, of)
    run.owner.unet.model_options[LIST] = [leaping]
    Patched().guide(run.denoiser, of)
    together = run.step(*predictions(2), 7.5)
    assert torch.allclose(together, each_alone(Unet({LIST: [leaping]}), [1.0], [3.0, 7.5]), atol=1e-4)


@pytest.mark.parametrize("count", [1, 4, 16, 17])
@pytest.mark.parametrize("frames", [1, 3])
def test_latents_with_frames_are_mixed_each_picture_at_its_scale(count: int, frames: int) -> None:
    drawn = torch.Generator().manual_seed(count)
    x, cond, uncond = (torch.randn(count, 16, frames, 2, 3, generator=drawn) for _ in range(3))
    values = [1.0, *(2.0 + n / 2 for n in range(count - 1))]
    run, base = Run(Unet(), [1.0]), cfg_scales.base_for(values)
    Patched().guide(run.denoiser, cfg_scales.Scales(values, base))
    together = run.step(x, cond, uncond, base)
    for i, value in enumerate(values):
        alone = Run(Unet(), [1.0]).step(x[i : i + 1], cond[i : i + 1], uncond[i : i + 1], value)
        assert torch.allclose(together[i : i + 1], alone, atol=1e-4)


@given(st.lists(CFG, min_size=2, max_size=4))
def test_a_function_that_comes_later_is_called_for_each_picture(values: list[float]) -> None:
    unet, base = Unet(), cfg_scales.base_for(values)
    run, of = Run(unet, [1.0]), cfg_scales.Scales(values, base)
    Patched().guide(run.denoiser, of)
    run.owner.unet.set_model_sampler_cfg_function(foreign)
    Patched().guide(run.denoiser, of)
    together = run.step(*predictions(len(values)), base)
    assert torch.allclose(together, each_alone(Unet({SLOT: foreign}), [1.0], values), atol=1e-4, rtol=1e-4)


def test_one_that_takes_ours_over_and_calls_it_is_called_for_each_picture() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    Patched().guide(run.denoiser, of)
    ours = run.owner.unet.model_options[SLOT]
    run.owner.unet.set_model_sampler_cfg_function(lambda args: ours(args) * 2)
    Patched().guide(run.denoiser, of)
    x, cond, uncond = predictions(2)
    together = run.step(x, cond, uncond, 7.5)
    values = torch.tensor([3.0, 7.5]).reshape(-1, 1, 1, 1)
    assert torch.allclose(together, x - 2 * (x - (uncond + (cond - uncond) * values)), atol=1e-4)
    assert of.trouble == []


def test_nothing_stays_after_the_run() -> None:
    unet = Unet({SLOT: foreign})
    run, of = Run(unet, [1.0]), cfg_scales.Scales([3.0], 3.0)
    Patched().guide(run.denoiser, of)
    assert run.owner.unet is not unet
    assert unet.model_options == {SLOT: foreign}
    of.release()
    assert run.owner.unet is unet
    again = Unet()
    run.owner.unet = again
    of.release()
    assert run.owner.unet is again


def test_a_unet_that_comes_in_the_middle_of_a_run_is_guided_too() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    Patched().guide(run.denoiser, of)
    run.owner.unet = refiner = Unet()
    Patched().guide(run.denoiser, of)
    together = run.step(*predictions(2), 7.5)
    assert torch.allclose(together, each_alone(Unet(), [1.0], [3.0, 7.5]), atol=1e-4)
    of.release()
    assert run.owner.unet is refiner


def test_a_scale_that_another_extension_changes_is_told() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    Patched().guide(run.denoiser, of)
    run.step(*predictions(2), 5.0)
    assert "another extension changes the CFG scale" in of.trouble[0]


def test_where_both_passes_have_one_scale_the_hires_pass_has_the_first_ones() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    del run.p.hr_cfg
    Patched().set_hires_cfg(run.p, 9)
    Patched().spread_hires(run.p, of, [12.0, None])
    assert not hasattr(run.p, "hr_cfg")
    assert of.now(SimpleNamespace(is_hr_pass=True)) == ([3.0, 7.5], 7.5)


def test_the_hires_pass_has_scales_and_texts_of_its_own() -> None:
    run, of = Run(Unet(), [1.0]), cfg_scales.Scales([3.0, 7.5], 7.5)
    run.p.hr_cfg = 1.0
    Patched().spread_hires(run.p, of, [12.0, None])
    assert run.p.hr_cfg not in (0.0, 1.0)
    assert of.now(SimpleNamespace(is_hr_pass=True)) == ([12.0, 1.0], run.p.hr_cfg)
    assert of.now(SimpleNamespace(is_hr_pass=False)) == ([3.0, 7.5], 7.5)
    Patched().guide(run.denoiser, of)
    assert run.p.extra_generation_params["Hires CFG Scale"] == [12, 1.0]
