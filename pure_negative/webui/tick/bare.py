"""The tick without its panel, for a WebUI in which that can't be built: the API's choices still act."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pure_negative.webui import names
from pure_negative.webui.core import parts


def build(reason: str) -> list[Any]:
    """Why there is no panel, and the script's first argument, in whose place the API's dict of choices may stand."""
    with gr.Accordion(names.TITLE, open=False):
        parts.show(reason)
        tick = gr.Checkbox(False, label=names.TITLE, visible=False)
    tick.do_not_save_to_config = True
    return [tick]
