"""The live preview: exactly what will run, with hints and warnings, as escaped HTML."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.language.current import say
from pure_negative.panel import controls
from pure_negative.panel.host import Host
from pure_negative.planning import plan

TEXTS = ("negative",)
"""What fills a line of the preview of its own; the rest stands beside each other."""
BESIDE = 3
_KINDS = MappingProxyType({"error": "Errors", "warning": "Warnings", "hint": "Hints"})
"""Kind of sentences → the name of their list."""


def show(made: plan.Plan, host: Host) -> str:
    """The plan, what each value comes from, and what there is to say about it."""
    warnings = _list("warning", [*made.warnings, *host.warnings(made)])
    return _box(_texts(made, host) + _numbers(made, host), warnings + _load(host.loadable(made)) + _folded(made.hints))


def dated(drawn: str, attributes: str = "") -> str:
    """What was drawn, with the time of it: no two answers are equal, so that the page's script sees that one came."""
    return f'<div data-at="{time.monotonic_ns()}" {attributes}>{drawn}</div>'


def _texts(made: plan.Plan, host: Host) -> str:
    prompt = [_cells("Prompt", made.prompt)] if made.prompt else []
    return _table([*prompt, *(_value(key, made, host) for key in TEXTS)], 1)


def _numbers(made: plan.Plan, host: Host) -> str:
    found = [_value(key, made, host) for key in options.leavable() if key not in TEXTS]
    file = host.vae(made)
    return _table([*found, *([_cells(options.leave_labels()["vae"], file)] if file else [])], BESIDE)


def _table(cells: list[str], beside: int) -> str:
    rows = ("".join(cells[at : at + beside]) for at in range(0, len(cells), beside))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _value(key: str, made: plan.Plan, host: Host) -> str:
    """A part of the plan under its name; one that is not the plan's own says where it comes from."""
    other = "" if key in made.sets else say("taken from the tab") if host.tab else say("the default value")
    return _cells(options.leave_labels()[key], _text(made, key, host), other)


def _cells(name: str, text: str, other: str = "") -> str:
    source = f' class="theirs" title="{escape(other)}"' if other else ""
    return f"<th scope='row'{source}>{escape(say(name))}</th><td{source}>{escape(text)}</td>"


def _folded(hints: Sequence[str]) -> str:
    """The hints behind a line that opens them."""
    if not hints:
        return ""
    count = say("1 hint") if len(hints) == 1 else say("{} hints", len(hints))
    return f'<details class="folded"><summary>{escape(count)}</summary>{_list("hint", hints)}</details>'


def for_page(made: plan.Plan, host: Host) -> str:
    """What the page's own script shows of the plan elsewhere, as attributes: the plan in a line, what holds for each
    control that is empty, and which of the tab's own controls are not used.
    """
    marks = _marks(made, host) if host.tab else {}
    found = {"summary": summary(made), "held": json.dumps(controls.held(made)), "marks": json.dumps(marks)}
    found |= {"model": "known"} if host.model() else {}
    return " ".join(f'data-{name}="{escape(text)}"' for name, text in found.items())


def _marks(made: plan.Plan, host: Host) -> dict[str, dict[str, Any]]:
    """Part of the plan → its place among what can be left to the tab, and what is written on the tab's control."""
    ours = made.sets | ({"vae"} if host.vae(made) else set())
    return {key: {"at": at, **_mark(key, made, host)} for at, key in enumerate(options.leave_labels()) if key in ours}


def _mark(key: str, made: plan.Plan, host: Host) -> dict[str, str]:
    value = _size(made) if key == "size" else made.negative_prompt if key in TEXTS else _text(made, key, host)
    title = say("Set by Pure negative: {}. Click to use this control's own value.", value)
    return {"title": title, "text": "Pure negative" if key in TEXTS else value}


def summary(made: plan.Plan) -> str:
    """The plan in a line."""
    weight = f"W {made.strength.w:.6g}" if made.words else ""
    return " · ".join(filter(None, (made.preset, weight, _size(made), f"CFG {made.cfg:g}")))


def _size(made: plan.Plan) -> str:
    return f"{made.size.width}×{made.size.height}"


def refused(error: PureNegativeError) -> str:
    """Why these values cannot run."""
    return told("error", [str(error)])


def told(kind: str, texts: Iterable[str]) -> str:
    """Sentences alone; `kind` is error, warning or hint."""
    return _box("", _list(kind, texts))


def _box(tables: str, lists: str) -> str:
    return f'<div class="pure-negative-preview" role="status" aria-live="polite">{tables}{lists}</div>'


def _text(made: plan.Plan, key: str, host: Host) -> str:
    if key == "negative":
        count = host.tokens(made.negative_prompt)
        return made.negative_prompt + (f"  [{say('{} tokens', count)}]" if count else "")
    if key == "vae":
        return host.vae(made)
    if key == "size":
        return say("{}, ratio {}", _size(made), f"{float(made.size.ratio):.3f}")
    if key == "cfg":
        return f"{made.cfg:g}"
    return str(getattr(made, key))


def _load(name: str) -> str:
    """The button that loads a checkpoint; the page's own script hears of it."""
    if not name:
        return ""
    shown = escape(say("Load {}, a checkpoint that the preset is meant for", name))
    return f'<button type="button" class="pure-negative-load" data-checkpoint="{escape(name)}">{shown}</button>'


def _list(kind: str, texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(say(text))}</li>" for text in texts)
    return f'<ul class="{kind}s" aria-label="{escape(say(_KINDS[kind]))}">{items}</ul>' if items else ""
