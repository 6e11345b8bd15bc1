"""A picture's parameters text back into the page's controls."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import png_text, validate
from pure_negative.page import extra_controls
from pure_negative.panel import values
from pure_negative.panel.host import Host
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.preset import library

PARTS = ("size", "cfg", "steps", "sampler", "scheduler", "clip_skip")
"""What a tab may have had its own values for."""


@dataclass(frozen=True)
class Filled:
    """What to show: the panel's controls by name, the page's own, and what could not be restored."""

    controls: dict[str, Any]
    prompt: str
    negative_prompt: str
    seed: int
    emphasis: str
    noise: str
    notes: tuple[str, ...]


def parameters(path: Path) -> str:
    """The parameters text in a PNG.

    Raises:
        PureNegativeError: the file is no PNG, or holds no such text.
    """
    name = validate.one_line(path.name)
    try:
        with path.open("rb") as file:
            return png_text.read(file, name)
    except OSError as error:
        raise PureNegativeError(f"{name}: the picture can't be read: {error.strerror or error}.") from None


def fill(text: str, host: Host) -> Filled:
    """The controls' values that give the picture's plan again.

    Raises:
        PureNegativeError: the text does not come from a pure negative prompt, or holds a value that is not allowed.
    """
    restored = infotext.restore(text)
    if restored is None:
        raise PureNegativeError(
            f"parameters: there is no '{infotext.FIELD}' in this text; give that of a picture made here, or in the "
            "WebUI with the tick on."
        )
    made = restored.plan()
    chosen, notes = _on_offer(_explicit(restored.choices, made), host)
    usual = library.load(made.preset).emphasis or plan.Tab.emphasis
    filled = Filled(
        controls=values.write(chosen),
        prompt=chosen.prompt or "",
        negative_prompt=restored.tab.negative_prompt,
        seed=made.seed,
        emphasis="" if made.emphasis == usual else made.emphasis,
        noise=restored.noise,
        notes=(*restored.notes, *notes),
    )
    return dataclasses.replace(filled, notes=(*filled.notes, *_lost(filled, made)))


def _explicit(chosen: Choices, made: plan.Plan) -> Choices:
    """The choices with nothing left to a tab, and as a number what the slider of CFG factors can't show."""
    kept = tuple(key for key in chosen.leave or () if key == "negative")
    here = dataclasses.replace(chosen, leave=kept or None)
    again = plan.make(here)
    changes: dict[str, Any] = {key: getattr(made, key) for key in PARTS if getattr(again, key) != getattr(made, key)}
    if "size" in changes:
        changes["ratio"] = None
    low, high = values.CFG_FACTORS
    if "cfg" in changes or not low <= (chosen.cfg_factor or 1.0) <= high:
        changes |= {"cfg": made.cfg, "cfg_factor": None}
    return dataclasses.replace(here, **changes)


def _on_offer(chosen: Choices, host: Host) -> tuple[Choices, list[str]]:
    """The choices without a sampler or a schedule type that is not to be had here, and a note for each."""
    notes: list[str] = []
    changes: dict[str, Any] = {}
    for key, known in (("sampler", host.samplers()), ("scheduler", host.schedulers())):
        name = getattr(chosen, key)
        if name is not None and name not in known:
            changes[key] = None
            notes.append(f"The picture's {key} was {name}; there is {', '.join(known)} here, so it is left empty.")
    return dataclasses.replace(chosen, **changes), notes


def _lost(filled: Filled, made: plan.Plan) -> list[str]:
    """Which parts of the plan the controls' values don't give again."""
    row = [filled.controls[name] for name in values.CONTROLS]
    again = extra_controls.planned([*row, filled.prompt, filled.negative_prompt, filled.seed, filled.emphasis])
    names = {each.name for each in dataclasses.fields(plan.Plan) if each.compare} - {"sets", "recommended"}
    lost = [name.replace("_", " ") for name in sorted(names) if getattr(again, name) != getattr(made, name)]
    return [f"Not as in the picture: {', '.join(lost)}."] if lost else []
