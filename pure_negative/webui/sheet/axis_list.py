"""The list of axes to choose from, the X/Y/Z plot's among them, and the button that fills in all values of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from pure_negative.preset import library
from pure_negative.sheet import axis
from pure_negative.webui.core import checkpoints
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.xyz import plot_options

FILL = "\U0001f4d2"
"""What the plot's own button for it shows."""
_CHOICES: Mapping[str, Callable[[], list[str]]] = {
    "preset": library.ids,
    "sampler": lambda: WebuiHost().samplers(),
    "scheduler": lambda: WebuiHost().schedulers(),
    "checkpoint": checkpoints.names,
    "VAE": checkpoints.vaes,
}
"""Our axes whose values can be listed."""


def titles() -> list[str]:
    """What the list shows: ours, then the plot's."""
    return ["", *(each.title for each in axis.KINDS.values()), *plot_options.listed()]


def button(elem_id: str, kind: Any, shown: Any) -> None:
    """The button beside an axis's values; an axis whose values can't be listed keeps what is typed."""
    fill = gr.Button(FILL, elem_id=elem_id, size="sm", min_width=40, scale=0)
    fill.do_not_save_to_config = True
    fill.click(filled, [kind, shown], [shown], show_progress="hidden", api_name=False)


def filled(title: Any, typed: Any) -> Any:
    """All the values of an axis, as they are typed; what is typed already where they can't be listed."""
    return all_values(str(title or "")) or typed


def all_values(title: str) -> str:
    """All the values of an axis, "" where they can't be listed."""
    kind = axis.known(title)
    if kind:
        listed = _CHOICES[kind.name]() if kind.name in _CHOICES else []
        return ", ".join(map(axis.quoted, listed))
    option = plot_options.listed().get(title)
    try:
        return plot_options.choices(option) if option else ""
    except Exception as error:
        raise gr.Error(f"{title}: {plot_options.told(error)}") from None
