"""Readers for single values: what they take, and the one sentence for the rest."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from tests import strategies as draw


@pytest.mark.parametrize(
    ("value", "number"),
    [("0.564", 0.564), ("1e-16", 1e-16), (" .5 ", 0.5), ("5.", 5.0), ("+3", 3.0), ("-2", -2.0), (7, 7.0), (0.1, 0.1)],
)
def test_numbers(value, number):
    assert validate.number(value, "x") == number


@pytest.mark.parametrize(
    "value",
    ["", "1e400", "nan", "inf", "0,5", "0x10", "1_0", "٣", "९", "1 2", "--1", "1" * 401, None, True, [], {}, b"1"],
)
def test_what_is_no_number(value):
    with pytest.raises(PureNegativeError, match=r"^x: .* is not allowed; give a number"):
        validate.number(value, "x")


@given(st.floats(allow_nan=False, allow_infinity=False).map(abs))
def test_decimals_read_back_as_the_same_number(value):
    assert validate.number(validate.decimal(value), "x") == value


@pytest.mark.parametrize(("value", "whole"), [("7", 7), (" +7 ", 7), (7.0, 7), (7, 7)])
def test_whole_numbers(value, whole):
    assert validate.whole(value, "x", 1, 9) == whole


@pytest.mark.parametrize("value", ["", "7.0", "7.5", 7.5, 0, 10, "10", "९", math.inf, math.nan, True, None, "1" * 31])
def test_what_is_no_whole_number_in_range(value):
    with pytest.raises(PureNegativeError, match=r"^x: .* give a whole number from 1 to 9"):
        validate.whole(value, "x", 1, 9)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("０．５６４", 0.564),
        ("－２", -2.0),
        ("＋３", 3.0),
        ("\u22122", -2.0),
        ("\u00a07\u3000", 7.0),
        ("1\u200b2", 12.0),
    ],
)
def test_a_number_typed_in_full_width_is_the_number(value, number):
    assert validate.number(value, "x") == number


@pytest.mark.parametrize("value", ["７", "\u00a07\u200b", "＋７"])
def test_a_whole_number_typed_in_full_width_is_the_number(value):
    assert validate.whole(value, "x", 1, 9) == 7


@pytest.mark.parametrize("value", ["٣", "९", "٣٫٥", "７٣"])
def test_other_digits_are_named(value):
    with pytest.raises(PureNegativeError, match="in the digits 0 to 9"):
        validate.number(value, "x")
    with pytest.raises(PureNegativeError, match="in the digits 0 to 9"):
        validate.whole(value, "x", 1, 9)


def test_a_text_s_line_ends_and_tabs_are_made_plain():
    assert validate.text("a\r\nb\rc\td", "x", 10) == "a\nb\nc d"


@pytest.mark.parametrize(
    ("value", "said"), [("a\x00", "U+0000"), ("\x1b[1m", "U+001B"), ("\ud800", "U+D800"), ("a" * 11, "11")]
)
def test_a_text_with_control_signs_or_too_long_is_refused(value, said):
    with pytest.raises(PureNegativeError, match=r"^x: ") as error:
        validate.text(value, "x", 10)
    assert said in str(error.value)


def test_a_choice_is_found_in_any_case_and_the_nearest_is_named():
    assert validate.choice(" WEIGHT ", "x", ("weight", "bracket")) == "weight"
    with pytest.raises(PureNegativeError, match=r"one of weight, bracket \(did you mean bracket\?\)"):
        validate.choice("brakket", "x", ("weight", "bracket"))


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("Yes", True), ("0", False), (" off ", False)])
def test_flags(value, flag):
    assert validate.flag(value, "x") is flag


@pytest.mark.parametrize("value", ["maybe", "", 1, None, "yesyes"])
def test_what_is_no_flag(value):
    with pytest.raises(PureNegativeError, match="give true or false"):
        validate.flag(value, "x")


@given(draw.hostile_value)
def test_any_value_is_shown_short_and_on_one_line(value):
    text = validate.shown(value)
    assert len(text) <= 60
    assert text.isprintable()


def test_a_value_that_holds_itself_many_times_over_is_shown_as_short_as_any():
    held: object = "x"
    for _ in range(60):
        held = [held] * 10
    assert validate.shown(held) == "a value of type list too large to show"
    assert validate.shown({"a": list(range(900))}).startswith("{'a': [0, 1, 2")


@given(draw.hostile_text)
def test_any_name_goes_on_one_line(text):
    assert validate.one_line(text).isprintable()


@given(draw.hostile_value)
def test_every_reader_returns_its_type_or_refuses_in_one_sentence(value):
    readers = (
        (float, lambda: validate.number(value, "x", 0, 5)),
        (int, lambda: validate.whole(value, "x", 0, 5)),
        (str, lambda: validate.text(value, "x", 20)),
        (str, lambda: validate.choice(value, "x", ("bad", "low"))),
        (bool, lambda: validate.flag(value, "x")),
    )
    for kind, reader in readers:
        try:
            assert type(reader()) is kind
        except PureNegativeError as error:
            assert str(error).startswith("x: ")
            assert str(error).isprintable()
