"""The panel's box for presets: save the panel as one, share one, take one in, rename, delete and undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.language.current import say, speaking
from pure_negative.panel import controls, values
from pure_negative.panel.host import Host
from pure_negative.preset import library
from pure_negative.sharing import bundle, capture
from pure_negative.sharing.bundle import Found, Offer

LARGEST_UPLOAD = 64 * 1024 * 1024
"""Bytes of a file that is read from the page."""


@dataclass(frozen=True)
class Box:
    """The box's controls; none of them is an argument of a run."""

    name: Any
    replace: Any
    save: Any
    rename: Any
    delete: Any
    undo: Any
    export: Any
    text: Any
    file: Any
    look: Any
    take: Any
    told: Any


def build() -> Box:
    """The box, closed."""
    with gr.Accordion("Presets: save, share, import", open=False, elem_id=_id("box")):
        with gr.Row():
            name = gr.Textbox(
                "", label="Preset id (lowercase letters, digits, - and _)", max_lines=1, elem_id=_id("name")
            )
            replace = gr.Checkbox(False, label="Overwrite existing preset", elem_id=_id("replace"))
        with gr.Row():
            save, rename = _button("Save panel as preset", "save"), _button("Rename selected preset", "rename")
        with gr.Row():
            delete, undo = _button("Delete selected preset", "delete"), _button("Undo last delete", "undo")
        text = gr.Textbox("", label="Preset as text (exported, or pasted for import)", lines=3, elem_id=_id("text"))
        file = gr.File(label="File to import: .yaml, picture, .zip or .txt", type="binary", elem_id=_id("file"))
        with gr.Row():
            export = _button("Export selected preset as text", "export")
            look, take = _button("Preview import", "look"), _button("Import", "take")
        told = gr.HTML("", elem_id=_id("told"))
    return Box(name, replace, save, rename, delete, undo, export, text, file, look, take, told)


def _id(name: str) -> str:
    return controls.elem_id(f"presets_{name}")


def _button(label: str, name: str) -> Any:
    return gr.Button(label, elem_id=_id(name), size="sm")


def wire(box: Box, panel: controls.Controls, host: Host) -> None:
    """Connect the box with the panel it stands in."""

    def press(button: Any, act: Callable[..., Any], inputs: list[Any], outputs: list[Any]) -> None:
        button.click(speaking(host.language, act), inputs, outputs, show_progress="hidden")

    chosen, shared = panel.inputs["preset"], [box.text, box.file]
    answer = [chosen, box.told]
    press(box.save, saved, [box.name, box.replace, *panel.ordered()], answer)
    press(box.rename, renamed, [chosen, box.name], answer)
    press(box.delete, deleted, [chosen], answer)
    press(box.undo, undone, [chosen], answer)
    press(box.export, exported, [chosen], [box.text, box.told])
    press(box.look, looked_at, shared, [box.told])
    press(box.take, taken, [*shared, box.replace, chosen], answer)


def told(*sentences: str, kind: str = "hint") -> str:
    """Sentences for a person, as escaped HTML."""
    items = "".join(f"<li>{escape(say(sentence))}</li>" for sentence in sentences)
    return f'<div class="pure-negative-preview" role="status"><ul class="{kind}s">{items}</ul></div>'


def _refused(error: PureNegativeError) -> list[Any]:
    return [gr.update(), told(str(error), kind="error")]


def _chosen(name: str, *sentences: str) -> list[Any]:
    return [gr.update(choices=library.ids(), value=name), told(*sentences)]


def saved(name: Any, replace: Any, *arguments: Any) -> list[Any]:
    """Keep the panel's values as one of the user's own presets."""
    try:
        chosen = values.read([True, *arguments])
        if chosen is None:
            return [gr.update(), gr.update()]
        known = library.Library()
        made = capture.capture(chosen, known.load(chosen.preset or library.DEFAULT), str(name or "").strip())
        known.save(made, known.find(made.id) if replace and known.is_own(made.id) else None)
        return _chosen(made.id, f"Saved as {made.id} in {known.user}.")
    except PureNegativeError as error:
        return _refused(error)


def renamed(old: Any, new: Any) -> list[Any]:
    """Give the chosen preset, one of the user's own, another id."""
    try:
        made = library.Library().rename(str(old), str(new or "").strip())
        return _chosen(made.id, f"{old} was renamed to {made.id}.")
    except PureNegativeError as error:
        return _refused(error)


def deleted(name: Any) -> list[Any]:
    """Put the chosen preset, one of the user's own, in the trash."""
    try:
        library.Library().delete(str(name))
        left = str(name) if str(name) in library.ids() else library.DEFAULT
        return _chosen(left, f"{name} was deleted; 'Undo last delete' restores it.")
    except PureNegativeError as error:
        return _refused(error)


def undone(_: Any) -> list[Any]:
    """Bring back what was deleted last."""
    try:
        name = library.Library().undo()
        return _chosen(name, f"{name} was restored.")
    except PureNegativeError as error:
        return _refused(error)


def exported(name: Any) -> list[Any]:
    """The chosen preset as a text for a chat."""
    try:
        text = bundle.to_text(library.source_text(library.load(str(name)).id))
        return [text, told(f"Copy the text to share {name}. Its file is {library.Library().path(str(name))}.")]
    except PureNegativeError as error:
        return _refused(error)


def found(text: Any, data: Any) -> Found:
    """What is shared: the file where there is one, else the text."""
    if isinstance(data, bytes) and data:
        if len(data) > LARGEST_UPLOAD:
            raise PureNegativeError(f"import: the file has {len(data)} bytes; at most {LARGEST_UPLOAD} are allowed.")
        return bundle.from_bytes(data, "the file")
    if isinstance(text, str) and text.strip():
        return bundle.from_text(validate.text(text, "import", 1_000_000))
    raise PureNegativeError("import: paste a preset's text or choose a file first.")


def looked_at(text: Any, data: Any) -> str:
    """What would change, before anything does."""
    try:
        shared = found(text, data)
    except PureNegativeError as error:
        return told(str(error), kind="error")
    tables = "".join(_differences(offer) for offer in shared.offers)
    return tables + (told(*shared.problems, kind="error") if shared.problems else "")


def _differences(offer: Offer) -> str:
    known = library.Library()
    old = known.find(offer.preset.id)
    there = say("your preset") if known.is_own(offer.preset.id) else say("the built-in preset")
    rows = "".join(map(_row, bundle.differences(old, offer.preset)))
    state = say("is new") if old is None else say("differs from {}", there) if rows else say("is the same as yours")
    names = "".join(f"<th>{escape(name)}</th>" for name in (say("Key"), say("Current"), say("Imported")))
    heads = f"<tr>{names}</tr>" if rows else ""
    title = f"<p><b>{escape(offer.preset.id)}</b> {escape(state)}.</p>"
    return f'<div class="pure-negative-preview">{title}<table>{heads}{rows}</table></div>{_notes(offer)}'


def _row(each: bundle.Difference) -> str:
    cells = "".join(f"<td>{escape(text) or '–'}</td>" for text in (each.old, each.new))
    return f"<tr><th scope='row'>{escape(each.key)}</th>{cells}</tr>"


def _notes(offer: Offer) -> str:
    return told(*offer.notes) if offer.notes else ""


def taken(text: Any, data: Any, replace: Any, current: Any) -> list[Any]:
    """Keep what is shared; what is there already stays unless it is to be replaced."""
    try:
        shared = found(text, data)
    except PureNegativeError as error:
        return _refused(error)
    results = [_take(offer, bool(replace)) for offer in shared.offers]
    kept = [name for name, _ in results if name]
    sentences = [*(sentence for _, sentence in results), *shared.problems]
    return [gr.update(choices=library.ids(), value=kept[-1] if kept else current), told(*sentences)]


def _take(offer: Offer, replace: bool) -> tuple[str, str]:
    known, made = library.Library(), offer.preset
    try:
        over = known.find(made.id) if replace and known.is_own(made.id) else None
        known.save(made, over, offer.text)
    except PureNegativeError as error:
        return "", f"{error} Tick 'Overwrite existing preset', or rename yours first."
    return made.id, f"Imported {made.id}."
