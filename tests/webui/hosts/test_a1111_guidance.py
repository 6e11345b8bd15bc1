"""The WebUI's guidance at a CFG scale per picture, against its own arithmetic written out picture by picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.webui.hosts import a1111_guidance
from pure_negative.webui.hosts.cfg_scales import Scales

torch = pytest.importorskip("torch")
WEIGHTS = st.floats(-2, 2, width=32)
BATCHES = st.lists(st.tuples(st.lists(WEIGHTS, min_size=1, max_size=3), st.floats(0, 30)), min_size=1, max_size=4)
KINDS = st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16])


@given(BATCHES, KINDS, st.integers(0, 9))
def test_each_picture_comes_out_bit_equal_to_its_own_scale(batch, kind, seed):
    rows = iter(range(100))
    conds = [[(next(rows), weight) for weight in weights] for weights, _ in batch]
    count = sum(map(len, conds))
    noise = torch.randn((count + len(batch), 4, 2, 2), generator=torch.Generator().manual_seed(seed)).to(kind)
    kept = noise.clone()
    made = a1111_guidance.mixed(noise, conds, len(batch), [scale for _, scale in batch])
    for place, (picture, (_, scale)) in enumerate(zip(conds, batch, strict=True)):
        uncond = kept[count + place]
        wanted = uncond.clone()
        for row, weight in picture:
            wanted += (kept[row] - uncond) * (weight * scale)
        assert torch.equal(made[place], wanted)
    assert torch.equal(noise, kept)


class Denoiser:
    """As far as mixing goes, with another extension's function that looks at the whole batch."""

    cond_scale_miltiplier = 0.5

    def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
        denoised = x_out[-uncond.shape[0] :]
        for i, conds in enumerate(conds_list):
            for row, weight in conds:
                denoised[i] += (x_out[row] - denoised[i]) * weight * cond_scale
        return denoised / x_out.abs().max()


@pytest.mark.parametrize("skipped", [False, True])
def test_another_extensions_function_mixes_each_picture_as_if_it_were_alone(skipped):
    noise = torch.randn((5, 4, 2, 2), generator=torch.Generator().manual_seed(3))
    conds, scales = [[(0, 1.0), (1, 0.5)], [(2, 1.0)]], Scales([7.0, 3.0], 7.0)
    mix = a1111_guidance.one_by_one(Denoiser(), scales)
    made = mix(noise.clone(), conds, torch.zeros(2, 77, 8), 1.0 if skipped else 3.5)
    for place, (rows, listed) in enumerate((([0, 1, 3], [(0, 1.0), (1, 0.5)]), ([2, 4], [(0, 1.0)]))):
        scale = 1.0 if skipped else scales.values[place] / 2
        alone = Denoiser().combine_denoised(noise[rows].clone(), [listed], torch.zeros(1, 77, 8), scale)
        assert torch.equal(made[place], alone[0])
    assert scales.used == 1
    assert not scales.trouble
