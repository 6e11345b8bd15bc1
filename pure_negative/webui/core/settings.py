"""The extension's entries on the WebUI's settings page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pure_negative import options
from pure_negative.language import names
from pure_negative.planning.choices import Choices
from pure_negative.preset import library
from pure_negative.rules import size

SECTION = ("pure_negative", "Pure negative")
PRESET = "pure_negative_preset"
JOIN = "pure_negative_join"
SIZE_RULE = "pure_negative_size_rule"
ALSO = "pure_negative_also_use"
FIT = "pure_negative_fit"


def register() -> None:
    """Add the entries; called while the WebUI builds its settings page."""
    import gradio as gr
    from modules import shared

    def add(key: str, default: str, label: str, options: list[str]) -> None:
        info = shared.OptionInfo(default, label, gr.Dropdown, {"choices": options}, section=SECTION)
        shared.opts.add_option(key, info)

    add(PRESET, library.DEFAULT, "Preset selected at start-up (applies after Reload UI)", library.ids())
    fit = "When the page is opened, select the preset that fits the loaded checkpoint, unless the one above was changed"
    shared.opts.add_option(FIT, shared.OptionInfo(True, fit, section=SECTION))
    add(JOIN, options.JOINS[0], "Default for 'If a negative prompt is typed'", list(options.JOINS))
    add(SIZE_RULE, size.RULES[0], "Default for 'Size rule'", list(size.RULES))
    told = "Addresses of other WebUIs for sheets with 'Also use', like http://pc2:7860 (USER:PASSWORD@ before the host)"
    shared.opts.add_option(ALSO, shared.OptionInfo("", told, section=SECTION))


def get(key: str, default: str, options: Sequence[str]) -> str:
    """A setting's value; the default before the page was built, or if the value is no longer on offer."""
    from modules import shared

    value = getattr(shared.opts, key, default)
    return str(value) if value in options else default


def also_use() -> list[str]:
    """The addresses of the other WebUIs, as typed."""
    from modules import shared

    return str(getattr(shared.opts, ALSO, "") or "").replace(",", " ").split()


def preset() -> str:
    """The preset chosen at start-up, if it is still there."""
    return get(PRESET, library.DEFAULT, library.ids())


def language() -> str:
    """The catalogue of the WebUI's language; where that is none, of the extension that shows two beside each other."""
    from modules import shared

    chosen = (getattr(shared.opts, key, "") for key in ("localization", "bilingual_localization_file"))
    return next(filter(None, (names.catalogue(str(name or "")) for name in chosen)), names.ENGLISH)


def fits_by_itself() -> bool:
    """Whether the page selects the preset that fits the loaded checkpoint: not where the user has chosen one."""
    from modules import shared

    return bool(getattr(shared.opts, FIT, True)) and preset() == library.DEFAULT


def filled(chosen: Choices) -> Choices:
    """The choices with the settings page's defaults where nobody chose."""
    join, rule = chosen.join or _changed(JOIN, options.JOINS), chosen.size_rule or _changed(SIZE_RULE, size.RULES)
    return dataclasses.replace(chosen, join=join, size_rule=rule)


def _changed(key: str, options: Sequence[str]) -> str | None:
    """A setting's value; None for the first option, which holds anyway and need not be written into pictures."""
    value = get(key, options[0], options)
    return None if value == options[0] else value
