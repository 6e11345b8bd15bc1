"""How many pictures are kept in memory: there may be ten thousand."""

from __future__ import annotations

from dataclasses import dataclass

ROOM = 64 << 20
"""Bytes of pictures: 85 of 512×512, more than a batch has by default."""


@dataclass
class Memory:
    """The bytes that are left for RGB pictures."""

    room: int = ROOM

    def takes(self, size: tuple[int, int]) -> bool:
        """Whether there was room for one more picture of that width and height; it is taken now."""
        bytes_needed = 3 * size[0] * size[1]
        if bytes_needed > self.room:
            return False
        self.room -= bytes_needed
        return True
