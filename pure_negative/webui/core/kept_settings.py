"""The WebUI's settings afterwards as they were before, whatever was set on the way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from typing import Any

_MISSING = object()


@contextlib.contextmanager
def kept(names: Collection[str] | None = None) -> Iterator[Callable[[], set[str]]]:
    """Around what may change settings; what it gives tells which of them differ by now, and these are put back.

    Called right after the change, it leaves alone what the user sets while pictures are made; never called, it is when
    all is over. With `names` those alone count. They are put back as the WebUI itself puts them back after a run,
    without what the settings page would do then.
    """
    from modules import shared

    data, before = shared.opts.data, {key: copy(value) for key, value in shared.opts.data.items()}
    touched: set[str] | None = None

    def changed() -> set[str]:
        nonlocal touched
        found = differing(before, data)
        touched = (touched or set()) | (found if names is None else found & set(names))
        return {f"opts.{name}" for name in touched}

    try:
        yield changed
    finally:
        if touched is None:
            changed()
        for key in touched or ():
            _put_back(data, key, before.get(key, _MISSING))


def _put_back(data: dict[str, Any], key: str, value: Any) -> None:
    if value is _MISSING:
        data.pop(key, None)
    else:
        data[key] = value


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The names under which two maps hold different things, or only one of them holds something."""
    pairs = ((name, before.get(name, _MISSING), after.get(name, _MISSING)) for name in before.keys() | after.keys())
    return {name for name, was, now in pairs if not _same(was, now)}


def _same(was: Any, now: Any) -> bool:
    try:
        return was is now or bool(was == now)
    except Exception:  # arrays and the like can't be compared so
        return False
