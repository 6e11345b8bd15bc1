"""The live preview: exactly what will run, with hints and warnings, as escaped HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.panel.host import Host
from pure_negative.planning import plan


def show(made: plan.Plan, host: Host) -> str:
    """The plan, what each value comes from, and what there is to say about it."""
    other = "taken from the tab" if host.tab else "the default value"
    names = options.leave_labels()
    rows = [_row(name, _text(made, key, host), None if key in made.sets else other) for key, name in names.items()]
    if made.prompt:
        rows.insert(0, _row("Prompt", made.prompt))
    warnings = [*made.warnings, *host.warnings(made)]
    return _box(
        "".join(rows),
        _list("warning", warnings) + _list("hint", [text for text in made.hints if text != plan.cfg_hint(made)]),
    )


def refused(error: PureNegativeError) -> str:
    """Why these values cannot run."""
    return told("error", [str(error)])


def told(kind: str, texts: Iterable[str]) -> str:
    """Sentences alone; `kind` is error, warning or hint."""
    return _box("", _list(kind, texts))


def _box(rows: str, lists: str) -> str:
    table = f"<table>{rows}</table>" if rows else ""
    return f'<div class="pure-negative-preview" role="status" aria-live="polite">{table}{lists}</div>'


def _row(name: str, text: str, other: str | None = None) -> str:
    """A line of the table; `other` says where a value comes from that is not the plan's own."""
    source = f' class="theirs" title="{other}"' if other else ""
    return f"<tr{source}><th scope='row'>{escape(name)}</th><td>{escape(text)}</td></tr>"


def _text(made: plan.Plan, key: str, host: Host) -> str:
    if key == "negative":
        count = host.tokens(made.negative_prompt)
        return made.negative_prompt + (f"  [{count} tokens]" if count else "")
    if key == "size":
        return f"{made.size.width}×{made.size.height}, ratio {float(made.size.ratio):.3f}"
    if key == "cfg":
        return plan.cfg_hint(made).removeprefix("CFG scale ").rstrip(".")
    return str(getattr(made, key))


def _list(kind: str, texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul class="{kind}s" aria-label="{kind}s">{items}</ul>' if items else ""
