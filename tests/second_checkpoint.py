"""A second tiny checkpoint, of other dimensions than the embedded one and with the same text encoder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from pure_negative.diffusion import embedded

NAME = "second"
CONFIG = dataclasses.replace(embedded.CONFIG, unet_channels=32, unet_levels=(1, 2, 1), attention_at=(4,))


def ensure(folder: Path, name: str = NAME) -> Path:
    """Its `.safetensors` beside the embedded checkpoint, which is made too."""
    embedded.ensure(folder)
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        path.write_bytes(embedded.file_bytes(CONFIG.dimensions(embedded.TEXT)))
        config = dataclasses.replace(CONFIG, text_folder=(folder / embedded.NAME).absolute())
        path.with_suffix(".yaml").write_text(yaml.safe_dump(config.as_original(), sort_keys=False), encoding="utf-8")
    return path
