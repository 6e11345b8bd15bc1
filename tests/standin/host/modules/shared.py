"""What every module of the WebUI shares."""

from pathlib import Path
from types import SimpleNamespace

from modules import options, styles
from modules.paths_internal import data_path
from modules.shared_cmd_options import cmd_opts as cmd_opts

OptionInfo = options.OptionInfo
config_filename = str(Path(data_path, "config.json"))

options_templates = {
    "CLIP_stop_at_last_layers": OptionInfo(1, "Clip skip", infotext="Clip skip"),
    "sd_vae": OptionInfo("Automatic", "SD VAE"),
    "emphasis": OptionInfo("Original", "Emphasis mode", infotext="Emphasis"),
    "s_min_uncond": OptionInfo(0.0, "Negative Guidance minimum sigma", infotext="NGMS"),
    "skip_early_cond": OptionInfo(0.0, "Ignore negative prompt during early sampling", infotext="Skip Early CFG"),
    "infotext_skip_pasting": OptionInfo([], "Disregard fields from pasted infotext"),
    "hide_samplers": OptionInfo([], "Hide samplers in user interface"),
    "return_grid": OptionInfo(True, "Show grid in gallery"),
    "grid_save": OptionInfo(True, "Always save all generated image grids"),
    "samples_save": OptionInfo(True, "Always save all generated images"),
    "enable_pnginfo": OptionInfo(True, "Write infotext to metadata of the generated image"),
    "grid_format": OptionInfo("png", "File format for grids"),
    "grid_extended_filename": OptionInfo(False, "Add extended info (seed, prompt) to filename when saving grid"),
    "samples_filename_pattern": OptionInfo("", "Images filename pattern"),
    "outdir_grids": OptionInfo("", "Output directory for grids", restrict_api=True),
    "outdir_txt2img_grids": OptionInfo(str(Path(data_path, "grids")), "Output directory for txt2img grids"),
    "outdir_samples": OptionInfo("", "Output directory for images", restrict_api=True),
}

opts = options.Options(options_templates, set())
opts.load(config_filename)

prompt_styles = styles.StyleDatabase([])
state = SimpleNamespace(
    interrupted=False,
    skipped=False,
    stopping_generation=False,
    job="",
    job_count=0,
    begin=lambda job="(unknown)": None,
    end=lambda: None,
)
total_tqdm = SimpleNamespace(clear=lambda: None, updateTotal=lambda new_total: None)

sd_model = SimpleNamespace(
    sd_checkpoint_info=SimpleNamespace(name_for_extra="stand-in", shorthash="0123456789", name="stand-in.safetensors"),
    sd_model_hash="0123456789",
)
