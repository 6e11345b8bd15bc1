"""Conditionings of prompts that were encoded before: a sheet asks for the same few in every batch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

MOST = 256
"""Conditionings kept: of a prompt of one chunk 60 MB for SD 1.x."""
Encode = Callable[[Iterable[str], int, str], Mapping[str, Any]]
"""(prompts, clip skip, emphasis) -> each distinct prompt's conditioning."""


class Conditionings:
    """What `encode` gives, each once as long as it is among the last that were asked for."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def of(self, prompts: Iterable[str], clip_skip: int, emphasis: str, weights: Hashable) -> dict[str, Any]:
        """Each distinct prompt's conditioning.

        Args:
            prompts: as for `encode`.
            clip_skip: the same.
            emphasis: the same.
            weights: what the text encoder's weights depend on.
        """
        keys = {prompt: (prompt, clip_skip, emphasis, weights) for prompt in prompts}
        new = [prompt for prompt, key in keys.items() if key not in self._kept]
        found = {prompt: self._kept[key] for prompt, key in keys.items() if key in self._kept}
        found |= self._encode(new, clip_skip, emphasis) if new else {}
        for prompt, key in keys.items():
            self._kept[key] = found[prompt]
            self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found
