"""Steps, sampler and schedule type: controls that the page puts on a run, and the API does not."""

import gradio as gr
from modules import scripts, sd_samplers, sd_schedulers
from modules.infotext_utils import PasteField


class ScriptSampler(scripts.Script):
    """Runs its `setup` after every extension's, since the WebUI's own come last."""

    section = "sampler"
    setup_for_ui_only = True

    def title(self):
        return "Sampler"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        tab = "img2img" if is_img2img else "txt2img"
        names = [each.name for each in sd_samplers.visible_samplers()]
        labels = [each.label for each in sd_schedulers.schedulers]
        sampler = gr.Dropdown(names, value=names[0], label="Sampling method", elem_id=f"{tab}_sampling")
        scheduler = gr.Dropdown(labels, value=labels[0], label="Schedule type", elem_id=f"{tab}_scheduler")
        steps = gr.Slider(1, 150, value=20, step=1, label="Sampling steps", elem_id=f"{tab}_steps")
        self.infotext_fields = [
            PasteField(steps, "Steps", api="steps"),
            PasteField(sampler, sd_samplers.get_sampler_from_infotext, api="sampler_name"),
            PasteField(scheduler, sd_samplers.get_scheduler_from_infotext, api="scheduler"),
        ]
        return steps, sampler, scheduler

    def setup(self, p, steps, sampler_name, scheduler):
        p.steps, p.sampler_name, p.scheduler = steps, sampler_name, scheduler
