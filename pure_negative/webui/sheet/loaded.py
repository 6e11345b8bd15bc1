"""What is loaded and set after a sheet: what was loaded and set before it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pure_negative.sheet.definition import Sheet
from pure_negative.webui.core import checkpoints, kept_settings
from pure_negative.webui.hosts import detect


@contextlib.contextmanager
def kept(sheet: Sheet) -> Iterator[None]:
    """Around the batches of a sheet, one of whose axes may load other files or change settings.

    The settings' file is not written meanwhile, so that a WebUI that is killed starts with what it had.
    """
    if not any(each.kind and each.kind.beside for each in sheet.axes):
        yield
        return
    try:
        with kept_settings.kept(checkpoints.LOADED):
            yield
    finally:
        detect.current().reload()
