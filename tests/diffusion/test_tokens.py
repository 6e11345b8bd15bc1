"""Prompts to chunks of 75 tokens, as the WebUI cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.diffusion.checkpoint import Checkpoint
from pure_negative.diffusion.tokens import PromptTokenizer
from tests.diffusion.conftest import negative

START, END = 998, 999


@pytest.fixture(scope="module")
def tokenizer(loaded: Checkpoint) -> PromptTokenizer:
    return PromptTokenizer(loaded.text.tokenizer)


def _inner(tokenizer: PromptTokenizer, prompt: str) -> list[list[int]]:
    """The prompt's own tokens in each chunk, without start, padding and end."""
    return [[token for token in chunk.tokens if token not in (START, END)] for chunk in tokenizer.chunks(prompt)]


def _lengths(tokenizer: PromptTokenizer, prompt: str) -> list[int]:
    return [len(tokens) for tokens in _inner(tokenizer, prompt)]


def test_an_empty_prompt_is_one_chunk_of_padding(tokenizer: PromptTokenizer):
    (chunk,) = tokenizer.chunks("")
    assert chunk.tokens == [START, *[END] * 76]
    assert chunk.weights == [1.0] * 77


def test_the_ten_words_fit_one_chunk(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, negative("0.564")) == [21]


def test_each_token_has_its_weight_and_the_frame_has_1(tokenizer: PromptTokenizer):
    (chunk,) = tokenizer.chunks("bad, (low:0.5)")
    assert chunk.weights == [1.0, 1.0, 1.0, 0.5, *[1.0] * 73]


def test_a_76th_token_opens_a_chunk(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, "bad " * 75) == [75]
    assert _lengths(tokenizer, "bad " * 76) == [75, 1]


def test_words_after_a_near_comma_move_to_the_next_chunk(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, "bad " * 60 + ", " + "low " * 20) == [61, 20]


def test_words_after_a_far_comma_stay(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, "bad " * 50 + ", " + "low " * 30) == [75, 6]


def test_a_comma_that_would_be_the_76th_token_starts_the_next_chunk(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, "bad " * 70 + ", " + "low " * 4 + ", error") == [75, 2]


def test_break_fills_the_chunk_with_padding(tokenizer: PromptTokenizer):
    assert _lengths(tokenizer, "bad BREAK low") == [1, 1]
    assert _lengths(tokenizer, "BREAK") == [0]
    assert _lengths(tokenizer, "bad BREAK BREAK low") == [1, 0, 1]


def test_upper_case_and_signs_are_read_as_the_slow_tokenizer_reads_them(tokenizer: PromptTokenizer):
    assert _inner(tokenizer, "BAD，ＬＯＷ “cat’s” &amp; low") == _inner(tokenizer, 'bad,low "cat\'s" & low')


@given(
    st.lists(
        st.sampled_from(["bad", "low quality", "speech_bubble", ",", "(error:0.5)", "xyz", "é", "漢"]), max_size=200
    )
)
def test_no_token_is_lost_or_added(tokenizer: PromptTokenizer, words: list[str]):
    chunks = tokenizer.chunks(" ".join(words))
    assert all(len(chunk.tokens) == len(chunk.weights) == 77 for chunk in chunks)
    assert all(chunk.tokens[0] == START and chunk.tokens[76] == END for chunk in chunks)
    whole = [token for word in words for part in _inner(tokenizer, word) for token in part]
    assert [token for part in _inner(tokenizer, " ".join(words)) for token in part] == whole
