"""The page: as much of the txt2img tab as this extension looks for."""

import gradio as gr

from modules import gradio_extensons as gradio_extensons
from modules import infotext_utils, script_callbacks, scripts
from modules.infotext_utils import PasteField
from modules.ui_components import InputAccordion


def create_ui():
    """Settings are registered, then both tabs' scripts made, then their controls built."""
    infotext_utils.reset()
    script_callbacks.ui_settings_callback()
    scripts.scripts_current = scripts.scripts_txt2img
    scripts.scripts_txt2img.initialize_scripts(is_img2img=False)
    with gr.Blocks(analytics_enabled=False) as demo:
        _txt2img(scripts.scripts_txt2img)
        scripts.scripts_current = scripts.scripts_img2img
        scripts.scripts_img2img.initialize_scripts(is_img2img=True)
        scripts.scripts_img2img.prepare_ui()
        for section in ("sampler", "seed"):
            scripts.scripts_img2img.setup_ui_for_section(section)
        scripts.scripts_img2img.setup_ui()
    scripts.scripts_current = None
    return demo


def _txt2img(runner):
    prompt = gr.Textbox("", label="Prompt", elem_id="txt2img_prompt")
    negative = gr.Textbox("", label="Negative prompt", elem_id="txt2img_neg_prompt")
    paste = gr.Button("↙", elem_id="paste")
    runner.prepare_ui()
    runner.setup_ui_for_section("sampler")
    with InputAccordion(False, label="Hires. fix", elem_id="txt2img_hr") as hires:
        hires_negative = gr.Textbox("", label="Hires negative prompt", elem_id="hires_neg_prompt")
    runner.setup_ui_for_section("accordions")
    width = gr.Slider(64, 2048, value=512, step=8, label="Width", elem_id="txt2img_width")
    height = gr.Slider(64, 2048, value=512, step=8, label="Height", elem_id="txt2img_height")
    cfg = gr.Slider(1.0, 30.0, value=7.0, step=0.5, label="CFG Scale", elem_id="txt2img_cfg_scale")
    runner.setup_ui_for_section("seed")
    settings = gr.Dropdown([], label="Override settings", elem_id="txt2img_override_settings", multiselect=True)
    runner.setup_ui()
    gr.Textbox("", visible=False, elem_id="generation_info_txt2img")
    for target in ("img2img", "inpaint"):
        gr.Button(target, elem_id=f"txt2img_send_to_{target}")
    fields = [
        PasteField(prompt, "Prompt", api="prompt"),
        PasteField(negative, "Negative prompt", api="negative_prompt"),
        PasteField(cfg, "CFG scale", api="cfg_scale"),
        PasteField(width, "Size-1", api="width"),
        PasteField(height, "Size-2", api="height"),
        PasteField(hires, lambda params: "Denoising strength" in params, api="enable_hr"),
        PasteField(hires_negative, "Hires negative prompt", api="hr_negative_prompt"),
        *runner.infotext_fields,
    ]
    infotext_utils.add_paste_fields("txt2img", None, fields, settings)
    infotext_utils.connect_paste(paste, infotext_utils.paste_fields["txt2img"]["fields"], prompt, settings, "txt2img")
