"""Extensions that draw noise of their own for a whole batch, so that a picture comes out otherwise beside others.

Their cells are made one at a time, as those of samplers that choose their steps from the whole batch.
"""

from __future__ import annotations

from typing import Any

_KNOWN = {"CADS": "cads_active"}
"""Title of the script, whose first argument switches it on → what its axis in X/Y/Z plot sets on a run for that."""


def drawn(p: Any) -> bool:
    """Whether one of them is on for this run."""
    scripts = getattr(getattr(p, "scripts", None), "alwayson_scripts", ())
    return any(_on(p, script, _KNOWN[script.title()]) for script in scripts if script.title() in _KNOWN)


def _on(p: Any, script: Any, attribute: str) -> bool:
    args = p.script_args[script.args_from : script.args_to]
    return bool(getattr(p, attribute, bool(args) and args[0]))
