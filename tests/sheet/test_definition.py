"""A sheet's cells: each value in its place, one seed for all, and what cannot be a sheet refused beforehand."""

from __future__ import annotations

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from pure_negative.prompt import emphasis
from pure_negative.sheet import axis, definition, scans
from tests.sheet.making import sheet


def test_every_cell_is_the_plan_of_its_values():
    made = sheet("W: 6[, 0.9", "CFG: 8, 10.5, 12", "prompt: cat, dog")
    assert len(made.cells) == 12
    assert [cell.name for cell in made.cells[:4]] == ["1-01-01", "1-01-02", "1-02-01", "1-02-02"]
    for cell in made.cells:
        alone = choices.read(
            {
                "seed": 7,
                "steps": 2,
                "size": "64x64",
                **[{"brackets": -6}, {"w": 0.9}][cell.column],
                "cfg": [8, 10.5, 12][cell.row],
                "prompt": ["cat", "dog"][cell.page],
            }
        )
        assert cell.plan == plan.make(alone)


def test_a_random_seed_is_drawn_once_for_all_cells_and_each_random_value_of_a_seed_axis_for_itself():
    made = definition.make(choices.read({}), axis.read("W: 0.5, 0.6"))
    assert {cell.request.seed for cell in made.cells} == {made.choices.seed}
    assert made.choices.seed not in (None, -1)
    drawn = [cell.request.seed for cell in sheet("seed: -1, -1, -1, 5").cells]
    assert len(set(drawn)) == 4
    assert -1 not in drawn
    assert drawn[3] == 5


def test_the_seed_of_the_hosts_own_controls_counts_where_none_is_chosen():
    made = definition.make(choices.read({}), axis.read("W: 0.5, 0.6"), tab=plan.Tab(seed=99))
    assert {cell.request.seed for cell in made.cells} == {99}


def test_the_recommended_cfg_follows_each_cells_w_and_size():
    made = sheet("W: 6[, 2[, 0.91", "CFG: 8, 10.5, 12, 16", size="512x512")
    framed = {(cell.plan.strength.brackets, cell.plan.cfg) for cell in made.cells if cell.recommended}
    assert framed == {(-6, 10.5), (-2, 12), (None, 16)}


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ((), "at least one axis"),
        (("W: 0.5", "W: 0.6"), "the axis W is used twice"),
        (("CFG: 5", "CFG ×: 1"), "contradict each other"),
        (("size: 64x64", "ratio: 1:1"), "contradict each other"),
        (("seed: 1-1000", "CFG: 1-11"), "11000 cells; at most 10000 are allowed"),
        (("preset: nai, nobody",), "'nobody' is not a preset"),
        (("W: 0.5", "words: a:b"), "use the notation 'weight'"),
    ],
)
def test_what_can_not_be_a_sheet_is_refused(axes, sentence):
    with pytest.raises(PureNegativeError, match=sentence):
        definition.make(choices.read({"notation": "bracket"}), *map(axis.read, axes))


def test_the_published_weights_stand_in_the_w_cfg_scan_against_the_scales_recommended_for_them():
    scan = scans.SCANS["w-cfg"]
    made = definition.make(scan.chosen(choices.read({})), axis.read(scan.x), axis.read(scan.y))
    framed = [cell for cell in made.cells if cell.recommended]
    assert {cell.plan.cfg for cell in framed} == {8, 10.5, 12, 16}
    assert emphasis.Strength(0.564, -6) in {cell.plan.strength for cell in framed}


def test_the_cfg_step_scan_leaves_out_cfg_1_and_its_larger_sister_multiplies_by_the_area():
    small, large = scans.SCANS["cfg-steps"], scans.SCANS["cfg-steps-768"]
    at_512 = [value.changes["cfg"] for value in axis.read(small.x).values]
    at_768 = [value.changes["cfg"] for value in axis.read(large.x).values]
    assert at_512 == list(range(2, 13))
    assert at_768 == [cfg * 2.25 for cfg in at_512]
    assert [value.changes["steps"] for value in axis.read(small.y).values][-1] == 192
    assert str(large.chosen(choices.read({})).size) == "768x768"
    assert str(large.chosen(choices.read({"size": "128x128"})).size) == "128x128"
