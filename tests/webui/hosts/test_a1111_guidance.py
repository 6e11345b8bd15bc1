"""The WebUI's guidance at a CFG scale per picture, against its own arithmetic written out picture by picture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.webui.hosts import a1111_guidance

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
