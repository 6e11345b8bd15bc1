"""W and size to CFG: every published row, the line between them, and what a W brings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.preset import library
from pure_negative.rules import cfg_scale
from pure_negative.rules.cfg_scale import CfgRule, recommend
from pure_negative.rules.size import Size, read_size
from tests import strategies as draw

# seeds/001, both tables "CFG Range / CFG Recommended", in their order; what was struck through there is left out.
PUBLISHED = [
    ("512x512", 12, 16, 10.5),
    ("512x768", 18, 24, 16),
    ("576x768", 18, 24, 24),
    ("768x512", 18, 24, 16),
    ("768x576", 18, 24, 18),
    ("1024x576", 24, 30, 27),
    ("576x1024", 12, 30, 27),
    ("768x768", 27, 36, 24),
    ("1408x512", 27, 36, 27),
    ("512x1408", 27, 36, 27),
    ("384x640", 12, 16, 10.5),
    ("640x384", 12, 16, 10.5),
    ("896x256", 12, 16, 10.5),
    ("256x896", 12, 16, 10.5),
    ("1024x256", 12, 16, 10.5),
    ("256x1024", 12, 16, 10.5),
]


@pytest.mark.parametrize(("wish", "low", "high", "cfg"), PUBLISHED)
def test_every_published_row(wish, low, high, cfg):
    found = recommend(0.564, read_size(wish))
    assert (found.cfg, found.range, found.scaled) == (cfg, (low, high), False)
    assert found.source == f"the published row for {wish}"


@pytest.mark.parametrize(("wish", "cfg"), [("512x512", 8.0), ("768x768", 18.0)])
def test_the_rows_of_anything_v3(wish, cfg):
    """seeds/000, "CFG Recommended"."""
    known = library.load("anything-v3")
    found = recommend(known.strength.w, read_size(wish), known.cfg)
    assert (found.cfg, found.range) == (cfg, None)
    assert "preset's row" in found.source


@pytest.mark.parametrize(
    ("w", "base"),
    [(0.91, 16), (0.82, 12), (0.564, 10.5), (0.102, 8), (0.0001, 8), (1e-16, 8), (5e-324, 8), (1.0, 16), (2.0, 16)],
)
def test_the_published_bases(w, base):
    """seeds/001, "follow the scale with base ..."; seeds/000 for 0.102 and lower."""
    assert cfg_scale.base(w) == base


@pytest.mark.parametrize(("brackets", "base"), [(-2, 12), (-6, 10.5), (-24, 8)])
def test_the_bracket_counts_have_the_bases_published_beside_them(brackets, base):
    assert cfg_scale.base(1.1**brackets, brackets) == base


@pytest.mark.parametrize(("upper", "lower"), [(0.91, 0.82), (0.82, 0.564), (0.564, 0.102)])
def test_between_two_points_the_base_is_linear_in_brackets(upper, lower):
    middle = math.sqrt(upper * lower)  # half the brackets between them
    assert cfg_scale.base(middle) == pytest.approx((cfg_scale.base(upper) + cfg_scale.base(lower)) / 2)


@given(draw.weights, draw.weights)
def test_the_base_never_falls_with_w_and_stays_within_the_published(one, other):
    low, high = sorted((one, other))
    assert 8 <= cfg_scale.base(low) <= cfg_scale.base(high) <= 16


@pytest.mark.parametrize(
    ("w", "wish", "cfg"),
    [
        (0.82, "512x512", 12),
        (0.91, "512x512", 16),
        (0.564, "576x768", 24),
        (0.82, "768x768", 27.5),
        (0.82, "1024x576", 31),
        (0.102, "640x384", 8),
    ],
)
def test_rows_scale_with_the_base(w, wish, cfg):
    found = recommend(w, read_size(wish))
    assert (found.cfg, found.scaled) == (cfg, w != 0.564)
    assert found.range == recommend(0.564, read_size(wish)).range


@given(draw.weights, draw.sizes)
def test_sizes_without_a_row_follow_the_area(w, found_size):
    rule = CfgRule(rule="area")
    found = recommend(w, found_size, rule)
    exact = min(cfg_scale.HIGHEST, cfg_scale.base(w) * max(1.0, found_size.width * found_size.height / 512**2))
    assert found.cfg == found.formula
    assert found.cfg * 2 == int(found.cfg * 2)
    assert abs(found.cfg - exact) <= 0.25 + 1e-9
    assert found.range is None


@pytest.mark.parametrize(
    ("wish", "formula"), [("768x768", 23.5), ("512x768", 16), ("576x768", 17.5), ("384x640", 10.5)]
)
def test_the_formula_s_value_stands_beside_a_row(wish, formula):
    assert recommend(0.564, read_size(wish)).formula == formula


@given(draw.sizes, st.floats(0.5, 30))
def test_a_constant_rule_is_one_scale_at_every_size(found_size, base):
    found = recommend(0.5, found_size, CfgRule(base=base, rule="constant"))
    assert abs(found.cfg - base) <= 0.25


def test_a_preset_s_own_row_comes_before_the_published_one():
    rule = CfgRule(base=4, rule="nai", rows=(("768x768", 13.25),))
    assert recommend(0.564, Size(768, 768), rule).cfg == 13.25
    assert recommend(0.564, Size(512, 512), rule).cfg == 4


@pytest.mark.parametrize(
    ("w", "effect"),
    [
        (0.9, "humans may disappear"),
        (0.95, "interacts with objects"),
        (1.0, "average"),
        (1.05, "simple geometry"),
        (1.1, "almost no objects inside objects"),
        (2.0, "single bright sphere"),
        (0.564, "randomness"),
        (0.1, "still have an effect"),
        (1e-4, "minimal effect"),
        (1e-16, "minimal effect"),
    ],
)
def test_hints_on_w_are_the_research_s_table(w, effect):
    """seeds/001, "W / What will happen"; seeds/000 on 1e-4, 1e-16 and 0.1."""
    assert effect in cfg_scale.hints(w)[0]


@pytest.mark.parametrize(("cfg", "count"), [(1.0, 1), (0.5, 1), (0.0, 1), (1.01, 0), (10.5, 0)])
def test_a_cfg_scale_at_which_the_negative_prompt_does_nothing_is_warned_of(cfg, count):
    assert len(cfg_scale.warnings(cfg)) == count
