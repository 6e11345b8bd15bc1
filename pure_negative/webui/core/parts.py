"""Loading the extension part by part: what this WebUI lacks for one takes that one away, which is said, and no other.

Programs that share the WebUI's scripts differ in what those may use. Nothing here imports the WebUI's `modules`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from pure_negative.webui import names

SCRIPTS: Mapping[str, tuple[str, str]] = {
    names.TITLE: ("tick.script", "PureNegative"),
    names.SHEET: ("sheet.script", "PureNegativeSheet"),
    names.YIELD: ("yields.script", "PureNegativeYield"),
}
"""What each script is called, and where its class is; each has a file of its own in `scripts/`."""

CONNECTION = "The panel's connection with the tab"


def script(title: str) -> Any:
    """The class of a script, for its file in `scripts/`; None, and a line on the console, where it can't be loaded."""
    found: list[Any] = []
    lost = tried(title, lambda: found.append(_loaded(title)))
    return None if lost else found[0]


def unloadable() -> list[str]:
    """A sentence for each script that this WebUI can't have."""
    return list(dict.fromkeys(lost for title in SCRIPTS if (lost := _lost(title))))


def offered(title: str) -> bool:
    """Whether a script is shown in the Script list; a line on the console where this WebUI can't have it."""
    lost = _lost(title)
    if lost:
        from pure_negative.webui.core import console

        console.say(lost)
    return not lost


def _lost(title: str) -> str:
    from pure_negative.webui.hosts import detect

    try:
        _loaded(title)
    except Exception as error:
        return lacking(title, error)
    return detect.current().lacks.get(title, "")


def _loaded(title: str) -> Any:
    module, name = SCRIPTS[title]
    return getattr(importlib.import_module(f"pure_negative.webui.{module}"), name)


def tried(what: str, act: Callable[[], Any]) -> str:
    """Let a part of the start-up act; the sentence that was put on the console if it could not, else empty."""
    try:
        act()
    except Exception as error:
        return said(what, error)
    return ""


def said(what: str, error: Exception) -> str:
    """The sentence of a part that is not there, put on the console."""
    from pure_negative.webui.core import console

    lost = lacking(what, error)
    console.say(lost)
    return lost


def safely(what: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """A part that the WebUI calls by itself while it starts; what it raises is told in one sentence."""

    def call(*args: Any, **named: Any) -> None:
        tried(what, lambda: act(*args, **named))

    return call


def lacking(what: str, error: Exception) -> str:
    """That a part is not there, and why."""
    reason = " ".join(str(error).split())[:300]
    return f"{what} can't be used in this WebUI ({type(error).__name__}: {reason}); the rest of the extension can."


def built(what: str, build: Callable[[], list[Any]]) -> list[Any]:
    """The controls of a script on the page; where they can't be built, what is wrong, and none."""
    try:
        return build()
    except Exception as error:
        show(said(what, error))
        return []


def show(sentence: str) -> None:
    """A sentence on the page, where a part should be."""
    import gradio as gr

    gr.HTML(f'<p class="pure-negative-preview" role="status">{escape(sentence)}</p>')
