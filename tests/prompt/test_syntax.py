"""What prompts mean besides weights; the cases of schedules were compared with the WebUI's own parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.prompt import emphasis
from pure_negative.prompt.syntax import (
    Lora,
    find_schedule,
    loras,
    refuse_unsupported,
    split_trailing_weight,
    without_comments,
    without_loras,
)
from tests.strategies import hostile_text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a:b:0.5]", "[a:b:0.5]"),
        ("a [bad:0.5] c", "[bad:0.5]"),
        ("[:low: 3 ]", "[:low: 3 ]"),
        ("x [(a:1.2):[b]:.5]", "[(a:1.2):[b]:.5]"),
        ("[a:[b:c:2]:1]", "[b:c:2]"),
        ("[a|b]", "[a|b]"),
        ("[fe|]male", "[fe|]"),
        ("((a][:b:c [d:3]", "[d:3]"),
        ("[a:b:1e-1]", "[a:b:1e-1]"),
        ("(bad:[0.3:0.9:0.5])", "[0.3:0.9:0.5]"),
    ],
)
def test_schedules_are_found(text: str, found: str):
    assert find_schedule(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[bad]",
        "[[low]]",
        "(bad:0.5)",
        "[a:b:c]",
        "[a:b:c:0.5]",
        r"\[a|b\]",
        "[(a|b]",
        "a|b",
        "[a:0.5",
        "[a (b:0.5]",
        "16:9",
    ],
)
def test_emphasis_and_plain_text_are_no_schedules(text: str):
    assert find_schedule(text) is None


@given(
    st.lists(st.text(alphabet="ab()[]\\_: |", min_size=1, max_size=8), min_size=1, max_size=5),
    st.sampled_from(["each", "whole"]),
)
def test_our_own_word_lists_are_no_schedules(words: list[str], scope: str):
    try:
        kept = emphasis.read_words(words)
    except PureNegativeError:
        return
    assert find_schedule(emphasis.negative_prompt(kept, emphasis.Strength(0.5), scope)) is None


@given(hostile_text)
def test_any_text_is_read_or_refused(text: str):
    for prompt, negative in ((text, ""), ("", text)):
        try:
            refuse_unsupported(without_comments(prompt), without_comments(negative))
        except PureNegativeError as error:
            assert "\n" not in str(error)
    assert text.startswith(split_trailing_weight(text).text)


@pytest.mark.parametrize(
    ("prompt", "negative_prompt", "says"),
    [
        ("[a|b]", "", "prompt: .*during sampling"),
        ("", "[a:b:0.5]", "negative prompt: .*during sampling"),
        ("<lora:x:much>", "", "'much' in '<lora:x:much>' is no weight"),
        ("<lora:x:1:nan>", "", "'nan' in '<lora:x:1:nan>' is no weight"),
        ("<lora:x:1:1:two>", "", "'two' in '<lora:x:1:1:two>' is no rank"),
        ("<lora:te=1>", "", "names no LoRA"),
        ("", "<lora:x:1>", "negative prompt: '<lora:x:1>' is plain text in a negative prompt"),
        ("", "<hypernet:y:0.5>", "extra network"),
        ("cat AND dog", "", "AND"),
    ],
)
def test_what_one_prompt_cannot_draw_is_refused(prompt: str, negative_prompt: str, says: str):
    with pytest.raises(PureNegativeError, match=says):
        refuse_unsupported(prompt, negative_prompt)


@pytest.mark.parametrize(
    ("prompt", "left", "found"),
    [
        ("a <lora:x> cat", "a  cat", [Lora("x")]),
        ("<lora:My LoRA v1.2:0.8>", "", [Lora("My LoRA v1.2", 0.8, 0.8)]),
        ("<lora:x:0.5:-1>cat", "cat", [Lora("x", 0.5, -1)]),
        ("<lora:x:0.5:1:4>", "", [Lora("x", 0.5, 1, 4)]),
        ("<lora:x:te=0.5>", "", [Lora("x", 0.5, 0.5)]),
        ("<lora:x:0.3:unet=2:dyn=8>", "", [Lora("x", 0.3, 2, 8)]),
        ("<lora:x:1><lyco:y:0.5>", "", [Lora("x"), Lora("y", 0.5, 0.5)]),
        ("<lora x>, <hypernet:y:1>, a:b>", "<lora x>, <hypernet:y:1>, a:b>", []),
    ],
)
def test_loras_are_read_as_the_webui_reads_them_and_leave_nothing(prompt: str, left: str, found: list[Lora]):
    assert (without_loras(prompt), [*loras(prompt)]) == (left, found)


def test_what_the_webui_reads_as_words_passes():
    refuse_unsupported("SAND, and, ANDROID", "cat AND dog, a < b > c, <br>")


@pytest.mark.parametrize(
    ("text", "left"),
    [("bad # not this\nlow", "bad \nlow"), ("# all", "\n"), ("a\n#b\nc", "a\nc"), ("plain", "plain")],
)
def test_comments_are_cut(text: str, left: str):
    assert without_comments(text) == left


@pytest.mark.parametrize(
    ("prompt", "text", "factor"),
    [
        ("cat :1.5", "cat", 1.5), ("cat:-.5 ", "cat", -0.5), ("cat", "cat", 1.0), ("(cat:1.2)", "(cat:1.2)", 1.0),
        ("", "", 1.0), ("16:9", "16", 9.0), ("a: b", "a: b", 1.0), ("two\nlines :2", "two\nlines", 2.0),
    ],
)  # fmt: skip
def test_a_trailing_weight_is_split_off(prompt: str, text: str, factor: float):
    assert split_trailing_weight(prompt) == (text, factor)
