"""Words and W to text: the research's lists to the letter, and every text read back by the WebUI's grammar."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.prompt import attention, emphasis
from pure_negative.prompt.emphasis import Strength, negative_prompt, read_words
from tests import strategies as draw

# seeds/001, "Negative prompt used", and seeds/000, its last list: copied to the letter.
TEN = "bad, comic, cropped, error, extra, low, lowres, normal, speech_bubble, worst"
TEN_AT_0564 = (
    "(bad:0.564), (comic:0.564), (cropped:0.564), (error:0.564), (extra:0.564), (low:0.564), (lowres:0.564), "
    "(normal:0.564), (speech_bubble:0.564), (worst:0.564)"
)
TEN_IN_BRACKETS = (
    "[[[[[[bad]]]]]], [[[[[[comic]]]]]], [[[[[[cropped]]]]]], [[[[[[error]]]]]], [[[[[[extra]]]]]], [[[[[[low]]]]]], "
    "[[[[[[lowres]]]]]], [[[[[[normal]]]]]], [[[[[[speech_bubble]]]]]], [[[[[[worst]]]]]]"
)
EIGHTEEN = (
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry, artist name"
)
EIGHTEEN_AT_09 = (
    "(lowres:0.9), (bad anatomy:0.9), (bad hands:0.9), (text:0.9), (error:0.9), (missing fingers:0.9), "
    "(extra digit:0.9), (fewer digits:0.9), (cropped:0.9), (worst quality:0.9), (low quality:0.9), "
    "(normal quality:0.9), (jpeg artifacts:0.9), (signature:0.9), (watermark:0.9), (username:0.9), (blurry:0.9), "
    "(artist name:0.9)"
)
EXTENDED_AT_082 = (
    "(bad_anatomy:0.82), (bad_feet:0.82), (bad_hands:0.82), (bad_perspective:0.82), (bad_proportions:0.82), "
    "(comic:0.82), (cropped:0.82), (cropped_arms:0.82), (cropped_head:0.82), (cropped_legs:0.82), "
    "(cropped_shoulders:0.82), (cropped_torso:0.82), (english_text:0.82), (error:0.82), (extra:0.82), "
    "(low quality:0.82), (lowres:0.82), (no_humans:0.82), (normal quality:0.82), (outside_border:0.82), "
    "(speech_bubble:0.82), (text_focus:0.82), (worst quality:0.82)"
)
NINE_AT_00001 = (
    "(bad:0.0001), (comic:0.0001), (cropped:0.0001), (error:0.0001), (extra:0.0001), (low:0.0001), (lowres:0.0001), "
    "(speech:0.0001), (worst:0.0001)"
)


@pytest.mark.parametrize(
    ("words", "step", "notation", "text"),
    [
        (TEN, 0.564, "weight", TEN_AT_0564),
        (TEN, -6, "bracket", TEN_IN_BRACKETS),
        (TEN, 0.564, "bracket", TEN_IN_BRACKETS),
        (TEN, -6, "novelai", TEN_IN_BRACKETS),
        (EIGHTEEN, 1, "bracket", EIGHTEEN),
        (EIGHTEEN, "0.9", "weight", EIGHTEEN_AT_09),
        (
            "bad_anatomy, bad_feet, bad_hands, bad_perspective, bad_proportions, comic, cropped, cropped_arms, "
            "cropped_head, cropped_legs, cropped_shoulders, cropped_torso, english_text, error, extra, low quality, "
            "lowres, no_humans, normal quality, outside_border, speech_bubble, text_focus, worst quality",
            0.82,
            "weight",
            EXTENDED_AT_082,
        ),
        ("bad, comic, cropped, error, extra, low, lowres, speech, worst", 1e-4, "weight", NINE_AT_00001),
        ("bad", "1e-16", "weight", "(bad:0.0000000000000001)"),
    ],
)
def test_the_lists_of_the_research_come_out_to_the_letter(words, step, notation, text):
    assert negative_prompt(read_words(words), emphasis.read_step(step), "each", notation) == text


def test_the_whole_list_in_one_bracket():
    words = read_words("lowres, bad anatomy, text")
    assert negative_prompt(words, Strength(0.9), "whole") == "(lowres, bad anatomy, text:0.9)"
    assert negative_prompt(words, emphasis.read_step(-2), "whole", "bracket") == "[[lowres, bad anatomy, text]]"
    assert negative_prompt(words, emphasis.read_step(2), "whole", "bracket") == "((lowres, bad anatomy, text))"
    assert negative_prompt(words, emphasis.read_step(3), "whole", "novelai") == "{{{lowres, bad anatomy, text}}}"


@pytest.mark.parametrize(
    ("value", "w", "brackets"),
    [
        (0.9, 0.9, None),
        ("0.9", 0.9, None),
        (1, 1.0, None),
        ("1", 1.0, None),
        ("2.0", 2.0, None),
        (-6, 0.564, -6),
        ("-6", 0.564, -6),
        (-6.0, 0.564, -6),
        (-24, 0.102, -24),
        (2, 1.21, 2),
        ("+2", 1.21, 2),
    ],
)
def test_the_step_tool_s_number(value, w, brackets):
    assert emphasis.read_step(value) == Strength(w, brackets)


@pytest.mark.parametrize(
    "value",
    [0, "0", 0.0, "-0.5", "", "nan", "inf", "1e400", pytest.param(10**5000, id="huge"), -401, None, True, [2], "٣"],
)
def test_a_wrong_step_is_refused(value):
    with pytest.raises(PureNegativeError, match=r"^step: "):
        emphasis.read_step(value)


@pytest.mark.parametrize("value", [0, -1, "0.0", "1e-400", math.inf, math.nan, "0,5", "९", None, True, "W"])
def test_w_is_a_finite_number_above_zero(value):
    with pytest.raises(PureNegativeError, match=r"^w: "):
        emphasis.read_w(value)


@given(draw.weights)
def test_a_weight_is_written_without_exponent_and_exactly(w):
    text = validate.decimal(w)
    assert set(text) <= set("0123456789.")
    assert float(text) == w


@pytest.mark.parametrize("brackets", [-6, -2, -24])
def test_the_bracket_counts_of_the_research_are_its_weights(brackets):
    """seeds/001: 0.82 is 2x[, 0.564 is 6x[; seeds/000: 0.102 is 24x[."""
    published = {-2: 0.82, -6: 0.564, -24: 0.102}
    strength = emphasis.read_brackets(brackets)
    assert strength.w == pytest.approx(published[brackets], abs=0.007)
    assert emphasis.bracket_count(Strength(published[brackets]), "bracket") == brackets


def test_words_are_trimmed_and_kept_in_order_without_blanks_and_repeats():
    assert read_words("  worst,, bad ,worst, low quality ,\t") == ("worst", "bad", "low quality")
    assert read_words(["worst, bad", "low quality", "bad"]) == ("worst", "bad", "low quality")


def test_escaped_and_plain_brackets_are_one_word():
    words = read_words(r"astolfo_(fate), astolfo_\(fate\)")
    assert words == ("astolfo_(fate)",)
    assert negative_prompt(words, Strength(0.5)) == r"(astolfo_\(fate\):0.5)"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("a\nb", "a line break"),
        ("a #b", "'#'"),
        ("a BREAK b", "BREAK"),
        ("AND", "AND"),
        ("<lora:x:1>", "extra-network"),
        ("(bad:0.5)", "has its own weight"),
        ("low:0.5)", "has its own weight"),
        ("a\x00b", "U+0000"),
        ("a\ud800", "U+D800"),
        ("a\u2028b", "U+2028"),
        ("x" * 201, "201 characters"),
    ],
)
def test_what_the_grammar_would_turn_into_something_else_is_refused_by_name(word, name):
    with pytest.raises(PureNegativeError) as error:
        read_words(f"bad, {word}" if "," not in word else [word])
    assert str(error.value).startswith("words: ")
    assert name in str(error.value)


def test_words_that_only_resemble_commands_are_words():
    assert read_words("BREAKFAST, SAND, a_AND_b, <3, >_<") == ("BREAKFAST", "SAND", "a_AND_b", "<3", ">_<")


@pytest.mark.parametrize("value", ["", " , ,", [], None, 3, [["bad"]], ",".join(map(str, range(501))), "x" * 20_001])
def test_a_list_without_words_or_with_too_many_is_refused(value):
    with pytest.raises(PureNegativeError, match=r"^words: "):
        read_words(value)


def test_underscores_become_spaces_and_never_a_command():
    assert emphasis.spaced(("speech_bubble", "speech bubble", "_")) == ("speech bubble", "_")
    with pytest.raises(PureNegativeError, match="BREAK"):
        emphasis.spaced(("a_BREAK_b",))


def _spread(text):
    """Each character with its weight, as the grammar reads the text."""
    return [(sign, weight) for part, weight in attention.parse(text) for sign in part]


def _expected(words, weight, between):
    pairs = [(sign, weight) for sign in words[0]]
    for word in words[1:]:
        pairs += [(",", between), (" ", between), *((sign, weight) for sign in word)]
    return pairs


@given(draw.word_lists, draw.weights, st.sampled_from(emphasis.SCOPES))
def test_the_grammar_reads_exactly_w_on_every_word(words, w, scope):
    text = negative_prompt(words, Strength(w), scope)
    assert _spread(text) == _expected(words, w, w if scope == "whole" else 1.0)


@given(
    st.lists(draw.words.filter(lambda word: not set(word) & set(":|")), min_size=1, max_size=4, unique=True),
    st.integers(-64, 64),
    st.sampled_from(emphasis.SCOPES),
)
def test_the_grammar_reads_as_many_brackets_as_were_asked_for(words, count, scope):
    strength = emphasis.read_brackets(count)
    weight = 1.0
    for _ in range(abs(count)):
        weight *= 1.1 if count > 0 else 1 / 1.1
    text = negative_prompt(words, strength, scope, "bracket")
    assert _spread(text) == _expected(words, weight, weight if scope == "whole" else 1.0)
    assert weight == pytest.approx(emphasis.written_w(strength, "bracket"))


@pytest.mark.parametrize("notation", ["bracket", "novelai"])
@pytest.mark.parametrize("word", ["a:b", "a|b"])
def test_a_word_that_would_be_a_schedule_in_brackets_is_refused(notation, word):
    with pytest.raises(PureNegativeError, match="use the notation 'weight'"):
        negative_prompt((word,), Strength(0.564), "each", notation)


@pytest.mark.parametrize("word", ["a{b", "[a"])
def test_novelai_has_no_sign_to_write_its_own_brackets(word):
    with pytest.raises(PureNegativeError, match="use the notation 'weight'"):
        negative_prompt((word,), Strength(0.564), "each", "novelai")


def test_a_weight_of_too_many_brackets_is_refused():
    with pytest.raises(PureNegativeError, match="387 brackets"):
        negative_prompt(("bad",), Strength(1e-16), "each", "bracket")


def test_the_ladder_is_the_negative_exponential_scale():
    """seeds/001: 0.95 for the character, 0.91, 0.82, 0.75 for good-to-have details."""
    text = emphasis.climb("miku, 1girl, car, park, sky, tree")
    assert text == "(miku:1.0), (1girl:0.95), (car:0.91), (park:0.82), (sky:0.75), (tree:0.68)"


@given(st.lists(draw.words, min_size=1, max_size=30, unique=True))
def test_the_ladder_falls_and_is_taken_back(tags):
    text = emphasis.ladder(tags)
    weights = [weight for _, weight in attention.parse(text) if weight != 1.0]
    assert weights == sorted(weights, reverse=True)
    assert _spread(text)[: len(tags[0])] == [(sign, 1.0) for sign in tags[0]]
    assert emphasis.descend(text) == ", ".join(map(emphasis.escape, tags))
    assert emphasis.climb(text) == text


@pytest.mark.parametrize(
    "prompt", ["<lora, x>", "<lora:x:1>", "(miku:1.0), 1girl", "a #b", "a BREAK b", ",".join(map(str, range(501)))]
)
def test_a_prompt_that_can_not_climb_is_refused(prompt):
    with pytest.raises(PureNegativeError, match=r"^prompt: "):
        emphasis.climb(prompt)


@pytest.mark.parametrize("text", ["", "miku", "(miku:0.9)", "(miku:1.0), (1girl:0.91), (car:0.75)", "(a:1.0), b"])
def test_what_is_no_ladder_is_not_taken_for_one(text):
    assert emphasis.descend(text) is None
