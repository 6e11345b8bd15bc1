"""A picture on disk for the WebUI's gallery: size and infotext at once, the pixels only when they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image


class OnDisk(Image.Image):
    """An RGB picture that opens its file for the first who works with its pixels; Pillow calls `load` before it does.

    The gallery does not: it serves the file that `already_saved_as` names (the WebUI's modules/ui_tempdir.py). So a
    hundred cells on the page cost no memory, and whatever else a script does with them works as it always did.
    """

    _unread: Path | None = None

    def __init__(self, path: Path, size: tuple[int, int], text: str) -> None:
        """`size` is the picture's width and height in pixels, `text` its infotext if any; the file is not touched."""
        super().__init__()
        vars(self).update(vars(Image.new("RGB", (1, 1))))
        self._size = size
        self.info = {"parameters": text} if text else {}
        self.already_saved_as = str(path)
        self._unread = path

    def load(self) -> Any:
        """The pixels, read the first time.

        Raises:
            OSError: the file is gone, or is no picture.
        """
        if self._unread is not None:
            with Image.open(self._unread) as opened:
                self.im = opened.convert("RGB").im
            self._size, self._unread = self.im.size, None
        return super().load()
