"""The WebUI's callbacks, registered by the script file: Reload UI clears them and runs the file again."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import paths as places
from pure_negative.webui import names
from pure_negative.webui.core import parts
from pure_negative.webui.core.lazy import later
from pure_negative.webui.xyz import register as axes

_AXES = "Its axes in X/Y/Z plot"


def callbacks() -> tuple[str, ...]:
    """Register everything that is no script, and keep the user's presets where this WebUI keeps its users' data.

    Each by itself: a sentence for each that this WebUI has no place for.
    """
    lost = [parts.tried("A folder of this WebUI for presets", keep_in_its_folder)]
    for what, category, callback in _all():
        act = callback if category == "cfg_denoiser" else parts.safely(what, callback)
        lost.append(parts.tried(what, partial(add, category, act)))
    lost.append(parts.tried(_AXES, axes.register))
    return tuple(filter(None, lost))


def _all() -> list[tuple[str, str, Callable[..., Any]]]:
    """What each is for, where it is registered, and what is called."""
    return [
        ("Its section in Settings", "ui_settings", later("core.settings.register")),
        ("Reading pasted parameters", "infotext_pasted", later("core.paste.on_pasted")),
        ("Its API", "app_started", later("api.routes.register")),
        ("Its judging page", "app_started", later("yields.routes.register")),
        (_AXES, "before_ui", axes.register),
        ("Its texts in other languages", "before_ui", merge_texts),
        ("A CFG scale for each picture of a sheet", "cfg_denoiser", on_cfg_denoiser),
    ]


def merge_texts() -> None:
    """Before the page is built: our texts in the language that the user has chosen, if it is not English."""
    from modules import shared

    if getattr(shared.opts, "localization", "None") != "None":
        later("core.localizations.merge")()


def on_cfg_denoiser(params: Any) -> None:
    """Called before every model call of every run; returns at once unless the run is one of ours."""
    scales = getattr(params.denoiser.p, names.CFG_SCALES, None)
    if scales is None:
        return
    from pure_negative.webui.hosts import detect

    detect.current().guide(params.denoiser, scales)


def keep_in_its_folder() -> None:
    """Have the user's data in this WebUI's folder for data."""
    from modules import paths

    keep_data(Path(paths.data_path).absolute() / "pure-negative")


def keep_data(own: Path) -> None:
    """Have the user's data in this WebUI's folder for them, unless the environment names another that can be one."""
    try:
        if os.environ.get(places.FOLDER_VARIABLE, "").strip() and places.data_folder():
            return
    except PureNegativeError as error:
        later("core.console.say")(f"{error} Until then your presets and judgements are kept in {own}.")
    os.environ[places.FOLDER_VARIABLE] = str(own)


def add(category: str, callback: Callable[..., Any]) -> None:
    """Register a callback, naming our file.

    The WebUI's own `on_…` functions do the same, but look for the file in every module that is loaded: 20 to 40 ms for
    each callback on a slow machine, more than all the rest of our start-up. They are the way where this one is not.
    """
    from modules import script_callbacks

    try:
        registered = script_callbacks.callback_map[f"callbacks_{category}"]
        script_callbacks.add_callback(registered, callback, category=category, filename=__file__)
    except (AttributeError, LookupError, TypeError):
        getattr(script_callbacks, f"on_{category}")(callback)
