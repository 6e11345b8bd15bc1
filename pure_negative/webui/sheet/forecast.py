"""The grid's preview before a run: its cells, batches, steps, and the time, estimated from an earlier sheet's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.language.current import say, speaking
from pure_negative.panel import controls, events, preset_box, preview, values
from pure_negative.sheet import batches, timing
from pure_negative.sheet.definition import Sheet
from pure_negative.sheet.draw import layout
from pure_negative.webui import names
from pure_negative.webui.core import page_values
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.webui.xyz.plot_axes import PlotAxes


@dataclass(frozen=True)
class Forecast:
    """The hidden button, the text it answers with, and the sheet's controls it reads."""

    button: Any
    told: Any
    inputs: list[Any]


def build(inputs: list[Any]) -> Forecast:
    """The text below the sheet's controls, and the button that the page's script presses whenever one changes."""
    hidden = {"elem_classes": ["pure-negative-hidden"]}
    button = gr.Button("Preview grid", elem_id=controls.elem_id("sheet_count"), size="sm", **hidden)
    return Forecast(button, gr.HTML("", elem_id=controls.elem_id("sheet_told")), inputs)


def wire(shown: Forecast, page: list[Any]) -> None:
    """Connect it with the page's values (`page_values.read`), which decide everything that no axis changes."""
    answer = speaking(WebuiHost().language, told)
    shown.button.click(answer, [*shown.inputs, *page], [shown.told], show_progress="hidden")


def told(*arguments: Any) -> str:
    """The forecast for a person, or why there can be no such sheet."""
    return preview.dated(_answer(arguments))


def _answer(arguments: Sequence[Any]) -> str:
    count = len(arguments) - len(values.CONTROLS) - len(events.TAB) - 1
    try:
        wanted = sheet_controls.read(arguments[:count])
        return described(wanted.sheet(*page_values.read(arguments[count:]), _host()), wanted)
    except PureNegativeError as error:
        return preset_box.told(str(error), kind="error")


def _host() -> PlotAxes:
    """The axes of the X/Y/Z plot, for a run of which nothing is known but what a sheet's plan says."""
    from modules.processing import StableDiffusionProcessingTxt2Img

    return PlotAxes(StableDiffusionProcessingTxt2Img())


def described(sheet: Sheet, wanted: sheet_controls.Wanted) -> str:
    """Cells, batches, work and time, and how a sheet too large for one picture will be drawn."""
    groups = batches.groups(sheet.cells, batches.shape_of)
    count = sum(batches.count(group, wanted.batch) for group in groups)
    steps = sum(cell.plan.steps for cell in sheet.cells)
    seconds = timing.estimate(_folder(), [cell.request for cell in sheet.cells], WebuiHost().model())
    lines = [
        f"{len(sheet.cells)} cells in {count} batches or more, {steps} sampling steps in all.",
        f"About {timing.spoken(seconds)}, judging by an earlier sheet."
        if seconds
        else "The time needed is known after the first batch.",
        layout.plan(sheet, wanted.large).note,
        *dict.fromkeys(text for cell in sheet.cells for text in cell.plan.warnings),
    ]
    return f'<div class="pure-negative-preview">{"<br>".join(escape(say(line)) for line in lines if line)}</div>'


def _folder() -> Path:
    from modules import shared

    return Path(shared.opts.outdir_grids or shared.opts.outdir_txt2img_grids) / names.SHEET_FOLDER
