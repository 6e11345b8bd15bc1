"""The run's settings that no axis changes (hires fix, styles, …), saved with the sheet for a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, validate, yaml_reader, yaml_writer
from pure_negative.preset import library
from pure_negative.rules import seeds

FILE = "webui.yaml"
VERSION = "1"
ALWAYS = ("styles", "subseed_strength", "tiling", "restore_faces", "eta", "s_min_uncond", "s_churn", "s_noise")
HIRES = (
    "denoising_strength", "hr_scale", "hr_upscaler", "hr_second_pass_steps", "hr_resize_x", "hr_resize_y",
    "hr_checkpoint_name", "hr_sampler_name", "hr_scheduler", "hr_prompt", "hr_negative_prompt",
)  # fmt: skip
VARIATION = ("seed_resize_from_h", "seed_resize_from_w")
REFINER = ("refiner_checkpoint", "refiner_switch_at")
OFF: tuple[object, ...] = (None, "", 0, -1, [])


def of(p: Any) -> dict[str, str]:
    """The run's settings that act, as texts; those that are empty or off are left out."""
    names = [*ALWAYS, *(VARIATION if p.subseed_strength else ())]
    names += HIRES if p.enable_hr else ()
    names += REFINER if p.refiner_checkpoint not in (None, "", "None", "none") else ()
    found = {name: _text(value) for name in names if (value := getattr(p, name)) not in OFF}
    if p.subseed_strength:
        found["subseed"] = str(p.subseed)  # 0 is a seed like any other
    planned = {each.setting for each in options.settings().values()}
    return found | {key: str(value) for key, value in p.override_settings.items() if key not in planned}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else f"{value:g}" if _is_number(value) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 1e5


def write(folder: Path, p: Any) -> None:
    """Keep them beside a sheet that begins."""
    atomic_file.replace(folder / FILE, yaml_writer.document({"version": VERSION, **of(p)}).encode())


def check(folder: Path, p: Any) -> None:
    """Give the run the sheet's variation seed, and refuse other settings than it was begun with.

    Raises:
        PureNegativeError: something differs; the sentence names it.
    """
    was = yaml_reader.load(library.read_text(folder / FILE), f"{folder.name}/{FILE}")
    if not isinstance(was, dict) or was.pop("version", None) != VERSION:
        raise PureNegativeError(f"{folder.name}/{FILE}: these are not settings of format {VERSION}.")
    if p.subseed_strength and "subseed_strength" in was:
        p.subseed = seeds.read(was.setdefault("subseed", "0"), f"{folder.name}/{FILE}: subseed")
    now = of(p)
    for name in {**was, **now}:
        before, after = str(was.get(name, "")), now.get(name, "")
        if before != after:
            before, after = (validate.shown(each) if each else "not set" for each in (before, after))
            raise PureNegativeError(
                f"{folder.name}: the sheet was started with {name.replace('_', ' ')} {before}, this run has {after}; "
                "set it as it was, or start a new sheet."
            )
