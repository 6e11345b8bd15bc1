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
    option = _class(module)
    module.axis_options.extend([_option(option, label, kind) for label, kind in KINDS.items()])


def plot() -> Any:
    """The module of the WebUI's X/Y/Z plot; None where it is not loaded."""
    from modules import scripts

    return next((data.module for data in scripts.scripts_data if data.script_class.__module__ == names.XYZ_PLOT), None)


def _class(module: Any) -> Any:
    """The class of an option for txt2img alone: some programs keep it in another file than the plot.

    Raises:
        AttributeError: there is none.
    """
    if hasattr(module, "AxisOptionTxt2Img"):
        return module.AxisOptionTxt2Img
    found = [type(each) for each in module.axis_options if getattr(each, "is_img2img", None) is False]
    if not found:
        raise AttributeError("X/Y/Z plot has no option for txt2img alone, and no class for one")
    return found[0]


def _option(option: Any, label: str, kind: str) -> Any:
    return option(
        names.AXIS_PREFIX + label,
        later("xyz.values.read", kind),
        later("xyz.values.put", kind),
        format_value=lambda _, __, value: value.label,
        confirm=later("xyz.values.confirm"),
        choices=later("xyz.values.presets") if kind == "preset" else None,
        prepare=later("xyz.values.prepare", kind),
    )
