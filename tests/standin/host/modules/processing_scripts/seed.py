"""The seed: like the sampler's, a control that only the page puts on a run."""

import gradio as gr
from modules import scripts
from modules.infotext_utils import PasteField


class ScriptSeed(scripts.Script):
    """Seed -1 is a random one."""

    section = "seed"
    setup_for_ui_only = True

    def title(self):
        return "Seed"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        tab = "img2img" if is_img2img else "txt2img"
        seed = gr.Number(-1, label="Seed", elem_id=f"{tab}_seed", precision=0)
        self.infotext_fields = [PasteField(seed, "Seed", api="seed")]
        return [seed]

    def setup(self, p, seed):
        p.seed = seed
