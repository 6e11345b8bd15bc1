"""Buttons that fill the axes in with what is compared most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import gradio as gr

from pure_negative.panel import controls
from pure_negative.sheet import scans

GRIDS = MappingProxyType({"W × CFG": "w-cfg", "CFG × steps": "cfg-steps"})
"""Button → the scan whose axes it writes, where they can be changed."""


def build() -> list[Any]:
    """The buttons, in a row of their own."""
    with gr.Row():
        return [gr.Button(name, elem_id=controls.elem_id(f"sheet_{scan}"), size="sm") for name, scan in GRIDS.items()]


def wire(buttons: Sequence[Any], shown: list[Any], none: str) -> None:
    """Connect them with the list of scans, where `none` stands for no scan, and the axes' kinds and values: x, y, z."""
    for button, scan in zip(buttons, GRIDS.values(), strict=True):
        button.do_not_save_to_config = True
        button.click(_filling(scan, none), [], shown, show_progress="hidden", api_name=False)


def _filling(name: str, none: str) -> Callable[[], list[Any]]:
    return lambda: filled(name, none)


def filled(name: str, none: str) -> list[Any]:
    """What the list of scans and the axes show: the scan's own axes, as if they had been typed."""
    scan = scans.SCANS[name]
    found = [part.strip() for text in (scan.x, scan.y) for part in text.split(":", 1)]
    return [gr.update(value=text) for text in (none, *found, "", "")]
