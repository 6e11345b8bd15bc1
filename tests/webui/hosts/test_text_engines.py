"""How long conditionings are for a model whose text encoder fills no chunks of 75 tokens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pure_negative.webui.hosts import text_engines


class Chunk:
    """What an engine makes of a prompt, or of a part of it."""

    def __init__(self, **lists: list[Any]) -> None:
        vars(self).update(lists)


class Words:
    """An engine with a token for each letter of each weighted part, and one at its end."""

    def tokenize_line(self, line: str) -> list[Chunk]:
        parts = [part.partition(":")[0].strip("() ") for part in line.split(",")]
        tokens = [letter for part in parts for letter in (*part, "end")]
        return [Chunk(tokens=tokens, multipliers=[1.0] * len(tokens))]


class Two(Words):
    """One that counts its padding too, and has two lists of tokens."""

    def tokenize_line(self, line: str) -> Any:
        (chunk,) = super().tokenize_line(line)
        return [Chunk(first=chunk.tokens, second=chunk.tokens[:2])], 7  # type: ignore[attr-defined]


class Clip(Words):
    """One that fills chunks."""

    def get_target_prompt_token_count(self, count: int) -> int:
        return count


def test_a_model_with_clip_alone_counts_in_chunks() -> None:
    assert text_engines.length(SimpleNamespace(text_processing_engine=Clip(), other=Words()), "bad") is None
    assert text_engines.length(SimpleNamespace(), "bad") is None


@pytest.mark.parametrize("engine", [Words(), Two()])
def test_texts_are_alike_if_their_own_tokens_are_as_many_whatever_their_weights(engine: Any) -> None:
    model = SimpleNamespace(text_processing_engine_l=Clip(), text_processing_engine_gemma=engine)

    def length(text: str) -> Any:
        return text_engines.length(model, text)

    assert length("(bad:0.5), (low:0.5)") == length("(bad:0.0001), (low:2)") == length("low, bad")
    assert length("(bad:0.5)") != length("(ugly:0.5)")
    assert length("(ab:0.5), (c:0.5)") != length("(abc:0.5)")
    assert length("") != length("(bad:0.5)")
    assert hash(length("bad"))
    assert text_engines.tokens(engine, "(bad:0.5), (low:0.5)") == 8


def test_a_text_that_an_engine_can_not_be_asked_about_is_like_no_other() -> None:
    class Other:
        def tokenize_line(self, line: str, image: Any) -> Any: ...

    model = SimpleNamespace(text_processing_engine=Other())
    assert text_engines.length(model, "bad") == "bad"
