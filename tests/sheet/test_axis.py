"""Axes: the X/Y/Z notation and bracket counts, read once into typed choices, refused in one sentence."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.choices import Choices
from pure_negative.prompt import emphasis, typed_text
from pure_negative.rules.size import Size
from pure_negative.sheet import axis, notation
from tests import plot_values
from tests import strategies as draw
from tests.strategies import hostile_text


def labels(text: str) -> list[str]:
    return [value.label for value in axis.read(text).values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CFG: 8, 10.5", ["CFG 8", "CFG 10.5"]),
        ("cfg: 1-3", ["CFG 1", "CFG 2", "CFG 3"]),
        ("CFG: 1-6 (+2)", ["CFG 1", "CFG 3", "CFG 5"]),
        ("CFG: 10-5 (-3)", ["CFG 10", "CFG 7"]),
        ("CFG: 3-1", ["CFG 3", "CFG 2", "CFG 1"]),
        ("CFG: 0.1-0.4 (+0.1)", ["CFG 0.1", "CFG 0.2", "CFG 0.3", "CFG 0.4"]),
        ("CFG: 0.1-1.0 [4]", ["CFG 0.1", "CFG 0.4", "CFG 0.7", "CFG 1"]),
        ("steps: 1-10 [4], 48", ["steps 1", "steps 4", "steps 7", "steps 10", "steps 48"]),
        ("W: 6[, 3(, 0.9", ["W 0.564 (6[)", "W 1.33 (3()", "W 0.9"]),
        ("W: 2[-6[ (+2)", ["W 0.826 (2[)", "W 0.683 (4[)", "W 0.564 (6[)"]),
        ("W: 1[-1(", ["W 0.909 (1[)", "W 1 (0[)", "W 1.1 (1()"]),
        ("W: 1e-4, 0.1-0.3 [2]", ["W 0.0001", "W 0.1", "W 0.3"]),
        ("cfg x: 0.5, 2.25", ["CFG × 0.5", "CFG × 2.25"]),
        ("size: 512x768, 768×512", ["size 512×768", "size 768×512"]),
        ("ratio: 16:9, 4:3", ["ratio 16:9", "ratio 4:3"]),
        ('words: "bad, low", worst', ["words: bad, low", "words: worst"]),
        ('prompt: "", "say ""hi"", now", cat', ["prompt: (none)", 'prompt: say "hi", now', "prompt: cat"]),
        ("preset: nai, anything-v3", ["preset nai", "preset anything-v3"]),
        ("sampler: Euler a, DPM++ 2M", ["sampler Euler a", "sampler DPM++ 2M"]),
        ("schedule type: Karras", ["schedule type Karras"]),
        ("clip skip: 1-2", ["clip skip 1", "clip skip 2"]),
        ("seed: 1000000-1000004 [5]", [f"seed {seed}" for seed in range(1_000_000, 1_000_005)]),
        ("seed: 9007199254740980-9007199254740990 [3]", [f"seed {2**53 - 12 + step}" for step in (0, 5, 10)]),
        ("steps: 1-4 [3]", ["steps 1", "steps 2", "steps 4"]),
        ("CFG: 1-2 [4]", ["CFG 1", "CFG 1.33333", "CFG 1.66667", "CFG 2"]),
        ("CFG: 1-5 [1]", ["CFG 1"]),
        ("steps: 1-10 [5]", ["steps 1", "steps 3", "steps 5", "steps 7", "steps 10"]),
        ("steps: 10-1 [5]", ["steps 10", "steps 7", "steps 5", "steps 3", "steps 1"]),
        ("steps: 1 - 5(+2)", ["steps 1", "steps 3", "steps 5"]),
        ("CFG: 0.1-1.0[10]", [f"CFG {tenth / 10:g}" for tenth in range(1, 11)]),
        ("CFG: 1e-3", ["CFG 0.001"]),
        ('words: "bad, low" , "x, y"', ["words: bad, low", "words: x, y"]),
        ('words: "bad, low', ["words: bad, low"]),
        ('words: bad , "low" er', ["words: bad", "words: low er"]),
        ("prompt: 'a', a\"b", ["prompt: 'a'", 'prompt: a"b']),
        ("prompt: cat,", ["prompt: cat", "prompt: (none)"]),
        ('prompt:  "cat\ndog"\nbird', ["prompt: cat\ndog", "prompt: bird"]),
        ("sampler: Euler a ,\tDPM++ 2M,", ["sampler Euler a", "sampler DPM++ 2M"]),
        ("CFG： ８，１０．５、１２", ["CFG 8", "CFG 10.5", "CFG 12"]),
        ("W: ６［－２［ （＋２）", ["W 0.564 (6[)", "W 0.683 (4[)", "W 0.826 (2[)"]),
        ("seed: 1\u20133", ["seed 1", "seed 2", "seed 3"]),
        ("size: ５１２×７６８，７６８＊５１２", ["size 512×768", "size 768×512"]),
        ("ratio: 16：9， 4／3", ["ratio 16:9", "ratio 4:3"]),
        ("words: bad，low, worst", ["words: bad, low", "words: worst"]),
        ("seed: 5, 7-8", ["seed 5", "seed 7", "seed 8"]),
        ("CFG: 8, 8.0, 7-9", ["CFG 8", "CFG 7", "CFG 9"]),
    ],
)
def test_the_notation_reads_as_users_of_x_y_z_type_it(text, expected):
    assert labels(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("W 6[", "give an axis and its values like"),
        ("wieght: 1", "'wieght' is not allowed; give one of W, CFG"),
        ("W: 0", "W must be greater than 0"),
        ("W: -3", "W must be greater than 0"),
        ("W: ", "W has 0 values"),
        ("CFG: five", "'five' is not allowed"),
        ("steps: 0", "whole number from 1"),
        ("steps: 1.5-3.5", "'1.5' is not allowed"),
        ("size: 512, 768", "'512' is not allowed; give width x height"),
        ("CFG: 0.1-1.0", "shorter than one step"),
        ("CFG: 5-1 (+1)", "never reaches its end"),
        ("CFG: 1-5 (+0)", "never reaches its end"),
        ("CFG: 1-5 [0]", "the least is [1]"),
        ("seed: 1-100000", "at most 1000"),
        ("seed: 1-1000, 1001-2000, 2001-3000", "seed has more than the 1000 values allowed"),
        ("CFG: 1-2 [1000000]", "at most 1000"),
        ("W: 1[-9999[", "at most 1000"),
        ("prompt: " + '"' + "x," * 70_000, "is a double quote left open?"),
        ("steps: 1.5-3.5 [3]", "'1.5' is not allowed"),
        ("size: 512＊", "'512*' is not allowed; give width x height"),
        ("prompt: " + ",".join(map(str, range(1001))), "1001 values"),
    ],
)
def test_a_wrong_axis_is_refused_in_a_sentence_that_names_the_place(text, sentence):
    with pytest.raises(PureNegativeError, match=re.escape(sentence)) as refused:
        axis.read(text, "--x")
    assert str(refused.value).startswith("--x")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "chosen", "expected"),
    [
        ("W: 6[", {}, {"strength": emphasis.Strength(0.564, -6)}),
        ("CFG: 8", {"cfg_factor": 2.0}, {"cfg": 8.0}),
        ("CFG ×: 2", {"cfg": 7.0}, {"cfg_factor": 2.0}),
        ("size: 768x512", {"ratio": Fraction(4, 3)}, {"size": Size(768, 512)}),
        ("ratio: 3:2", {"size": Size(64, 64)}, {"ratio": Fraction(3, 2)}),
        ("W: 0.5", {"leave": ("negative", "cfg")}, {"strength": emphasis.Strength(0.5), "leave": ("cfg",)}),
        ("steps: 9", {"leave": ("steps",)}, {"steps": 9, "leave": ()}),
    ],
)
def test_a_value_sets_its_choice_and_takes_away_what_contradicts_it(text, chosen, expected):
    read = axis.read(text)
    assert read.applied(read.values[0], Choices(**chosen)) == Choices(**expected)


def test_an_axis_with_too_many_values_is_refused_before_the_rest_are_read(monkeypatch):
    read = []
    value_of = axis.read_value
    monkeypatch.setattr(axis, "read_value", lambda *given: read.append(given[1]) or value_of(*given))
    with pytest.raises(PureNegativeError, match="more than the 1000 values"):
        axis.read("seed: " + ", ".join(f"{start}000-{start}999" for start in range(900)))
    assert len(read) == 1000


class Counted(Fraction):
    """A ratio that counts how often it is compared."""

    compared = 0
    __hash__ = Fraction.__hash__

    def __eq__(self, other):
        Counted.compared += 1
        return super().__eq__(other)


def test_each_value_is_compared_with_few_others():
    kind = axis.kind_named("ratio")
    made = axis.of("ratio", [kind.value(Counted(place + 1, 1000)) for place in range(1000)])
    assert len(made.values) == 1000
    assert Counted.compared < 10_000


numbers = st.decimals(-50, 50, places=2)


@given(numbers, numbers, st.decimals("0.12", 5, places=2))
def test_a_range_starts_at_its_start_keeps_its_step_and_never_passes_its_end(start, end, step):
    step = step if end >= start else -step
    if abs(end - start) < abs(step):
        return
    values = [value.changes["cfg"] for value in axis.read(f"CFG: {start + 100}-{end + 100} ({step:+})").values]
    assert values[0] == float(start + 100)
    assert all(b - a == pytest.approx(float(step)) for a, b in pairwise(values))
    assert abs(float(end + 100) - values[-1]) < abs(float(step)) - 1e-9 or values[-1] == float(end + 100)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(2, 60))
def test_a_count_gives_so_many_values_from_end_to_end(start, end, count):
    if start == end:
        return
    values = [value.changes["cfg"] for value in axis.read(f"CFG: {start}-{end} [{count}]").values]
    assert len(values) == count
    assert (values[0], values[-1]) == (start, end)


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1), st.integers(2, 60))
def test_a_count_over_whole_numbers_is_cut_off_as_the_plot_cuts_it(start, end, count):
    theirs = plot_values.numbers(f"{start}-{end} [{count}]", int)
    values = [value.changes["seed"] for value in axis.read(f"seed: {start}-{end} [{count}]").values]
    if max(start, end) <= 2**52:
        assert values == list(dict.fromkeys(theirs))
    else:
        exact = [start + Fraction(end - start) * place / (count - 1) for place in range(count)]
        assert values == list(dict.fromkeys(map(int, exact)))


@settings(max_examples=5_000)
@given(draw.axis_texts)
def test_a_list_is_divided_as_the_plot_divides_it(text):
    assert notation.split(text, "x", blanks=True) == plot_values.split(text)


@settings(max_examples=5_000)
@given(draw.axis_parts, st.sampled_from([int, float]))
def test_a_part_has_the_plot_s_values(part, kind):
    """But for the ends of ranges, which `notation` keeps to: what the plot makes beyond them is left out."""
    part = part.strip()
    try:
        made = plot_values.of_part(part, kind)
    except (ValueError, ZeroDivisionError):
        return
    theirs = plot_values.within_its_ends(part, made)
    try:
        ours = [kind(each) for each in notation.expand(part, "x", kind is int)]
    except PureNegativeError:
        assert len(theirs) < 2
        return
    assert ours[: len(theirs)] == pytest.approx(theirs, rel=1e-12)
    assert len(ours) == len(theirs) or (ours[0] >= ours[-1] and (kind is int or not theirs))


@given(hostile_text)
def test_a_prompt_axis_has_what_the_plot_has(text):
    try:
        theirs = [typed_text.read_prompt(each, "x") for each in plot_values.split(validate.text(text, "x", 1_000))]
    except PureNegativeError:
        return
    if theirs:
        assert [value.changes["prompt"] for value in axis.prepare("prompt", text)] == theirs


@given(st.sampled_from([*axis.KINDS]), st.lists(hostile_text, min_size=1, max_size=4))
def test_hostile_values_are_read_or_refused_and_what_is_read_survives_being_written(name, texts):
    quoted = ", ".join('"' + text.replace('"', '""') + '"' for text in texts)
    try:
        read = axis.read(f"{name}: {quoted}")
    except PureNegativeError as error:
        assert "\n" not in str(error)
        return
    assert axis.read(read.text) == read


@given(hostile_text)
def test_any_text_is_an_axis_or_one_sentence(text):
    try:
        axis.read(text)
    except PureNegativeError as error:
        assert "\n" not in str(error)
