"""A renderer that needs no model: small pictures that depend on every field of their request, and on nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from PIL import Image

from pure_negative.planning.request import Model, Progress, Request


class FakeRenderer:
    """Draws the digest of each request; `stop_after` pictures it is interrupted, as by Ctrl-C."""

    model = Model("fake", "0123456789")

    def __init__(self, stop_after: int | None = None) -> None:
        self.batches: list[list[Request]] = []
        self.stop_after = stop_after

    def chunks(self, text: str) -> int:
        return 1 + len(text) // 300

    def described(self, request: Request) -> Mapping[str, str]:
        return {}

    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image.Image]:
        if self.stop_after is not None and sum(map(len, self.batches)) + len(batch) > self.stop_after:
            raise KeyboardInterrupt
        self.batches.append(list(batch))
        if progress:
            for step in range(batch[0].steps):
                progress(step + 1, batch[0].steps)
        return [picture(request) for request in batch]


def picture(request: Request) -> Image.Image:
    """The digest of the request as 8 by 4 grey pixels, scaled to its size in units of 64."""
    digest = hashlib.sha256(repr(request).encode()).digest()
    return Image.frombytes("L", (8, 4), digest).resize((request.width // 64, request.height // 64)).convert("RGB")
