"""Seeds: all that the WebUI takes, counted up as it counts them, and never -1 where a picture is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from pure_negative.rules import seeds
from tests import strategies as draw

LONG = 6687881544318117707


@given(st.one_of(draw.fixed_seeds, st.just(-1)))
def test_every_seed_is_read_from_a_number_and_from_its_text(seed):
    assert seeds.read(seed, "seed") == seeds.read(str(seed), "seed") == choices.read({"seed": str(seed)}).seed == seed


@pytest.mark.parametrize("value", [-(2**63) - 1, 2**64, "18446744073709551616", 1.5, 1e19, -1e18, "", "1e3", True])
def test_what_names_no_seed_is_refused(value):
    with pytest.raises(PureNegativeError, match=r"^seed: .* is not allowed; give a"):
        seeds.read(value, "seed")


def test_a_float_is_a_seed_as_far_as_it_names_one():
    assert seeds.read(2.0**53, "seed") == 2**53
    with pytest.raises(PureNegativeError, match="as text, in digits"):
        seeds.read(float(LONG), "seed")


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        (-2, 3, (-2, 2**64 - 1, 0)),
        (-5, 2, (-5, -4)),
        (-(2**63), 2, (-(2**63), -(2**63) + 1)),
        (2**53, 3, (2**53, 2**53 + 1, 2**53 + 2)),
        (2**63 - 1, 2, (2**63 - 1, 2**63)),
        (2**64 - 2, 2, (2**64 - 2, 2**64 - 1)),
    ],
)
def test_they_are_counted_up_as_in_a_batch_of_the_webui(first, count, expected):
    assert seeds.counted_up(first, count) == expected


def test_past_the_last_one_there_is_none():
    with pytest.raises(PureNegativeError, match="is too high for 3 pictures; the last seed is 18446744073709551615"):
        seeds.counted_up(2**64 - 2, 3)


def test_a_random_one_is_drawn_from_as_many_as_the_webui_draws_from():
    drawn = [seeds.fixed(none) for none in (None, -1) for _ in range(20)]
    assert len(set(drawn)) > 20
    assert all(0 <= seed < 2**32 for seed in drawn)
    assert seeds.fixed(-2) == -2


def test_a_picture_said_to_be_of_seed_minus_one_is_had_again():
    made = plan.make(choices.read({}))
    text = infotext.write(made.request(-1), Model("m", "0123456789"), infotext.pack(made))
    assert "Seed: -1," in text
    assert infotext.restore(text).plan().seed == 2**64 - 1
