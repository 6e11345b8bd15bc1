"""The WebUIs these tests run on, and all that a test has to know of what differs between them."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pure_negative.diffusion import embedded
from tests import second_checkpoint
from tests.diffusion import small
from tests.real import guessable, small_pipeline


@dataclass(frozen=True)
class Host:
    """One WebUI; the defaults are v1.10.1's."""

    name: str = "WebUI v1.10.1"
    prefix: str = ""
    """Of its screenshots' names."""
    options: str = "--skip-torch-cuda-test --use-cpu all --no-half --precision full --disable-nan-check"
    own_options: tuple[str, ...] = ("--skip-prepare-environment", "--no-download-sd-model")
    """Start options that not every host knows, given whatever WEBUI_ARGS says."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings that are in the file of settings before the host's first start."""
    page: Mapping[str, Any] = field(default_factory=dict)
    """Values of the page's controls that are in their file before the host's first start, as after it."""
    outputs: str = "outputs"
    """Where it keeps pictures, in its data folder."""
    upscaler: str = "Latent"
    """For hires fix; one whose noise is each picture's own, where the host has one."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Set once it runs; on none a test depends."""
    hires: Mapping[str, Any] = field(default_factory=dict)
    """Fields that a request with hires fix needs beside the WebUI's own."""
    samplers: tuple[str, ...] = ()
    """The samplers to go through; none named means all of them."""
    hires_singly: bool = False
    """Whether a sheet with hires fix makes its cells one at a time, as where there are no latent upscalers."""
    loads_late: bool = False
    """Whether a checkpoint is loaded by the first run that needs it, not as soon as it is chosen."""
    text_files: tuple[str, ...] = ()
    """Folders and files that hold the text encoder's configuration and tokenizer, where the host brings its own.

    Such a host works a checkpoint's dimensions out from its tensors, so it gets a larger one than the embedded.
    """
    always: Mapping[str, str] = field(default_factory=dict)
    """What it writes into every picture's parameters whatever it is; Clip skip with its value, if it is named here."""
    guidance: Mapping[str, Any] = field(default_factory=dict)
    """The host's own always-on scripts that change how cond and uncond are mixed, or the UNet, with these arguments."""
    guidance_settings: Mapping[str, Any] = field(default_factory=dict)
    """The host's own settings that do so, each with a value at which it acts."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Test, or test with its parameter in brackets → why it can't pass there."""
    size_axis: bool = True
    """Whether X/Y/Z plot has an axis for the size."""
    joined_samplers: bool = False
    """Whether a sampler's name says the schedule type too, and pictures' texts have none."""
    only: str = ""
    """The one file of tests for a host that has no more of ours than that says; the file is for no other."""
    pipeline: bool = False
    """Whether it loads folders of diffusers pipelines, and gets one instead of a checkpoint."""

    def put_checkpoint(self, models: Path) -> None:
        """A checkpoint of random weights among the host's models."""
        if self.pipeline:
            small_pipeline.ensure(models.parent / "Diffusers")
            return
        if not self.text_files:
            embedded.ensure(models)
            return
        _link(guessable.ensure(scratch()), models)

    def put_another(self, models: Path, name: str) -> None:
        """One more checkpoint of random weights, of other dimensions where the host reads them from a file."""
        if self.text_files:
            _link(guessable.another(guessable.ensure(scratch()), name), models)
        else:
            second_checkpoint.ensure(models, name)

    def put_sdxl(self, data: Path) -> None:
        """The checkpoints `sdxl` and `sdxl-second` of random weights, and what the host needs for small ones."""
        models = data / "models" / "Stable-diffusion"
        for name, predicts in {"sdxl": "sdxl", "sdxl-second": "sdxl-v"}.items():
            if self.text_files:
                first = guessable.ensure(scratch(), "sdxl", guessable.XL, small.draw)
                _link(first if name == "sdxl" else guessable.another(first, name), models)
            else:
                made = small.write(models, predicts)
                made.with_suffix(".yaml").rename(models / f"{name}.yaml")
                made.rename(models / f"{name}.safetensors")
        if not self.text_files:
            taught = data / "extensions" / "open-clip-small"
            shutil.copytree(Path(__file__).parent / "open_clip", taught)
            small.put_open_clip(taught / "small")

    @property
    def checkpoint(self) -> str:
        """What its checkpoint is called."""
        return guessable.NAME if self.text_files else embedded.NAME

    def text(self, text: str) -> str:
        """A text of the WebUI's as the host would write it of the same picture."""
        if not self.joined_samplers:
            return text
        text = text.replace(", Schedule type: Automatic", "")
        return re.sub(r"Sampler: ([^,]*), Schedule type: ", r"Sampler: \1 ", text)

    def checkpoint_for_engine(self) -> Path:
        """The host's checkpoint with all that the stand-alone engine reads beside it."""
        return _with_configuration(self.text_files) if self.text_files else embedded.ensure()

    def engine(self) -> Any:
        """The stand-alone engine on the host's checkpoint."""
        return _engine(self.text_files)


def _link(made: Path, models: Path) -> None:
    models.mkdir(parents=True, exist_ok=True)
    if (models / made.name).exists():
        return
    try:
        os.link(made, models / made.name)
    except OSError:
        shutil.copy2(made, models)


@cache
def _engine(text_files: tuple[str, ...]) -> Any:
    from pure_negative.diffusion.engine import Engine

    return Engine.load(_with_configuration(text_files) if text_files else embedded.ensure())


def _with_configuration(text_files: tuple[str, ...]) -> Path:
    """The larger checkpoint with the configuration and the tokenizer that the engine reads beside it."""
    path, text = guessable.ensure(scratch()), scratch() / "text"
    for name in text_files:
        source = Path(os.environ["WEBUI_DIR"]) / name
        for file in [source] if source.is_file() else source.iterdir():
            text.mkdir(exist_ok=True)
            shutil.copy2(file, text / ("config.json" if "config" in file.stem and source.is_file() else file.name))
    config = dataclasses.replace(guessable.CONFIG, text_folder=text)
    path.with_suffix(".yaml").write_text(yaml.safe_dump(config.as_original(), sort_keys=False), encoding="utf-8")
    return path


def scratch() -> Path:
    """Where the larger checkpoint is kept from one run of the tests to the next."""
    return Path(tempfile.gettempdir()) / "pure-negative-tests"


LONG_RUN = "152 steps of the larger checkpoint take minutes on a processor, and nothing in them is the host's own"

OWN_ERROR = "it answers every request that has an `infotext` field with a TypeError, with and without this extension"
NO_GUIDANCE = "it brings no script that changes the guidance"
THRESHOLDING = "DynamicThresholding (CFG-Fix) Integrated"

GUESSES = "it has DeepDanbooru"
WITHOUT_NEGATIVE_AT_FIRST = "it makes the first step of every picture without the negative prompt"
NO_DEEPDANBOORU = "DeepDanbooru is gone from it"

ALL_NEGATIVE = "it loads no checkpoint that takes no negative prompt"

WEBUI = Host(
    left_out={
        "test_beside_the_hosts_own_guidance": NO_GUIDANCE,
        "test_where_deepdanbooru_is_gone_the_page_says_so": GUESSES,
        "test_a_checkpoint_without_a_negative_prompt_is_left_alone": ALL_NEGATIVE,
    }
)
FORGE = Host(
    name="Forge dfdcbab",
    prefix="forge-",
    # Its gradio serves no file from outside the data folder, the page's own scripts neither.
    options="--skip-torch-cuda-test --always-cpu --gradio-allowed-path {folder}",
    hires={"hr_additional_modules": ["Use same choices"]},
    samplers=("Euler", "Euler a", "DPM++ 2M"),
    loads_late=True,
    text_files=(
        "backend/huggingface/runwayml/stable-diffusion-v1-5/tokenizer",
        "backend/huggingface/runwayml/stable-diffusion-v1-5/text_encoder/config.json",
    ),
    guidance={
        THRESHOLDING: {"args": [True, 5.0, 0.9]},
        "FreeU Integrated (SD 1.x, SD 2.x, SDXL)": {"args": [True, 1.3, 1.4, 0.9, 0.2]},
    },
    left_out={
        "test_steps_above_the_sliders_end": LONG_RUN,
        "test_where_deepdanbooru_is_gone_the_page_says_so": GUESSES,
        "test_the_infotext_field_of_a_request_restores_the_panel": OWN_ERROR,
    },
)
REFORGE = Host(
    name="reForge 3b56b268",
    prefix="reforge-",
    options="--skip-torch-cuda-test --always-cpu",
    # Its checkout holds no small decoder for previews; it would fetch one before the first picture.
    settings={"live_previews_enable": False},
    samplers=("Euler", "Euler a", "DPM++ 2M"),
    text_files=("ldm_patched/modules/sd1_tokenizer", "ldm_patched/modules/sd1_clip_config.json"),
    guidance={
        THRESHOLDING: {"args": [True, False, 5.0, 0.9]},
        "FreeU Integrated": {"args": [True, 1.3, 1.4, 0.9, 0.2]},
    },
    left_out={
        "test_steps_above_the_sliders_end": LONG_RUN,
        "test_where_deepdanbooru_is_gone_the_page_says_so": GUESSES,
        "test_a_checkpoint_without_a_negative_prompt_is_left_alone": ALL_NEGATIVE,
    },
)
CLASSIC = Host(
    name="Forge Classic 1f95d717",
    prefix="classic-",
    size_axis=False,
    joined_samplers=True,
    outputs="output",
    options="--skip-torch-cuda-test --always-cpu",
    settings={"live_previews_enable": False},
    samplers=("Euler", "Euler a", "DPM++ 2M"),
    text_files=REFORGE.text_files,
    left_out={
        "test_a_ticked_run_is_the_stand_alone_picture": WITHOUT_NEGATIVE_AT_FIRST,
        "test_steps_above_the_sliders_end": LONG_RUN,
        "test_deepdanbooru_makes_first_guesses_that_count_for_nothing": NO_DEEPDANBOORU,
        "test_beside_the_hosts_own_guidance": NO_GUIDANCE,
        "test_a_checkpoint_without_a_negative_prompt_is_left_alone": ALL_NEGATIVE,
    },
)
NEO = Host(
    name="Forge Neo 2.26",
    prefix="neo-",
    options="--skip-torch-cuda-test --cpu --force-fp32 --fp32-unet --fp32-vae --fp32-text-enc "
    "--gradio-allowed-path {folder}",
    own_options=("--skip-prepare-environment",),
    # Without the first it stops at a file of settings that it did not write; the others show its own guidance scripts.
    config={"VERSION_UID": "PY313", "show_mahiro": True, "show_rescale_cfg": True},
    # In a first start its prompts have no value, and a prompt that is pasted is not filled in; txt2img's we fill.
    page={"img2img/Prompt/value": "", "img2img/Negative Prompt/value": ""},
    outputs="output",
    upscaler="None",
    hires_singly=True,
    loads_late=True,
    hires={"hr_additional_modules": ["Use same choices"]},
    samplers=("Euler", "Euler a", "DPM++ 2M"),
    text_files=FORGE.text_files,
    always={"Clip skip": "1", "Emphasis": "Original", "RNG": "CPU"},
    guidance={"MaHiRo": {"args": [True]}, "RescaleCFG": {"args": [0.7]}},
    guidance_settings={"scaling_factor": 1.05, "token_merging_ratio": 0.5},
    left_out={
        "test_steps_above_the_sliders_end": LONG_RUN,
        "test_deepdanbooru_makes_first_guesses_that_count_for_nothing": NO_DEEPDANBOORU,
        "test_the_infotext_field_of_a_request_restores_the_panel": OWN_ERROR,
        "test_each_cell_is_the_plots[Hires upscaler]": "its only upscaler that needs no file is None",
    },
)


SDNEXT = Host(
    name="SD.Next 058a7f0cf",
    prefix="sdnext-",
    options="--skip-all --disable img2img,control,video,extras,caption,models,gallery,extensions",
    own_options=(),
    # The second has it compile its kernels for minutes as it starts, and end in an error without triton.
    config={"sd_model_checkpoint": f"Diffusers/{small_pipeline.NAME}", "sdnq_dequantize_compile": False},
    only="test_sdnext.py",
    pipeline=True,
)


def here() -> Host:
    """The one in WEBUI_DIR, by its folders."""
    folder = Path(os.environ.get("WEBUI_DIR", "."))
    if (folder / "modules" / "scripts_manager.py").is_file():
        return SDNEXT
    if not (folder / "modules_forge").is_dir():
        return WEBUI
    if (folder / "ldm_patched").is_dir():
        return CLASSIC if (folder / "extensions-builtin" / "xyz").is_dir() else REFORGE
    return NEO if (folder / "modules_forge" / "presets.py").is_file() else FORGE
