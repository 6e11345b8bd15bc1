"""One text model of a checkpoint, and which of its layers the WebUI reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion.embeddings import Embedding
from pure_negative.diffusion.tokens import Chunk
from pure_negative.io import validate

SDXL_LAYER = 11
"""The layer of CLIP that SDXL reads, counted from 1 (Stability's sd_xl_base.yaml, `layer_idx`)."""


@dataclass(frozen=True)
class Hidden:
    """What a text model makes of chunks: `tokens` [chunks, 77, width] and perhaps `pooled` [chunks, width], float32."""

    tokens: Tensor
    pooled: Tensor | None = None

    def is_finite(self) -> bool:
        """Whether no number was too large for the precision."""
        parts = (self.tokens,) if self.pooled is None else (self.tokens, self.pooled)
        return all(bool(part.isfinite().all()) for part in parts)


class TextModel:
    """SD 1.x's CLIP: the layer that clip skip says, through the final norm.

    Args:
        module: transformers' text model.
        first: the place of this model's part in the vectors of an embedding.
    """

    padding: int | None = None
    """The token behind the end token, where it is not the end token itself."""

    attends_as_one = False
    """Whether the WebUI has a layer's attention as one module, which a LoRA changes whole or not at all."""

    def __init__(self, module: Any, first: int = 0) -> None:
        self.module = module
        self.width: int = module.config.hidden_size
        self._first = first
        self._rows: dict[str, int] = {}
        """Name of an embedding → the first of the rows that were added to the token table for it."""

    def hidden(self, chunks: list[Chunk], clip_skip: int) -> Hidden:
        """What the text model makes of each chunk.

        Raises:
            PureNegativeError: too many layers to skip.
        """
        self._add_rows(embedding for chunk in chunks for _, embedding in chunk.embeddings)
        tokens = torch.tensor([self._ids(chunk) for chunk in chunks], device=self.module.device)
        found = self._read(tokens, clip_skip)
        if not found.is_finite() and self.module.dtype != torch.float32:
            self.module.float()
            found = self._read(tokens, clip_skip)
        return found

    def _read(self, tokens: Tensor, clip_skip: int) -> Hidden:
        layers = self.module.config.num_hidden_layers
        if not 1 <= clip_skip <= layers:
            raise validate.refuse("clip skip", clip_skip, f"1 to {layers}, the layers of this text encoder")
        if clip_skip == 1:
            return Hidden(self.module(input_ids=tokens).last_hidden_state.float())
        hidden = self.module(input_ids=tokens, output_hidden_states=True).hidden_states[-clip_skip]
        return Hidden(self._inner.final_layer_norm(hidden).float())

    @property
    def _inner(self) -> Any:
        return getattr(self.module, "text_model", self.module)

    def _add_rows(self, embeddings: Iterable[Embedding]) -> None:
        """Put the vectors of embeddings that are new behind the table's own tokens, as tokens of their own."""
        table = self._inner.embeddings.token_embedding
        new = {each.name: each for each in embeddings if each.name not in self._rows}
        count = len(table.weight)
        for name, each in new.items():
            self._rows[name] = count
            count += len(each.vectors)
        if new:
            part = slice(self._first, self._first + self.width)
            vectors = [each.vectors[:, part].to(table.weight) for each in new.values()]
            table.weight = torch.nn.Parameter(torch.cat([table.weight, *vectors]), requires_grad=False)

    def _ids(self, chunk: Chunk) -> list[int]:
        ids = list(chunk.tokens)
        if self.padding is not None:
            end = ids.index(ids[-1]) + 1
            ids[end:] = [self.padding] * (len(ids) - end)
        for place, embedding in chunk.embeddings:
            first, count = self._rows[embedding.name], len(embedding.vectors)
            ids[place : place + count] = range(first, first + count)
        return ids


class OpenClip(TextModel):
    """SD 2.x's OpenCLIP: its last layer but one, which `clip` has made the last, through the final norm."""

    padding = 0

    attends_as_one = True

    def _read(self, tokens: Tensor, clip_skip: int) -> Hidden:  # noqa: ARG002 - the WebUI ignores it here
        return Hidden(self.module(input_ids=tokens).last_hidden_state.float())


class SdxlClip(TextModel):
    """SDXL's CLIP: its eleventh layer as it is."""

    def _read(self, tokens: Tensor, clip_skip: int) -> Hidden:  # noqa: ARG002
        return Hidden(self.module(input_ids=tokens, output_hidden_states=True).hidden_states[SDXL_LAYER].float())


class SdxlOpenClip(TextModel):
    """SDXL's OpenCLIP: its last layer but one as it is, and the end token of the last, projected."""

    padding = 0

    attends_as_one = True

    def _read(self, tokens: Tensor, clip_skip: int) -> Hidden:  # noqa: ARG002
        found = self.module(input_ids=tokens, output_hidden_states=True)
        return Hidden(found.hidden_states[-2].float(), found.text_embeds.float())
