"""One job of pictures: the order of everything that happens to it, with grey pictures in place of denoising."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from modules import errors, infotext_utils, sd_samplers, sd_vae, shared
from modules.paths_internal import data_path
from modules.shared import opts

opt_f = 8
"""Pixels of a picture to one of its latent, along each side."""


@dataclass(repr=False)
class StableDiffusionProcessing:
    """What is asked for; `copy.copy` of it shares every dict and list."""

    sd_model: object = None
    outpath_samples: str = None
    outpath_grids: str = None
    prompt: str = ""
    negative_prompt: str = ""
    styles: list[str] = None
    seed: int = -1
    subseed: int = -1
    subseed_strength: float = 0
    sampler_name: str = None
    scheduler: str = None
    batch_size: int = 1
    n_iter: int = 1
    steps: int = 50
    cfg_scale: float = 7.0
    width: int = 512
    height: int = 512
    do_not_save_samples: bool = False
    do_not_save_grid: bool = False
    extra_generation_params: dict[str, Any] = None
    override_settings: dict[str, Any] = None
    override_settings_restore_afterwards: bool = True

    scripts_value: object = field(default=None, init=False)
    script_args_value: list = field(default=None, init=False)
    scripts_setup_complete: bool = field(default=False, init=False)
    all_prompts: list = field(default=None, init=False)
    all_negative_prompts: list = field(default=None, init=False)
    all_seeds: list = field(default=None, init=False)
    all_subseeds: list = field(default=None, init=False)
    sd_model_name: str = field(default=None, init=False)
    sd_model_hash: str = field(default=None, init=False)
    sd_vae_name: str = field(default=None, init=False)
    sd_vae_hash: str = field(default=None, init=False)
    is_api: bool = field(default=False, init=False)

    def __post_init__(self):
        self.comments = {}
        self.styles = self.styles or []
        self.extra_generation_params = self.extra_generation_params or {}
        self.override_settings = self.override_settings or {}

    @property
    def scripts(self):
        return self.scripts_value

    @scripts.setter
    def scripts(self, value):
        self.scripts_value = value
        self._setup_once()

    @property
    def script_args(self):
        return self.script_args_value

    @script_args.setter
    def script_args(self, value):
        self.script_args_value = value
        self._setup_once()

    def _setup_once(self):
        """As soon as there are both scripts and arguments."""
        if self.scripts_value and self.script_args_value and not self.scripts_setup_complete:
            self.scripts_setup_complete = True
            self.scripts_value.setup_scrips(self, is_ui=not self.is_api)

    def comment(self, text):
        """A line for below the gallery, each once."""
        self.comments[text] = 1

    def setup_prompts(self):
        """One prompt and one negative prompt for each picture, styles applied."""
        count = self.batch_size * self.n_iter
        lists = [each for each in (self.prompt, self.negative_prompt) if isinstance(each, list)]
        count = len(lists[0]) if lists else count
        prompts = self.prompt if isinstance(self.prompt, list) else [self.prompt] * count
        negatives = self.negative_prompt if isinstance(self.negative_prompt, list) else [self.negative_prompt] * count
        if len(prompts) != len(negatives):
            raise RuntimeError(f"{len(prompts)} prompts and {len(negatives)} negative prompts")
        style = shared.prompt_styles
        self.all_prompts = [style.apply_styles_to_prompt(each, self.styles) for each in prompts]
        self.all_negative_prompts = [style.apply_negative_styles_to_prompt(each, self.styles) for each in negatives]
        self.main_prompt, self.main_negative_prompt = self.all_prompts[0], self.all_negative_prompts[0]

    def sample(self, conditioning, unconditional_conditioning, seeds, subseeds, subseed_strength, prompts):
        return [Image.new("RGB", (self.width, self.height), (127, 127, 127)) for _ in prompts]

    def close(self):
        return None


@dataclass(repr=False)
class StableDiffusionProcessingTxt2Img(StableDiffusionProcessing):
    """A job of the txt2img tab."""

    enable_hr: bool = False
    denoising_strength: float = 0.75
    hr_prompt: str = ""
    hr_negative_prompt: str = ""
    firstpass_image: object = None
    hr_scale: float = 2.0
    hr_resize_x: int = 0
    hr_resize_y: int = 0
    force_task_id: str = None
    hr_upscale_to_x: int = field(default=0, init=False)
    hr_upscale_to_y: int = field(default=0, init=False)
    truncate_x: int = field(default=0, init=False)
    truncate_y: int = field(default=0, init=False)

    def calculate_target_resolution(self):
        """What the second pass enlarges to, and how much of its latent then goes where both sides are asked for."""
        across, down = self.hr_resize_x, self.hr_resize_y
        name = "resize" if across or down else "upscale"
        self.extra_generation_params[f"Hires {name}"] = f"{across}x{down}" if across or down else self.hr_scale
        if not across and not down:
            self.hr_upscale_to_x, self.hr_upscale_to_y = (
                int(side * self.hr_scale) for side in (self.width, self.height)
            )
            return
        wide = not down or (across and self.width / self.height < across / down)
        self.hr_upscale_to_x = across if wide else down * self.width // self.height
        self.hr_upscale_to_y = across * self.height // self.width if wide else down
        if across and down:
            self.truncate_x = (self.hr_upscale_to_x - across) // opt_f
            self.truncate_y = (self.hr_upscale_to_y - down) // opt_f

    def setup_prompts(self):
        """For hires fix too, where an empty prompt is a copy of the first pass's."""
        super().setup_prompts()
        if not self.enable_hr:
            return
        self.hr_prompt = self.prompt if self.hr_prompt == "" else self.hr_prompt
        self.hr_negative_prompt = self.negative_prompt if self.hr_negative_prompt == "" else self.hr_negative_prompt
        count, style = self.batch_size * self.n_iter, shared.prompt_styles
        typed = self.hr_negative_prompt
        typed = typed if isinstance(typed, list) else [typed] * count
        self.all_hr_negative_prompts = [style.apply_negative_styles_to_prompt(each, self.styles) for each in typed]


@dataclass(repr=False)
class StableDiffusionProcessingImg2Img(StableDiffusionProcessing):
    """A job of the img2img tab."""

    init_images: list = None


class Processed:
    """What came of a job."""

    def __init__(
        self,
        p,
        images_list,
        seed=-1,
        info="",
        subseed=None,
        all_prompts=None,
        all_negative_prompts=None,
        all_seeds=None,
        all_subseeds=None,
        index_of_first_image=0,
        infotexts=None,
        comments="",
    ):
        self.images, self.seed, self.info = images_list, seed, info
        self.prompt, self.negative_prompt = p.prompt, p.negative_prompt
        self.comments = "".join(f"{comment}\n" for comment in p.comments)
        self.width, self.height, self.batch_size = p.width, p.height, p.batch_size
        self.steps, self.cfg_scale, self.sampler_name = p.steps, p.cfg_scale, p.sampler_name
        self.sd_model_name, self.sd_model_hash = p.sd_model_name, p.sd_model_hash
        self.sd_vae_name, self.sd_vae_hash = p.sd_vae_name, p.sd_vae_hash
        self.clip_skip = opts.CLIP_stop_at_last_layers
        self.all_prompts = all_prompts or p.all_prompts
        self.all_negative_prompts = all_negative_prompts or p.all_negative_prompts
        self.all_seeds = all_seeds or p.all_seeds
        self.extra_generation_params = p.extra_generation_params
        self.index_of_first_image = index_of_first_image
        self.infotexts = infotexts or [info] * len(images_list)

    def js(self):
        shown = {key: value for key, value in vars(self).items() if key not in ("images", "comments")}
        return json.dumps(shown, default=lambda _: None)


def program_version():
    return "v1.10.1"


def get_fixed_seed(seed):
    """A random one for -1; a list stays as it is."""
    return random.randrange(4294967294) if seed in (None, "", -1) else seed


def fix_seed(p):
    p.seed, p.subseed = get_fixed_seed(p.seed), get_fixed_seed(p.subseed)


def create_infotext(
    p,
    all_prompts,
    all_seeds,
    all_subseeds,
    comments=None,
    iteration=0,
    position_in_batch=0,
    use_main_prompt=False,
    index=None,
    all_negative_prompts=None,
):
    """A picture's parameters text; what is in `extra_generation_params` goes over the standard keys."""
    index = position_in_batch + iteration * p.batch_size if index is None else index
    prompt, clip_skip = all_prompts[index], opts.CLIP_stop_at_last_layers
    negative = (p.all_negative_prompts if all_negative_prompts is None else all_negative_prompts)[index]
    params = {
        "Steps": p.steps,
        "Sampler": p.sampler_name,
        "Schedule type": p.scheduler,
        "CFG scale": p.cfg_scale,
        "Seed": all_seeds[index],
        "Size": f"{p.width}x{p.height}",
        "Model hash": shared.sd_model.sd_model_hash,
        "Model": shared.sd_model.sd_checkpoint_info.name_for_extra,
        "Clip skip": None if clip_skip <= 1 else clip_skip,
        **p.extra_generation_params,
        "Version": "v1.10.1",
    }
    for key, value in params.items():
        try:
            if isinstance(value, list):
                params[key] = value[index]
            elif callable(value):
                params[key] = value(**{"p": p, "index": index, "prompt_text": prompt, "negative_prompt": negative})
        except Exception:
            errors.report(f'Error creating infotext for key "{key}"', exc_info=True)
            params[key] = None
    pairs = (
        key if key == value else f"{key}: {infotext_utils.quote(value)}"
        for key, value in params.items()
        if value is not None
    )
    return f"{prompt}{f'{chr(10)}Negative prompt: {negative}' if negative else ''}\n{', '.join(pairs)}".strip()


def process_images(p):
    """Run a job: `before_process`, then its settings in force, then all the rest, then the settings as they were."""
    if p.scripts is not None:
        p.scripts.before_process(p)
    stored = {key: opts.data[key] for key in p.override_settings if key in opts.data}
    try:
        for key, value in p.override_settings.items():
            opts.set(key, value, is_api=True, run_callbacks=False)
        sd_samplers.fix_p_invalid_sampler_and_scheduler(p)
        return process_images_inner(p)
    finally:
        if p.override_settings_restore_afterwards:
            for key, value in stored.items():
                setattr(opts, key, value)


def process_images_inner(p):
    """Seeds, prompts, `process`, each batch, and the answer."""
    assert p.prompt is not None and p.prompt != []
    seed, subseed = get_fixed_seed(p.seed), get_fixed_seed(p.subseed)
    p.sd_model_name = shared.sd_model.sd_checkpoint_info.name_for_extra
    p.sd_model_hash = shared.sd_model.sd_model_hash
    p.sd_vae_name, p.sd_vae_hash = sd_vae.get_loaded_vae_name(), sd_vae.get_loaded_vae_hash()
    p.setup_prompts()
    count = len(p.all_prompts)
    p.all_seeds = seed if isinstance(seed, list) else [int(seed) + n for n in range(count)]
    p.all_subseeds = subseed if isinstance(subseed, list) else [int(subseed) + n for n in range(count)]
    if p.scripts is not None:
        p.scripts.process(p)
    images, infotexts = [], []
    for number in range(p.n_iter):
        if shared.state.interrupted or shared.state.stopping_generation:
            break
        images += _batch(p, number, infotexts)
    infotexts = infotexts or [create_infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds)]
    processed = Processed(p, images, p.all_seeds[0], infotexts[0], infotexts=infotexts)
    if p.scripts is not None:
        p.scripts.postprocess(p, processed)
    return processed


def _batch(p, number, infotexts):
    part = slice(number * p.batch_size, (number + 1) * p.batch_size)
    p.prompts, p.negative_prompts = p.all_prompts[part], p.all_negative_prompts[part]
    p.seeds, p.subseeds = p.all_seeds[part], p.all_subseeds[part]
    known = {"batch_number": number, "prompts": p.prompts, "seeds": p.seeds, "subseeds": p.subseeds}
    if p.scripts is not None:
        p.scripts.before_process_batch(p, **known)
        p.scripts.process_batch(p, **known)
    if number == 0:
        text = create_infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds)
        Path(data_path, "params.txt").write_text(text, encoding="utf8")
    images = p.sample(None, None, p.seeds, p.subseeds, p.subseed_strength, p.prompts)
    for index, image in enumerate(images):
        negatives = p.negative_prompts
        text = create_infotext(p, p.prompts, p.seeds, p.subseeds, index=index, all_negative_prompts=negatives)
        if opts.enable_pnginfo:
            image.info["parameters"] = text
        infotexts.append(text)
    return images
