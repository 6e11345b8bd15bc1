"""Our axes in the WebUI's X/Y/Z plot; what they do is in `axis_values`, imported when one is used."""

from __future__ import annotations

from typing import Any

from pure_negative.webui.later import later

ATTRIBUTE = "_pure_negative_axis"
"""Where a cell's axis values travel on its copy of `p`: axis name → value, in a new dict for each (fact 10)."""
OWN_RUN = "_pure_negative_own"
"""Set on a run whose values are complete already."""
PREFIX = "[Pure negative] "
KINDS = {"W": "W", "CFG ×": "CFG ×", "Preset": "preset", "Size": "size", "Words": "words"}
"""Label in the X/Y/Z plot → kind of axis."""


def register(*_: object) -> None:
    """Add the axes to the X/Y/Z plot, once; called at import and again before the page is built."""
    module = _plot()
    if module is None or any(option.label.startswith(PREFIX) for option in module.axis_options):
        return
    module.axis_options.extend(_option(module, label, kind) for label, kind in KINDS.items())


def is_plot(script: type) -> bool:
    """Whether a class of scripts is the WebUI's X/Y/Z plot."""
    return script.__module__ == "xyz_grid.py"


def _plot() -> Any:
    from modules import scripts

    return next((data.module for data in scripts.scripts_data if is_plot(data.script_class)), None)


def _option(module: Any, label: str, kind: str) -> Any:
    return module.AxisOptionTxt2Img(
        PREFIX + label,
        later("axis_values.read", kind),
        later("axis_values.put", kind),
        format_value=lambda _, __, value: value.label,
        confirm=later("axis_values.confirm"),
        choices=later("axis_values.presets") if kind == "preset" else None,
        prepare=later("axis_values.prepare", kind),
    )
