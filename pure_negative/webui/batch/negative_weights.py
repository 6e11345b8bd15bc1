"""Beside the extension NegPiP, which gives words of a prompt a weight below 0: `(red:-1.2)`.

It takes those words, and at which steps they count, from the first picture of a run and uses them for all of its
pictures. So only pictures that have the same ones share a batch while it is on.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from pure_negative.webui.batch import extensions, prompt_schedules

_TITLE = "NegPiP"
_PART = re.compile(r"\([^(:)]*:\s*-\s*[\d.][^()]*\)")


def is_on(p: Any) -> bool:
    """Whether the extension is on for this run."""
    return extensions.is_on(p, extensions.find(p, _TITLE))


def shared(p: Any, *texts: str) -> tuple[Hashable, ...]:
    """What the pictures of a batch must agree on of these texts; nothing where the extension is off.

    That is the words with a weight below 0; where they are in a text that changes with the steps, all of it.
    """
    if not is_on(p):
        return ()
    return tuple(_of(text) for text in texts)


def _of(text: str) -> Hashable:
    found = tuple(_PART.findall(text))
    return text if found and not prompt_schedules.is_plain(text) else found
