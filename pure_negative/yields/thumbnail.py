"""A small JPEG of a picture, for the contact sheet."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pure_negative.errors import PureNegativeError
from pure_negative.io import picture_text

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 384
"""Pixels of the longer side."""
MOST_PIXELS = 64 * 1024 * 1024


def of(data: bytes) -> bytes:
    """The picture made small.

    Raises:
        PureNegativeError: it is damaged or too large.
    """
    small = decoded(data)
    small.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=88)
    return file.getvalue()


def decoded(data: bytes) -> Image:
    """The picture in a file.

    Raises:
        PureNegativeError: it is damaged or too large.
    """
    import PIL.Image

    try:
        with PIL.Image.open(io.BytesIO(data), formats=picture_text.FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PureNegativeError(f"the picture has more than the {MOST_PIXELS} pixels allowed.")
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, RuntimeError, AssertionError, PIL.Image.DecompressionBombError) as error:
        if isinstance(error, PureNegativeError):
            raise
        raise PureNegativeError("the picture is damaged.") from None
