"""How many of a sheet's pictures (up to 10,000) are kept in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

ROOM = 64 << 20
"""Bytes of pictures: 64 of 512×512, more than a batch has by default."""
PIXEL = 4
"""Bytes of an RGB pixel, which Pillow keeps with a fourth that is not used."""


@dataclass
class Memory:
    """The bytes that are left for RGB pictures; several threads may ask."""

    room: int = ROOM
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def takes(self, size: tuple[int, int]) -> bool:
        """Whether there was room for one more picture of that width and height; it is taken now."""
        bytes_needed = PIXEL * size[0] * size[1]
        with self._lock:
            if bytes_needed > self.room:
                return False
            self.room -= bytes_needed
        return True
