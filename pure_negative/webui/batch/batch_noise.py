"""Extensions that draw noise of their own for a whole batch, so that a picture comes out otherwise beside others.

Their cells are made one at a time, as those of samplers that choose their steps from the whole batch.
"""

from __future__ import annotations

from typing import Any

from pure_negative.webui.batch import extensions

_KNOWN = {"CADS": "cads_active"}
"""Title of the script, whose first argument switches it on → what its axis in X/Y/Z plot sets on a run for that."""


def drawn(p: Any) -> bool:
    """Whether one of them is on for this run."""
    return any(_on(p, title, attribute) for title, attribute in _KNOWN.items())


def _on(p: Any, title: str, attribute: str) -> bool:
    script = extensions.find(p, title)
    return script is not None and bool(getattr(p, attribute, extensions.is_on(p, script)))
