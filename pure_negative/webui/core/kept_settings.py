"""The WebUI's settings afterwards as they were before, whatever was set on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

_MISSING = object()


@contextlib.contextmanager
def kept() -> Iterator[Callable[[], set[str]]]:
    """Around what may change settings; what it gives tells which of them differ by now.

    They are put back as the WebUI itself puts them back after a run, without what the settings page would do then.
    """
    from modules import shared

    data, before = shared.opts.data, {key: copy(value) for key, value in shared.opts.data.items()}
    try:
        yield lambda: {f"opts.{name}" for name in differing(before, data)}
    finally:
        for key in [*data]:
            if key not in before:
                del data[key]
        data.update(before)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The names under which two maps hold different things, or only one of them holds something."""
    pairs = ((name, before.get(name, _MISSING), after.get(name, _MISSING)) for name in before.keys() | after.keys())
    return {name for name, was, now in pairs if not _same(was, now)}


def _same(was: Any, now: Any) -> bool:
    try:
        return was is now or bool(was == now)
    except Exception:
        return False
