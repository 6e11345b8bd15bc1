"""Ratio and wish to width × height: the research's rule in whole numbers, and its tables as hints."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.rules import size
from pure_negative.rules.size import Size
from tests import strategies as draw


@pytest.mark.parametrize(
    ("ratio", "aspect512", "closest"),
    [
        ("4:3", "576x384", "576x448"),
        ("16:9", "640x384", "640x384"),
        ("1:1", "512x512", "512x512"),
        ("3:4", "384x576", "448x576"),
        ("9/16", "384x640", "384x640"),
        ("4:1", "1024x256", "1024x256"),
        ("1:64", "64x4096", "64x4096"),
        ("1", "512x512", "512x512"),
    ],
)
def test_known_ratios(ratio, aspect512, closest):
    """seeds/001, "aspect512": 4:3 and 16:9."""
    assert str(size.from_ratio(size.read_ratio(ratio))) == aspect512
    assert str(size.from_ratio(size.read_ratio(ratio), "closest")) == closest


@given(draw.ratios)
def test_aspect512_floors_both_sides_of_the_rectangle_exactly(ratio):
    found = size.from_ratio(ratio)
    for side, square in ((found.width, size.MODEL_AREA * ratio), (found.height, size.MODEL_AREA / ratio)):
        assert side % 64 == 0
        assert side**2 <= square < (side + 64) ** 2


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, 8))))
def test_a_side_that_is_a_multiple_of_64_stays_it(units):
    """The ratio of n² : 8² has sides of exactly 64·n and 64·64/n; a float's root could fall one short."""
    n, other = units
    assert size.from_ratio(Fraction(n * n, 64)).width == 64 * n
    assert size.from_ratio(Fraction(64, other * other)).height == 64 * other
    just_under = Fraction((n + 1) ** 2, 64) / (1 + Fraction(1, 10**30))
    assert size.from_ratio(just_under).width == 64 * n


@given(draw.ratios, st.integers(1, 64), st.integers(1, 64))
def test_closest_is_the_nearest_ratio_of_nearly_the_full_area(ratio, columns, rows):
    found = size.from_ratio(ratio, "closest")
    assert Fraction(8, 10) <= found.area <= 1
    if 0.8 <= columns * rows / 64 <= 1:
        away, other = found.ratio / ratio, Fraction(columns, rows) / ratio
        assert max(away, 1 / away) <= max(other, 1 / other)


@given(draw.ratios, st.sampled_from(size.RULES))
def test_turning_the_ratio_turns_the_size(ratio, rule):
    found, turned = size.from_ratio(ratio, rule), size.from_ratio(1 / ratio, rule)
    assert (found.width, found.height) == (turned.height, turned.width)


@given(st.integers(1, size.LARGEST), st.integers(1, size.LARGEST), st.sampled_from(["x", "×", "X", "*", " x "]))
def test_any_wish_is_snapped_to_the_nearest_multiple_of_64_and_said_so(width, height, sign):
    found = size.read_size(f"{width}{sign}{height}")
    for side, wish in ((found.width, width), (found.height, height)):
        assert side % 64 == 0
        assert side >= 64
        assert abs(side - wish) <= 32 or side == 64
    snapped = (found.width, found.height) != (width, height)
    assert found.wish == (f"{width}x{height}" if snapped else "")
    assert any("rounded to" in hint for hint in size.hints(found)) == snapped


def test_half_way_is_snapped_upwards():
    assert str(size.read_size("96x160")) == "128x192"


@pytest.mark.parametrize(
    "value", ["", "512", "0x512", "8193x64", "512x", "x", "-512x512", "५१२x512", "1e3x64", 512, None, []]
)
def test_a_wrong_size_is_refused(value):
    with pytest.raises(PureNegativeError, match=r"^size: "):
        size.read_size(value)


@pytest.mark.parametrize(
    ("value", "ratio"),
    [
        ("2.35:1", Fraction(47, 20)),
        (1.5, Fraction(3, 2)),
        ("1.33333333333", Fraction(4, 3)),
        ("0.1:0.3", Fraction(1, 3)),
        (" 16 : 9 ", Fraction(16, 9)),
        ("1e2/1e2", Fraction(1)),
    ],
)
def test_ratios_mean_the_decimals_they_are_written_with(value, ratio):
    assert abs(size.read_ratio(value) - ratio) < Fraction(1, 10**9)


@pytest.mark.parametrize(
    "value",
    ["", "0:1", "1:0", "1:65", "65:1", "16:9:4", "a:b", "-4:3", "nan", "1e400:1", "९:1", True, None, [], float("inf")],
)
def test_a_wrong_ratio_is_refused(value):
    with pytest.raises(PureNegativeError, match=r"^ratio: "):
        size.read_ratio(value)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("448x512", "cropped"),
        ("512x512", "one ordinary object"),
        ("768x512", "rich background"),
        ("1024x512", "rich background"),
        ("768x768", "several objects"),
    ],
)
def test_hints_on_the_area_are_the_research_s_table(wish, expected):
    """seeds/001, "Area over 512x512": <1.0, 1.0, 1.5, >2.0."""
    assert expected in size.hints(size.read_size(wish))[0]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("256x896", "on top of a human's head"),
        ("512x1024", None),
        ("384x512", None),
        ("512x512", "human, or objects with scenery"),
        ("768x576", "human, or objects with scenery"),
    ],
)
def test_hints_on_the_ratio_are_the_research_s_table(wish, expected):
    """seeds/001, "Aspect ratio": <0.5 and >0.75; it has nothing to say between 0.5 and 0.75."""
    hints = [hint for hint in size.hints(size.read_size(wish)) if hint.startswith("Aspect ratio")]
    assert bool(hints) == bool(expected)
    assert expected is None or expected in hints[0]


@pytest.mark.parametrize(
    ("width", "height", "count"),
    [(1024, 256, 0), (256, 1024, 0), (1088, 256, 1), (256, 1088, 1), (1536, 512, 0), (1536, 576, 1), (4096, 512, 2)],
)
def test_warnings_outside_1_to_4_and_above_three_times_the_area(width, height, count):
    assert len(size.warnings(Size(width, height))) == count


@pytest.mark.parametrize(
    "typed", ["16：9", "１６：９", "16∶9", "16／9", "16 : 9", "16\u00a0:\u30009", "16:9\u200b", "1６／９"]
)
def test_a_ratio_typed_in_full_width_is_the_ratio(typed):
    assert size.read_ratio(typed) == Fraction(16, 9)


@pytest.mark.parametrize("typed", ["16x9", "16：", "：9", "16：9：1", "١٦:٩", "sixteen:9", "16;9", ""])
def test_a_wrong_ratio_is_told_what_a_ratio_is(typed):
    with pytest.raises(PureNegativeError, match=r"^ratio: .*give width:height like 16:9, from 1:64 to 64:1\.$"):
        size.read_ratio(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "768x512",
        "768×512",
        "768*512",
        "７６８ｘ５１２",
        "７６８×５１２",
        "768＊512",
        "768\u00a0× 512",
        "768✕512",
        "768X\u200b512",
    ],
)
def test_a_size_is_read_however_its_sign_is_typed(typed):
    assert size.read_size(typed) == Size(768, 512)
