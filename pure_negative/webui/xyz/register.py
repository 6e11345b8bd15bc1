"""Our axes in the WebUI's X/Y/Z plot; what they do is in `xyz.values`, imported when one is used."""

from __future__ import annotations

from typing import Any

from pure_negative.webui import names
from pure_negative.webui.core.lazy import later

KINDS = {"W": "W", "CFG ×": "CFG ×", "Preset": "preset", "Size": "size", "Words": "words"}
"""Label in the X/Y/Z plot → kind of axis."""


def register(*_: object) -> None:
    """Add the axes to the X/Y/Z plot, once; called at import and again before the page is built."""
    module = plot()
    if module is None or any(option.label.startswith(names.AXIS_PREFIX) for option in module.axis_options):
        return
    module.axis_options.extend(_option(module, label, kind) for label, kind in KINDS.items())


def plot() -> Any:
    """The module of the WebUI's X/Y/Z plot; None where it is not loaded."""
    from modules import scripts

    return next((data.module for data in scripts.scripts_data if data.script_class.__module__ == names.XYZ_PLOT), None)


def _option(module: Any, label: str, kind: str) -> Any:
    return module.AxisOptionTxt2Img(
        names.AXIS_PREFIX + label,
        later("xyz.values.read", kind),
        later("xyz.values.put", kind),
        format_value=lambda _, __, value: value.label,
        confirm=later("xyz.values.confirm"),
        choices=later("xyz.values.presets") if kind == "preset" else None,
        prepare=later("xyz.values.prepare", kind),
    )
