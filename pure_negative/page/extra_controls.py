"""The page's own controls beside the panel's, and the plan that both make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.panel import values
from pure_negative.planning import plan
from pure_negative.prompt import typed_text
from pure_negative.rules import seeds

CONTROLS = ("prompt", "negative_prompt", "seed", *options.settings_alone())
"""In the order of the events' arguments, after the panel's."""


def planned(arguments: Sequence[Any]) -> plan.Plan:
    """The plan for the panel's values followed by the page's own.

    Raises:
        PureNegativeError: a value is not allowed.
    """
    count = len(values.CONTROLS)
    own = dict(zip(CONTROLS, arguments[count:], strict=True))
    prompt, typed = (typed_text.read_prompt(own[key] or "", key.replace("_", " ")) for key in CONTROLS[:2])
    entries = values.positional(arguments[:count])
    entries |= {key: own[key] for key in CONTROLS[2:] if own[key] not in (None, "")}
    if own["seed"] in (None, ""):
        raise validate.refuse("seed", "", f"a whole number from {seeds.LOWEST} to {seeds.HIGHEST}; -1 for a random one")
    chosen = values.read([entries])
    if chosen is None:
        raise PureNegativeError("the panel is not enabled.")
    return plan.make(chosen, plan.Tab(prompt=prompt, negative_prompt=typed))
