"""The judging page: one document with its style and script in it, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from pure_negative.io import web_page
from pure_negative.yields.db import labels

_SHAPE_KEYS = dict(zip("qwer", ("", *labels.SHAPES), strict=True))
"""Key → the body shape that it chooses, '' for none."""


def text() -> str:
    """The page."""
    return web_page.write(
        Path(__file__),
        "img-src 'self' data:",
        "connect-src 'self'",
        labels={"classes": labels.CLASSES, "humans": labels.HUMANS, "shape_keys": _SHAPE_KEYS},
    )
