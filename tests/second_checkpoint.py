"""A second and a third tiny checkpoint, each of other dimensions, with the embedded one's text encoder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from pure_negative.diffusion import embedded

NAME = "second"
THIRD = "third"
CONFIG = dataclasses.replace(embedded.CONFIG, unet_channels=32, unet_levels=(1, 2, 1), attention_at=(4,))
CONFIGS = {THIRD: dataclasses.replace(embedded.CONFIG, unet_levels=(1, 2), unet_blocks=2, attention_at=(2,))}
"""By the checkpoint's name; all others have `CONFIG`."""


def ensure(folder: Path, name: str = NAME) -> Path:
    """Its `.safetensors` beside the embedded checkpoint, which is made too."""
    embedded.ensure(folder)
    path, own = folder / f"{name}.safetensors", CONFIGS.get(name, CONFIG)
    if not path.is_file():
        path.write_bytes(embedded.file_bytes(own.dimensions(embedded.TEXT)))
        config = dataclasses.replace(own, text_folder=(folder / embedded.NAME).absolute())
        path.with_suffix(".yaml").write_text(yaml.safe_dump(config.as_original(), sort_keys=False), encoding="utf-8")
    return path
