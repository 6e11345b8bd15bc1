"""The closed set of choices: every key has a reader, and what is written reads back."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices
from pure_negative.planning.choices import Choices
from pure_negative.prompt import emphasis
from tests import strategies as draw


@given(draw.all_choices())
def test_what_is_written_reads_back(chosen):
    assert choices.read(choices.write(chosen)) == chosen


def test_every_choice_has_a_reader():
    names = {field.name for field in dataclasses.fields(Choices)}
    assert set(options.readers_by_key()) == names - {"strength"} | {"w", "brackets", "step"}


def test_none_and_missing_mean_the_default():
    assert choices.read(dict.fromkeys(options.readers_by_key())) == choices.read({}) == Choices()


def test_values_may_come_as_texts_or_typed():
    typed = {"w": 0.5, "ladder": True, "steps": 20, "ratio": 1.5, "words": ["bad", "low"], "leave": ["cfg", "size"]}
    texts = {"w": "0.5", "ladder": "yes", "steps": "20", "ratio": "3:2", "words": "bad, low", "leave": "cfg,size"}
    assert choices.read(typed) == choices.read(texts)


@pytest.mark.parametrize(
    ("key", "value", "strength"),
    [
        ("w", "0.5", emphasis.Strength(0.5)),
        ("brackets", "-6", emphasis.Strength(0.564, -6)),
        ("step", "-6", emphasis.Strength(0.564, -6)),
        ("step", "0.9", emphasis.Strength(0.9)),
    ],
)
def test_the_weight_has_three_spellings(key, value, strength):
    assert choices.read({key: value}).strength == strength


@pytest.mark.parametrize(
    "entries",
    [
        {"w": 1, "brackets": 1},
        {"w": 1, "step": 1},
        {"brackets": -6, "step": -6},
        {"ratio": "1:1", "size": "512x512"},
        {"cfg": 8, "cfg_factor": 2},
    ],
)
def test_two_choices_that_contradict_each_other_are_refused(entries):
    with pytest.raises(PureNegativeError, match=f"give only one of {' and '.join(entries)}"):
        choices.read(entries)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"weigth": 1}, "'weigth' is not a key"),
        ({"samplr": "Euler"}, "did you mean sampler?"),
        ({"scope": "all"}, "one of each, whole"),
        ({"leave": "cfg,sise"}, "did you mean size?"),
        ({"seed": -(2**63) - 1}, "from -9223372036854775808 to 18446744073709551615"),
        ({"seed": 2**64}, "from -9223372036854775808 to 18446744073709551615"),
        ({"seed": 6.687881544318118e18}, "in digits"),
        ({"cfg_factor": 0}, "a factor above 0"),
        ({"preset": ""}, "a preset's id"),
        ({"preset": "a\nb"}, "a preset's id"),
        ({"preset": ["nai"]}, "a text"),
        ({"prompt": "a\nNegative prompt: b"}, "has a meaning in generation parameters"),
        ({"emphasis": "None"}, "one of Original, No norm"),
        ({"words": {"bad": 1}}, "a text"),
    ],
)
def test_a_wrong_choice_is_refused_with_its_key(entries, said):
    with pytest.raises(PureNegativeError, match=r"^choices: ") as error:
        choices.read(entries)
    assert said in str(error.value)


def test_what_is_left_may_be_divided_by_other_commas():
    assert choices.read({"leave": "size，cfg、steps"}).leave == ("size", "cfg", "steps")
