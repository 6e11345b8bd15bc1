"""What the WebUI gets of a sheet: its size, what it says of the run, and how much of it stands in memory."""

from __future__ import annotations

from typing import Any

import pytest

from pure_negative.sheet import layout
from pure_negative.webui import hires
from tests.sheet import making
from tests.standin import driver


@pytest.mark.parametrize(
    ("fields", "sizes"),
    [
        ({"hr_scale": 2}, [(128, 256), (256, 128)]),
        ({"hr_scale": 1.55}, [(96, 192), (192, 96)]),
        ({"hr_resize_x": 256, "hr_resize_y": 256}, [(256, 256), (256, 256)]),
        ({"hr_resize_x": 512}, [(512, 1024), (512, 256)]),
    ],
)
def test_hires_fix_makes_room_for_the_second_passs_pictures(fields: dict[str, Any], sizes: list[Any]) -> None:
    wanted = making.sheet("size: 64x128, 128x64")
    p = driver.request(enable_hr=True, width=512, height=512, **fields)
    size_of = hires.size_of(p)
    assert size_of is not None
    assert [size_of(cell) for cell in wanted.cells] == sizes
    planned = layout.plan(wanted, size_of=size_of)
    assert planned.metrics.widths == tuple(width for width, _ in sizes)
    assert planned.metrics.scale == 1
    assert (p.width, p.extra_generation_params, p.hr_upscale_to_x) == (512, {}, 0)


def test_without_hires_fix_cells_are_as_large_as_asked_for() -> None:
    assert hires.size_of(driver.request(hr_scale=2)) is None
