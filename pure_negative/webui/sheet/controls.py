"""The sheet script's own controls, and what their values mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.panel import values
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import axis, batches, definition, scans
from pure_negative.sheet.definition import Host, Sheet
from pure_negative.sheet.draw import layout
from pure_negative.webui.sheet import axis_list, ready

WHERE = "Pure negative sheet"
AXES = ("x", "y", "z")
FIRST = {"x": ("W", "6[, 2[, 0.9"), "y": ("CFG", "8, 10.5, 12"), "z": ("", "")}
"""The axes a sheet starts with."""
KEYS = ("x", "y", "z", "batch", "large", "cells", "resume", "also")
"""The keys of the API's dict; a scan brings its own x and y."""
NO_SCAN = "none"
KIND = "sheet"
"""The first half of a sheet's folder name."""


@dataclass(frozen=True)
class Wanted:
    """What a sheet's controls ask for; axes as texts like `W: 6[, 0.9`."""

    x: str
    y: str
    z: str
    batch: int | None
    large: str
    cells: bool
    resume: str
    scan: str
    kind: str = KIND
    also: bool = False

    def sheet(self, chosen: Choices, tab: Tab, host: Host | None = None) -> Sheet:
        """The sheet over the panel's choices and the tab's controls, with the host's own axes."""
        texts = {"x": self.x, "y": self.y, "z": self.z}
        if self.scan:
            scan = scans.SCANS[self.scan]
            texts |= {"x": scan.x, "y": scan.y}
            chosen = scan.chosen(chosen)
        x, y, z = (axis.read(text, WHERE, host) if text else axis.NONE for text in texts.values())
        for value in (*x.values, *y.values, *z.values):
            values.check_preset(value.changes.get("preset"), WHERE)
        return definition.make(chosen, x, y, z, tab, host)


def build() -> list[Any]:
    """The controls, in the order of the API's positional arguments."""
    scan = gr.Dropdown([NO_SCAN, *scans.SCANS], value=NO_SCAN, label="Scan preset (sets X and Y)", elem_id=_id("scan"))
    buttons = ready.build()
    rows = [control for name in AXES for control in _axis_row(name)]
    ready.wire(buttons, [scan, *rows], NO_SCAN)
    with gr.Row():
        batch = gr.Slider(
            0, batches.LARGEST, value=0, step=1, label="Largest batch size (0: by picture size)", elem_id=_id("batch")
        )
        large = gr.Radio(
            list(layout.WAYS), value=layout.WAYS[0], label="If too large for one picture", elem_id=_id("large")
        )
    with gr.Row():
        cells = gr.Checkbox(True, label="Show single pictures in the gallery", elem_id=_id("cells"))
        resume = gr.Textbox("", label="Resume sheet (folder name)", max_lines=1, elem_id=_id("resume"))
    also = gr.Checkbox(False, label="Also use the WebUIs named in Settings > Pure negative", elem_id=_id("also"))
    return [scan, *rows, batch, large, cells, resume, also]


def _id(name: str) -> str:
    return f"pure_negative_sheet_{name}"


def _axis_row(name: str) -> list[Any]:
    kind, text = FIRST[name]
    with gr.Row():
        kinds = gr.Dropdown(axis_list.titles(), value=kind, label=f"{name.upper()} axis", elem_id=_id(f"{name}_kind"))
        shown = gr.Textbox(text, label=f"{name.upper()} values", max_lines=1, elem_id=_id(f"{name}_values"))
        axis_list.button(_id(f"{name}_fill"), kinds, shown)
    return [kinds, shown]


def read(args: Sequence[Any]) -> Wanted:
    """What the arguments ask for: the controls' values, or one dict (or its JSON text) in the first place.

    Raises:
        PureNegativeError: a key or a value that is not known.
    """
    named = by_name(args)
    return _wanted(_positional(args) if named is None else named)


def by_name(args: Sequence[Any]) -> dict[str, Any] | None:
    """The dict in the first place, or its JSON text read; None for the controls' values.

    Raises:
        PureNegativeError: the text is no JSON.
    """
    first = args[0] if args else None
    if isinstance(first, str) and first.lstrip().startswith("{"):
        first = values.from_json(first)
    return first if isinstance(first, dict) else None


def _positional(args: Sequence[Any]) -> dict[str, Any]:
    names = ("scan", "x_kind", "x_values", "y_kind", "y_values", "z_kind", "z_values", *KEYS[3:])
    found = dict(zip(names, args, strict=False))
    entries = {key: found.get(key) for key in ("scan", *KEYS[3:])}
    for name in AXES:
        kind, text = found.get(f"{name}_kind"), found.get(f"{name}_values")
        entries[name] = f"{kind}: {text}" if kind else None
    return entries


def _wanted(entries: dict[str, Any]) -> Wanted:
    unknown = [key for key in entries if key not in (*KEYS, "scan")]
    if unknown:
        known = ", ".join(("scan", *KEYS))
        raise PureNegativeError(f"{WHERE}: {validate.shown(unknown[0])} is not a key; use one of {known}.")
    given = {key: value for key, value in entries.items() if value not in (None, "", NO_SCAN)}
    texts = {name: validate.text(given.get(name, ""), f"{WHERE}: {name}", 200_000) for name in AXES}
    batch = validate.whole(given.get("batch", 0), f"{WHERE}: batch", 0, batches.LARGEST)
    scan = given.get("scan", "")
    return Wanted(
        **texts,
        batch=batch or None,
        large=validate.choice(given.get("large", layout.WAYS[0]), f"{WHERE}: large", layout.WAYS),
        cells=validate.flag(given.get("cells", True), f"{WHERE}: cells"),
        resume=folder_name(given.get("resume", "")),
        scan=validate.choice(scan, f"{WHERE}: scan", scans.SCANS) if scan else "",
        also=validate.flag(given.get("also", False), f"{WHERE}: also"),
    )


def folder_name(value: Any, where: str = WHERE, kind: str = KIND) -> str:
    """A name alone: the folder lies where this WebUI keeps its sheets, and nowhere else."""
    name = validate.text(value, f"{where}: resume", 100).strip()
    if name and not re.fullmatch(rf"{kind}-[0-9]+", name):
        raise validate.refuse(f"{where}: resume", name, f"the name of a {kind}'s folder, like {kind}-0003")
    return name
