"""The extension's entries on the WebUI's settings page."""

from __future__ import annotations

from typing import Any

from pure_negative import choices, library, size

SECTION = ("pure_negative", "Pure negative")
PRESET = "pure_negative_preset"
JOIN = "pure_negative_join"
SIZE_RULE = "pure_negative_size_rule"


def register() -> None:
    """Add the entries; called while the WebUI builds its settings page."""
    import gradio as gr
    from modules import shared

    def add(key: str, default: str, label: str, options: list[str]) -> None:
        info = shared.OptionInfo(default, label, gr.Dropdown, {"choices": options}, section=SECTION)
        shared.opts.add_option(key, info)

    add(PRESET, library.DEFAULT, "Preset chosen at start-up (applies after Reload UI)", library.ids())
    add(JOIN, choices.JOINS[0], "How the words join a typed negative prompt, unless chosen", list(choices.JOINS))
    add(SIZE_RULE, size.RULES[0], "From ratio to size, unless chosen", list(size.RULES))


def get(key: str, default: Any) -> Any:
    """A setting's value; the default before the page was built, or if the value is no longer on offer."""
    from modules import shared

    return getattr(shared.opts, key, None) or default


def preset() -> str:
    """The preset chosen at start-up, if it is still there."""
    name = get(PRESET, library.DEFAULT)
    return name if name in library.ids() else library.DEFAULT


def defaults() -> dict[str, str]:
    """What the settings page says for choices nobody made, where it differs from what holds anyway."""
    known = {"join": (JOIN, choices.JOINS[0]), "size_rule": (SIZE_RULE, size.RULES[0])}
    return {name: get(key, usual) for name, (key, usual) in known.items() if get(key, usual) != usual}
