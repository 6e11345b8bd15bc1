"""The WebUI's callbacks; registered from the script file, which Reload UI runs again after clearing them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules import paths, script_callbacks

from pure_negative import places
from pure_negative.webui import axes, scales
from pure_negative.webui.later import later


def callbacks() -> None:
    """Register everything that is no script, and keep the user's presets where this WebUI keeps its users' data."""
    os.environ.setdefault(places.FOLDER_VARIABLE, str(Path(paths.data_path) / "pure-negative"))
    add("ui_settings", later("settings.register"))
    add("infotext_pasted", later("paste.on_pasted"))
    add("app_started", later("routes.register"))
    add("before_ui", axes.register)
    add("cfg_denoiser", scales.on_cfg_denoiser)
    axes.register()


def add(category: str, callback: Callable[..., Any]) -> None:
    """Register a callback, naming our file.

    The WebUI's own `on_…` functions do the same, but look for the file in every module that is loaded: 20 to 40 ms for
    each callback on a slow machine, more than all the rest of our start-up.
    """
    registered = script_callbacks.callback_map[f"callbacks_{category}"]
    script_callbacks.add_callback(registered, callback, category=category, filename=__file__)
