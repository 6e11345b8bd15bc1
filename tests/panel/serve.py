"""The panel beside a stand-in of the tab, on whatever gradio the interpreter has: `python serve.py PORT`."""

from __future__ import annotations

import sys

import gradio as gr

from pure_negative.panel import controls, events, preset_box
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model


class TabHost:
    """A program with the WebUI's tab, and no checkpoint."""

    tab = True

    def language(self) -> str:
        return ""

    def samplers(self) -> list[str]:
        return ["Euler", "Euler a", "DPM++ 2M"]

    def schedulers(self) -> list[str]:
        return ["Automatic", "Karras"]

    def tokens(self, text: str) -> str:
        return f"{len(text.split())}/75"

    def model(self) -> Model | None:
        return None

    def fits_by_itself(self) -> bool:
        return False

    def vae(self, _: Plan) -> str:
        return ""

    def loadable(self, _: Plan) -> str:
        return ""

    def warnings(self, _: Plan) -> list[str]:
        return []


def tab() -> list[gr.components.Component]:
    """Controls under the names of `events.TAB`, as the WebUI's are."""
    made = {
        "prompt": gr.Textbox("", label="tab prompt", elem_id="tab_prompt"),
        "negative_prompt": gr.Textbox("", label="tab negative", elem_id="tab_negative"),
        "width": gr.Slider(64, 2048, 512, step=8, label="tab width", elem_id="tab_width"),
        "height": gr.Slider(64, 2048, 512, step=8, label="tab height", elem_id="tab_height"),
        "cfg": gr.Slider(1, 30, 7, step=0.5, label="tab CFG", elem_id="tab_cfg"),
        "steps": gr.Slider(1, 150, 20, step=1, label="tab steps", elem_id="tab_steps"),
        "sampler": gr.Dropdown(["Euler", "Euler a"], value="Euler a", label="tab sampler", elem_id="tab_sampler"),
        "scheduler": gr.Dropdown(["Automatic"], value="Automatic", label="tab scheduler", elem_id="tab_scheduler"),
        "hires": gr.Checkbox(False, label="tab hires", elem_id="tab_hires"),
    }
    return [made[name] for name in events.TAB]


def main() -> None:
    with gr.Blocks(analytics_enabled=False) as page:
        shown = tab()
        panel = controls.build(TabHost(), "nai")
        preset_box.wire(preset_box.build(), panel, TabHost())
        events.wire(panel, TabHost(), shown, live=not gr.__version__.startswith("3."))
        page.load(events.previewer(TabHost()), [*panel.ordered(), *shown], panel.told())
    print(gr.__version__, flush=True)
    page.queue().launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True, share=False)


if __name__ == "__main__":
    main()
