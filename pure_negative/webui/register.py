"""The WebUI's callbacks; registered from the script file, which Reload UI runs again after clearing them."""

from __future__ import annotations

import os
from pathlib import Path

from modules import paths, script_callbacks

from pure_negative import library
from pure_negative.webui import axes, paste, routes, scales, settings


def callbacks() -> None:
    """Register everything that is no script, and keep the user's presets where this WebUI keeps its users' data."""
    os.environ.setdefault(library.FOLDER_VARIABLE, str(Path(paths.data_path) / "pure-negative"))
    script_callbacks.on_ui_settings(settings.register)
    script_callbacks.on_infotext_pasted(paste.on_pasted)
    script_callbacks.on_app_started(routes.register)
    script_callbacks.on_before_ui(axes.register)
    script_callbacks.on_cfg_denoiser(scales.on_cfg_denoiser)
    axes.register()
