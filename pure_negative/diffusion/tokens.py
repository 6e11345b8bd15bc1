"""A prompt's tokens in chunks of 75, each token with its weight, cut where the WebUI cuts them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ftfy

from pure_negative.diffusion.embeddings import Embedding, Embeddings
from pure_negative.errors import PureNegativeError
from pure_negative.prompt.attention import BREAK, parse

CHUNK = 75
BACKTRACK = 20
"""A full chunk moves its last words to the next when its last comma is at most so many tokens back (WebUI)."""


@dataclass(frozen=True)
class Chunk:
    """77 tokens for the text encoder (start, 75 of the prompt or padding, end) and the weight of each.

    `embeddings` says at which places of the 77 the vectors of an embedding stand instead; the tokens there are 0.
    """

    tokens: list[int]
    weights: list[float]
    embeddings: list[tuple[int, Embedding]] = field(default_factory=list)


class PromptTokenizer:
    """A CLIP tokenizer, and the WebUI's way from a prompt to chunks with it.

    Args:
        tokenizer: transformers' CLIPTokenizer.
        folder: where textual inversion embeddings are.
        width: of the text encoder they must be for.
    """

    def __init__(self, tokenizer: Any, folder: Path | None = None, width: int = 0) -> None:
        self._tokenizer = tokenizer
        self._special = re.compile(f"({'|'.join(map(re.escape, tokenizer.all_special_tokens))})")
        self._comma = tokenizer.get_vocab().get(",</w>")
        self.start: int = tokenizer.bos_token_id
        self.end: int = tokenizer.eos_token_id
        self.embeddings = Embeddings(folder, width, lambda text: self._ids([text])[0])

    def chunks(self, prompt: str) -> list[Chunk]:
        """At least one chunk, be the prompt empty."""
        return [self._framed(part) for part in self._filled(prompt).finish()]

    def count(self, prompt: str) -> int:
        """How many tokens a prompt has, by the WebUI's count: 75 for each chunk that is closed, however full."""
        return self._filled(prompt).count()

    def _filled(self, prompt: str) -> _Filler:
        pieces = parse(prompt)
        filler = _Filler(self._comma)
        for piece, tokens in zip(pieces, self._ids([text for text, _ in pieces]), strict=True):
            if piece == BREAK:
                filler.next()
                continue
            self._fill(filler, tokens, piece[1])
        return filler

    def _fill(self, filler: _Filler, tokens: list[int], weight: float) -> None:
        place = 0
        while place < len(tokens):
            found = self.embeddings.at(tokens, place)
            if found is None:
                filler.add(tokens[place], weight)
                place += 1
            else:
                filler.add_embedding(tokens[place], found[0], weight)
                place += found[1]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer(
            [self._mended(text) for text in texts], truncation=False, add_special_tokens=False, verbose=False
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    def _mended(self, text: str) -> str:
        """The text as the WebUI's (slow) tokenizer mends it first: curly quotes, full-width signs, HTML entities."""
        parts = self._special.split(text)
        return "".join(part if self._special.fullmatch(part) else ftfy.fix_text(part).lower() for part in parts)

    def _framed(self, part: _Part) -> Chunk:
        padding = CHUNK - len(part.tokens)
        tokens = [self.start, *part.tokens, *[self.end] * (padding + 1)]
        placed = [(place + 1, embedding) for place, embedding in part.embeddings]
        return Chunk(tokens, [1.0, *part.weights, *[1.0] * (padding + 1)], placed)


@dataclass
class _Part:
    """A chunk in the making, and where its last comma is."""

    tokens: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    comma: int | None = None
    embeddings: list[tuple[int, Embedding]] = field(default_factory=list)

    def is_full(self) -> bool:
        return len(self.tokens) == CHUNK

    def cut_after_comma(self) -> _Part:
        """Take the tokens behind the last comma out, into a part of their own.

        The vectors of an embedding among them stay, in the place of padding, as the WebUI leaves them there.
        """
        at = CHUNK if self.comma is None else self.comma + 1
        rest = _Part(self.tokens[at:], self.weights[at:])
        del self.tokens[at:], self.weights[at:]
        return rest

    def append(self, token: int, weight: float) -> None:
        self.tokens.append(token)
        self.weights.append(weight)

    def has_room(self, count: int) -> bool:
        return len(self.tokens) + count <= CHUNK


class _Filler:
    """Fills part after part with tokens."""

    def __init__(self, comma: int | None) -> None:
        self._comma = comma
        self._done: list[_Part] = []
        self._part = _Part()

    def add(self, token: int, weight: float) -> None:
        self._make_room(token)
        self._part.append(token, weight)

    def add_embedding(self, token: int, embedding: Embedding, weight: float) -> None:
        """Put an embedding, whose name begins with this token, where all its vectors fit into one chunk."""
        count = len(embedding.vectors)
        if count > CHUNK:
            raise PureNegativeError(
                f"the embedding {embedding.name} has {count} vectors; a prompt's chunk takes {CHUNK}."
            )
        self._make_room(token)
        if not self._part.has_room(count):
            self.next()
        self._part.embeddings.append((len(self._part.tokens), embedding))
        for _ in range(count):
            self._part.append(0, weight)

    def _make_room(self, token: int) -> None:
        part = self._part
        if part.is_full():
            near = part.comma is not None and CHUNK - part.comma <= BACKTRACK
            self.next(part.cut_after_comma() if near and token != self._comma else _Part())
        elif token == self._comma:
            part.comma = len(part.tokens)

    def next(self, part: _Part | None = None) -> None:
        self._done.append(self._part)
        self._part = part or _Part()

    def count(self) -> int:
        return CHUNK * len(self._done) + len(self._part.tokens)

    def finish(self) -> list[_Part]:
        if self._part.tokens or not self._done:
            self.next()
        return self._done
