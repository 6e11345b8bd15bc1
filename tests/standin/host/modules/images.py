"""Pictures to files, named by the settings' pattern."""

import re
from pathlib import Path

from modules import shared

_NAMED = {
    "seed": lambda p, image, seed: seed,
    "steps": lambda p, image, seed: p.steps,
    "cfg": lambda p, image, seed: p.cfg_scale,
    "width": lambda p, image, seed: image.width,
    "sampler": lambda p, image, seed: p.sampler_name,
    "model_hash": lambda p, image, seed: getattr(p, "sd_model_hash", shared.sd_model.sd_model_hash),
    "batch_size": lambda p, image, seed: p.batch_size,
}


def save_image(
    image,
    path,
    basename,
    seed=None,
    prompt=None,
    extension="png",
    info=None,
    short_filename=False,
    no_prompt=False,
    grid=False,
    pnginfo_section_name="parameters",
    p=None,
):
    """Write it as `basename` and, but for a short name, the pattern's parts; those that are None stay as written."""

    def part(found):
        value = _NAMED[found[1]](p, image, seed)
        return found[0] if value is None else str(value)

    pattern = "" if short_filename else re.sub(r"\[(\w+)\]", part, shared.opts.samples_filename_pattern or "[seed]")
    Path(path).mkdir(parents=True, exist_ok=True)
    file = Path(path, f"{basename}-0000{pattern and '-'}{pattern}.{extension}")
    image.save(file)
    image.already_saved_as = str(file)
    return str(file), None
