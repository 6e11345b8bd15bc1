"""The layout of the stand-alone page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from pure_negative import options
from pure_negative.io import picture_text
from pure_negative.language.current import say
from pure_negative.page import extra_controls, job
from pure_negative.page.host import PageHost
from pure_negative.panel import controls, preset_box
from pure_negative.planning.request import NOISE_SOURCES
from pure_negative.preset import library

YIELD = "/yield"
"""Where the judging page is."""
CSS = """
.gradio-container { max-width: 1500px !important; margin: 0 auto; }
#pure_negative_told { min-height: 80px; }
#pure_negative_generate { background: #c2410c; }
#pure_negative_stop { background: #b91c1c; }
#pure_negative_shut { margin: 12px auto; padding: 8px 12px; max-width: 1500px; border: 2px solid #d0460d; }
"""
"""Beside the style sheet that the panel has everywhere."""


@dataclass(frozen=True)
class Page:
    """The panel and its box for presets, the page's own controls by name, and what makes and shows pictures."""

    heading: Any
    panel: controls.Controls
    box: preset_box.Box
    own: dict[str, Any]
    count: Any
    batch: Any
    noise: Any
    generate: Any
    stop: Any
    sign: Any
    told: Any
    gallery: Any
    paths: Any
    parameters: Any
    restore: Any
    drop: Any

    def plan_inputs(self) -> list[Any]:
        """What a plan is made of, in the order of `extra_controls.planned`."""
        return [*self.panel.ordered(), *(self.own[name] for name in extra_controls.CONTROLS)]


def build(host: PageHost) -> Page:
    """The two columns: what to make on the left, what was made on the right."""
    top = gr.HTML(heading(host), elem_id=controls.elem_id("heading"))
    shown: dict[str, Any] = {}
    with gr.Row():
        with gr.Column(scale=1, min_width=420):
            shown |= _prompts()
            panel = controls.build(host, library.DEFAULT)
            box = preset_box.build()
        with gr.Column(scale=1, min_width=420):
            shown |= _run_row(host.options.noise)
            _moved_here(panel.preview)
            shown |= _pictures() | _parameters()
    mine = {name: shown.pop(name) for name in extra_controls.CONTROLS}
    return Page(heading=top, panel=panel, box=box, own=mine, **shown)


def _moved_here(part: Any) -> None:
    """What will run belongs beside the button that runs it; in a tab there is no such place."""
    part.unrender()
    part.render()


def heading(host: PageHost) -> str:
    """What the page is, and with which checkpoint it was started."""
    judging = f'<a href="{YIELD}/" target="_blank">{escape(say("Judge pictures and see the yield table"))}</a>'
    told = say(
        "Checkpoint: none. A toy model draws small simple scenes; for real pictures start with --checkpoint FILE."
    )
    if host.checkpoint is not None:
        told = say("Checkpoint: {}", host.checkpoint)
    return f"<h1>Pure negative</h1><p>{escape(told)} · {judging}</p>"


def _prompts() -> dict[str, Any]:
    return {
        "prompt": gr.Textbox("", lines=2, label="Prompt", placeholder="none", elem_id=controls.elem_id("prompt")),
        "negative_prompt": gr.Textbox(
            "",
            lines=1,
            label="Negative prompt",
            placeholder="none; 'If a negative prompt is typed' below says where the preset's words go",
            elem_id=controls.elem_id("negative_prompt"),
        ),
    }


def _run_row(noise: str) -> dict[str, Any]:
    with gr.Row():
        found = {
            "seed": _seed(),
            "count": _number("count", "Pictures", 1),
            "batch": _number("batch", "Batch size", 1),
            **{name: _mode(name) for name in options.settings_alone()},
            "noise": _noise(noise),
        }
    with gr.Row():
        generate = gr.Button("Generate", variant="primary", elem_id=controls.elem_id("generate"), scale=3)
        stop = gr.Button("Stop", variant="stop", elem_id=controls.elem_id("stop"), scale=1)
        sign = gr.State(job.Sign())
    told = gr.HTML("", elem_id=controls.elem_id("told"))
    return found | {"generate": generate, "stop": stop, "sign": sign, "told": told}


def _mode(name: str) -> Any:
    """An option that in the WebUI is one of its settings, and has no control in the panel."""
    option = options.table()[name]
    shown = {"label": option.label, "elem_id": controls.elem_id(name), "min_width": 130}
    return gr.Dropdown(["", *option.values.names], value="", **shown)


def _noise(source: str) -> Any:
    shown = {"label": "RNG", "elem_id": controls.elem_id("noise"), "min_width": 90}
    return gr.Dropdown(list(NOISE_SOURCES), value=source, **shown)


def _seed() -> Any:
    """A text: a browser rounds numbers of more than 2^53."""
    shown = {"label": "Seed (-1: random)", "elem_id": controls.elem_id("seed"), "min_width": 100}
    return gr.Textbox("-1", max_lines=1, scale=2, **shown)


def _number(name: str, label: str, value: int) -> Any:
    return gr.Number(value, precision=0, label=label, elem_id=controls.elem_id(name), scale=1, min_width=100)


def _pictures() -> dict[str, Any]:
    gallery = gr.Gallery(
        label="Pictures",
        columns=4,
        height=340,
        object_fit="contain",
        preview=False,
        interactive=False,
        buttons=["download", "fullscreen"],
        elem_id=controls.elem_id("gallery"),
    )
    return {"gallery": gallery, "paths": gr.State([])}


def _parameters() -> dict[str, Any]:
    text = gr.Textbox(
        "",
        lines=5,
        max_lines=12,
        label="Parameters (of the selected picture, or paste them here)",
        buttons=["copy"],
        elem_id=controls.elem_id("parameters"),
    )
    restore = gr.Button("Restore settings from parameters", elem_id=controls.elem_id("restore"), size="sm")
    drop = gr.File(
        label="Drop a picture here to restore its settings",
        file_types=[*picture_text.ENDINGS],
        file_count="single",
        height=150,
        elem_id=controls.elem_id("drop"),
    )
    return {"parameters": text, "restore": restore, "drop": drop}
