"""The box for whole grids below the sheet's controls: keep this one, take one again, share one, delete and undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language.current import speaking
from pure_negative.panel import controls, events, values
from pure_negative.panel.preset_box import told
from pure_negative.planning.choices import Choices
from pure_negative.sheet import saved, scans
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.sheet import controls as sheet_controls
from pure_negative.webui.sheet import paste

LARGEST = 1_000_000
"""Characters of a grid that is pasted."""


@dataclass(frozen=True)
class Box:
    """The box's controls; none of them is an argument of a run. `inputs` are the sheet's."""

    chosen: Any
    name: Any
    overwrite: Any
    save: Any
    load: Any
    delete: Any
    undo: Any
    text: Any
    export: Any
    take: Any
    told: Any
    inputs: list[Any]


def build(inputs: list[Any]) -> Box:
    """The box, closed."""
    with gr.Accordion("Saved grids: save, share, import", open=False, elem_id=_id("box")):
        with gr.Row():
            chosen = gr.Dropdown(saved.names(), value=None, label="Saved grid", elem_id=_id("chosen"))
            name = gr.Textbox(
                "", label="Grid name (lowercase letters, digits, - and _)", max_lines=1, elem_id=_id("name")
            )
            overwrite = gr.Checkbox(False, label="Overwrite existing grid", elem_id=_id("replace"))
        with gr.Row():
            save, load = _button("Save this grid", "save"), _button("Load selected grid", "load")
            delete, undo = _button("Delete selected grid", "delete"), _button("Undo last delete", "undo")
        text = gr.Textbox("", label="Grid as text (exported, or pasted for import)", lines=3, elem_id=_id("text"))
        with gr.Row():
            export, take = _button("Export selected grid as text", "export"), _button("Import under this name", "take")
        answer = gr.HTML("", elem_id=_id("told"))
    for control in (chosen, name, overwrite, save, load, delete, undo, text, export, take):
        control.do_not_save_to_config = True
    return Box(chosen, name, overwrite, save, load, delete, undo, text, export, take, answer, inputs)


def _id(name: str) -> str:
    return controls.elem_id(f"grids_{name}")


def _button(label: str, name: str) -> Any:
    return gr.Button(label, elem_id=_id(name), size="sm")


def wire(box: Box, panel: list[Any], brackets: Any, listing: Any) -> None:
    """Connect the box with the sheet's controls and the panel's, the tick first.

    `listing` is the panel's hidden button that is pressed when the page is opened or come back to.
    """
    listing.click(listed, [], [box.chosen], show_progress="hidden")
    answer, quiet = [box.chosen, box.told], {"show_progress": "hidden"}
    box.save.click(_told(kept), [box.name, box.overwrite, *box.inputs, *panel[1:]], answer, **quiet)
    box.delete.click(_told(deleted), [box.chosen], answer, **quiet)
    box.undo.click(_told(undone), [], answer, **quiet)
    box.take.click(_told(taken), [box.name, box.overwrite, box.text], answer, **quiet)
    box.export.click(_speaking(exported), [box.chosen], [box.text, box.told], **quiet)
    box.load.click(_speaking(loaded), [box.chosen], [*box.inputs, *panel, brackets, box.told], **quiet)


def listed() -> Any:
    """The grids that are kept by now."""
    return gr.update(choices=saved.names())


def _told(act: Callable[..., tuple[str | None, str]]) -> Callable[..., list[Any]]:
    """What is done, with the list of names as it is then, and what there is to say of it."""

    def answered(*arguments: Any) -> list[Any]:
        try:
            name, sentence = act(*arguments)
        except PureNegativeError as error:
            return [gr.update(), told(str(error), kind="error")]
        return [gr.update(choices=saved.names(), value=name), told(sentence)]

    return _speaking(answered)


def _speaking(act: Callable[..., Any]) -> Callable[..., Any]:
    return speaking(WebuiHost().language, act)


def kept(name: Any, overwrite: Any, *arguments: Any) -> tuple[str, str]:
    """Keep what the sheet's controls and the panel show.

    Raises:
        PureNegativeError: there can be no such grid, or it can't be kept.
    """
    count = len(arguments) - len(values.CONTROLS)
    wanted = sheet_controls.read(arguments[:count])
    chosen = values.read([True, *arguments[count:]]) or Choices()
    axes = {each: getattr(wanted, each) for each in sheet_controls.AXES}
    if wanted.scan:
        scan = scans.SCANS[wanted.scan]
        axes, chosen = {**axes, "x": scan.x, "y": scan.y}, scan.chosen(chosen)
    called = str(name or "").strip()
    path = saved.save(called, saved.write(saved.Grid((axes["x"], axes["y"], axes["z"]), chosen)), bool(overwrite))
    return called, f"Saved as {called} in {path.parent}."


def deleted(name: Any) -> tuple[None, str]:
    """Put the chosen grid in the trash."""
    saved.delete(str(name or ""))
    return None, f"{name} was deleted; 'Undo last delete' restores it."


def undone() -> tuple[str, str]:
    """Bring back what was deleted last."""
    name = saved.undo()
    return name, f"{name} was restored."


def taken(name: Any, overwrite: Any, text: Any) -> tuple[str, str]:
    """Keep a grid that somebody shares, as its text is."""
    called = str(name or "").strip()
    saved.save(called, validate.text(text or "", "grid", LARGEST), bool(overwrite))
    return called, f"Imported {called}."


def exported(name: Any) -> list[Any]:
    """The chosen grid as text."""
    try:
        text = saved.text_of(str(name or ""))
    except PureNegativeError as error:
        return [gr.update(), told(str(error), kind="error")]
    return [text, told(f"Copy the text to share {name}; 'sheet --from' takes its file too.")]


def loaded(name: Any) -> list[Any]:
    """The chosen grid in the sheet's controls and the panel: the panel's values, the tick on, the slider, a sentence.

    What would run in its place, a scan or a sheet to resume, is taken away.
    """
    count = 1 + len(sheet_controls.AXES) + len(sheet_controls.KEYS)  # the scan, and of each axis its kind
    try:
        grid = saved.load(str(name or ""))
    except PureNegativeError as error:
        nothing = [gr.update()] * (count + len(values.CONTROLS) + 2)
        return [*nothing, told(str(error), kind="error")]
    axes = [part for text in grid.axes for part in (paste.parted(text) if text else ("", ""))]
    panel = values.write(replace(grid.choices, seed=None))
    strength = grid.choices.strength
    slider = gr.update(value=events.position(strength)) if strength else gr.update()
    shown = [gr.update(value=panel[each]) for each in ("enabled", *values.CONTROLS)]
    beside = [gr.update(), gr.update(), gr.update()]
    sheet = [gr.update(value=sheet_controls.NO_SCAN), *(gr.update(value=each) for each in axes), *beside]
    return [*sheet, gr.update(value=""), gr.update(), *shown, slider, told(f"{name} was loaded.")]
