"""A checkpoint of random weights for hosts that work its dimensions out from the tensors, and then expect SD 1.x's.

    python -m tests.real.guessable FILE.safetensors     (1 GB, some seconds)

The text encoder, the VAE, and the widths of the UNet are SD 1.x's; the UNet has fewer blocks, which the hosts accept,
so that a step takes a third of the time.

The numbers are the embedded checkpoint's kind: each tensor from SHAKE-256 of its name, the same on every machine.
"""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path

from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion import weights
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.tensors import TextSize

CONFIG = LdmConfig(unet_levels=(1, 1, 2, 4), unet_blocks=1)
DIMENSIONS = CONFIG.dimensions(TextSize(width=768, layers=12, heads=12, inner=3072, vocabulary=49408))
NAME = "pure-negative-guessable"


def ensure(folder: Path) -> Path:
    """The checkpoint in that folder, made where it is not there yet."""
    path = folder / f"{NAME}.safetensors"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        write(half)
        os.replace(half, path)
    return path


def write(path: Path) -> None:
    """Tensor by tensor: the whole never stands in memory."""
    tensors = list(layout.checkpoint(DIMENSIONS))
    header, offset = {}, 0
    for name, shape in tensors:
        end = offset + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in tensors:
            file.write(weights.draw(name, shape).tobytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
