"""Prompts to conditionings, with the emphasis and the clip skip of WebUI v1.10.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion import preflight
from pure_negative.diffusion.embeddings import Embedding, Embeddings
from pure_negative.diffusion.text_model import TextModel
from pure_negative.diffusion.tokens import Chunk, PromptTokenizer
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate


@dataclass(frozen=True)
class Conditioning:
    """What a prompt tells the UNet: `tokens` [77 · chunks, width] and, of SDXL, `pooled` [width]; both float32."""

    tokens: Tensor
    pooled: Tensor | None = None

    def to(self, device: torch.device) -> Conditioning:
        """The same on a device."""
        return Conditioning(self.tokens.to(device), None if self.pooled is None else self.pooled.to(device))

    def zeros(self) -> Conditioning:
        """Nothing told: what SDXL takes an empty negative prompt for."""
        return Conditioning(
            torch.zeros_like(self.tokens), None if self.pooled is None else torch.zeros_like(self.pooled)
        )


class TextEncoder:
    """A checkpoint's text models, one or for SDXL two side by side, and their tokenizer."""

    def __init__(self, models: Sequence[TextModel], tokenizer: Any, embeddings: Path | None = None) -> None:
        self.models = tuple(models)
        self.tokenizer = tokenizer
        self._prompts = PromptTokenizer(tokenizer, embeddings, sum(each.width for each in models))

    @property
    def model(self) -> Any:
        """The first text model, of transformers."""
        return self.models[0].module

    @property
    def embeddings(self) -> Embeddings:
        """The textual inversion embeddings that prompts may name."""
        return self._prompts.embeddings

    def used(self, prompt: str) -> list[Embedding]:
        """The embeddings in a prompt, in order."""
        return [embedding for chunk in self._prompts.chunks(prompt) for _, embedding in chunk.embeddings]

    def to(self, device: torch.device, dtype: torch.dtype) -> None:
        """Move the text models; emphasis is applied in float32 all the same."""
        for each in self.models:
            each.module.to(device=device, dtype=dtype)

    def chunk_count(self, prompt: str) -> int:
        return len(self._prompts.chunks(prompt))

    def encode(self, prompts: Iterable[str], clip_skip: int, emphasis: str) -> dict[str, Conditioning]:
        """The conditioning of each distinct prompt.

        Args:
            prompts: comments, schedules and trailing weights are dealt with already.
            clip_skip: 1 is the last layer, n the layer n - 1 before it; only SD 1.x heeds it, as in the WebUI.
            emphasis: `Original` or `No norm`.

        Raises:
            PureNegativeError: too many layers to skip, an unknown emphasis, or weights that break the numbers.
        """
        preflight.has("emphasis", emphasis, preflight.EMPHASES)
        chunks = {prompt: self._prompts.chunks(prompt) for prompt in dict.fromkeys(prompts)}
        encoded = self._encoded([chunk for each in chunks.values() for chunk in each], clip_skip, emphasis)
        return {prompt: _joined(prompt, [next(encoded) for _ in each]) for prompt, each in chunks.items()}

    def _encoded(self, chunks: list[Chunk], clip_skip: int, emphasis: str) -> Iterator[Conditioning]:
        """The conditioning of each chunk, both models' side by side."""
        first, *others = (model.hidden(chunks, clip_skip) for model in self.models)
        for place, chunk in enumerate(chunks):
            parts = [_weighted(hidden.tokens[place], chunk.weights, emphasis) for hidden in (first, *others)]
            pooled = others[0].pooled if others else None
            yield Conditioning(torch.cat(parts, dim=-1), None if pooled is None else pooled[place])


def _joined(prompt: str, parts: list[Conditioning]) -> Conditioning:
    """The chunks one after another; the pooled text is the first one's."""
    tokens, pooled = torch.cat([each.tokens for each in parts]), parts[0].pooled
    if not bool(tokens.isfinite().all()) or (pooled is not None and not bool(pooled.isfinite().all())):
        raise PureNegativeError(
            f"prompt: the weights in {validate.shown(prompt)} lead to NaN or infinite values; use others."
        )
    return Conditioning(tokens, pooled)


def _weighted(hidden: Tensor, weights: list[float], emphasis: str) -> Tensor:
    """Each token times its weight; `Original` then restores the mean the chunk had before."""
    weighted = hidden * torch.tensor(weights, device=hidden.device).unsqueeze(-1)
    if emphasis == "No norm":
        return weighted
    return weighted * (hidden.mean() / weighted.mean())
