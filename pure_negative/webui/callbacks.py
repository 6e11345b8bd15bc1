"""The WebUI's callbacks, registered by the script file: Reload UI clears them and runs the file again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules import paths, script_callbacks

from pure_negative.errors import PureNegativeError
from pure_negative.io import paths as places
from pure_negative.webui import names
from pure_negative.webui.core.lazy import later
from pure_negative.webui.xyz import register as axes


def callbacks() -> None:
    """Register everything that is no script, and keep the user's presets where this WebUI keeps its users' data."""
    keep_data(Path(paths.data_path).absolute() / "pure-negative")
    add("ui_settings", later("core.settings.register"))
    add("infotext_pasted", later("core.paste.on_pasted"))
    add("app_started", later("api.routes.register"))
    add("app_started", later("yields.routes.register"))
    add("before_ui", axes.register)
    add("before_ui", merge_texts)
    add("cfg_denoiser", on_cfg_denoiser)
    axes.register()


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
    each callback on a slow machine, more than all the rest of our start-up.
    """
    registered = script_callbacks.callback_map[f"callbacks_{category}"]
    script_callbacks.add_callback(registered, callback, category=category, filename=__file__)
