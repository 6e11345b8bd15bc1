"""Prompts to conditionings, with the emphasis and the clip skip of WebUI v1.10.1."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion import preflight
from pure_negative.diffusion.embeddings import Embedding, Embeddings
from pure_negative.diffusion.tokens import Chunk, PromptTokenizer
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate


class TextEncoder:
    """A checkpoint's CLIP text model and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, embeddings: Path | None = None) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._prompts = PromptTokenizer(tokenizer, embeddings, model.config.hidden_size)
        self._rows: dict[str, int] = {}
        """Name of an embedding → the first of the rows that were added to the token table for it."""

    @property
    def embeddings(self) -> Embeddings:
        """The textual inversion embeddings that prompts may name."""
        return self._prompts.embeddings

    def used(self, prompt: str) -> list[Embedding]:
        """The embeddings in a prompt, in order."""
        return [embedding for chunk in self._prompts.chunks(prompt) for _, embedding in chunk.embeddings]

    def to(self, device: torch.device) -> None:
        """Move the text model; it stays in float32, as it is small and its weights matter most."""
        self.model.to(device)

    def chunk_count(self, prompt: str) -> int:
        return len(self._prompts.chunks(prompt))

    def encode(self, prompts: Iterable[str], clip_skip: int, emphasis: str) -> dict[str, Tensor]:
        """The conditioning of each distinct prompt: [77 · chunks, width], float32.

        Args:
            prompts: comments, schedules and trailing weights are dealt with already.
            clip_skip: 1 is the last layer, n the layer n - 1 before it.
            emphasis: `Original` or `No norm`.

        Raises:
            PureNegativeError: too many layers to skip, an unknown emphasis, or weights that break the numbers.
        """
        self._check(clip_skip, emphasis)
        chunks = {prompt: self._prompts.chunks(prompt) for prompt in dict.fromkeys(prompts)}
        encoded = iter(self._hidden([chunk for each in chunks.values() for chunk in each], clip_skip))
        return {prompt: self._conditioning(prompt, each, encoded, emphasis) for prompt, each in chunks.items()}

    def _check(self, clip_skip: int, emphasis: str) -> None:
        layers = self.model.config.num_hidden_layers
        if not 1 <= clip_skip <= layers:
            raise validate.refuse("clip skip", clip_skip, f"1 to {layers}, the layers of this text encoder")
        preflight.has("emphasis", emphasis, preflight.EMPHASES)

    def _hidden(self, chunks: list[Chunk], clip_skip: int) -> Tensor:
        """What the text model makes of each chunk: [chunks, 77, width]."""
        self._add_rows(embedding for chunk in chunks for _, embedding in chunk.embeddings)
        tokens = torch.tensor([self._ids(chunk) for chunk in chunks], device=self.model.device)
        if clip_skip == 1:
            last: Tensor = self.model(input_ids=tokens).last_hidden_state
            return last
        hidden = self.model(input_ids=tokens, output_hidden_states=True).hidden_states[-clip_skip]
        normed: Tensor = getattr(self.model, "text_model", self.model).final_layer_norm(hidden)
        return normed

    def _add_rows(self, embeddings: Iterable[Embedding]) -> None:
        """Put the vectors of embeddings that are new behind the table's own tokens, as tokens of their own."""
        table = getattr(self.model, "text_model", self.model).embeddings.token_embedding
        new = {each.name: each for each in embeddings if each.name not in self._rows}
        count = len(table.weight)
        for name, each in new.items():
            self._rows[name] = count
            count += len(each.vectors)
        if new:
            vectors = [each.vectors.to(table.weight) for each in new.values()]
            table.weight = torch.nn.Parameter(torch.cat([table.weight, *vectors]), requires_grad=False)

    def _ids(self, chunk: Chunk) -> list[int]:
        ids = list(chunk.tokens)
        for place, embedding in chunk.embeddings:
            first, count = self._rows[embedding.name], len(embedding.vectors)
            ids[place : place + count] = range(first, first + count)
        return ids

    def _conditioning(self, prompt: str, chunks: list[Chunk], encoded: Any, emphasis: str) -> Tensor:
        parts = [_weighted(next(encoded), chunk.weights, emphasis) for chunk in chunks]
        whole = torch.cat(parts)
        if not bool(whole.isfinite().all()):
            raise PureNegativeError(
                f"prompt: the weights in {validate.shown(prompt)} lead to NaN or infinite values; use others."
            )
        return whole


def _weighted(hidden: Tensor, weights: list[float], emphasis: str) -> Tensor:
    """Each token times its weight; `Original` then restores the mean the chunk had before."""
    weighted = hidden * torch.tensor(weights, device=hidden.device).unsqueeze(-1)
    if emphasis == "No norm":
        return weighted
    return weighted * (hidden.mean() / weighted.mean())
