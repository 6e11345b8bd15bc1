"""A checkpoint of random weights for hosts that work its dimensions out from the tensors, and then expect SD 1.x's.

    python -m tests.real.guessable FILE.safetensors     (0.6 GB, some seconds)

The text encoder and the VAE are SD 1.x's; the UNet, as wide as SD 1.x's at its first level, has fewer blocks and no
more channels at the others. The last alone has twice as many, since FreeU acts on levels that are wider than the first.
The hosts accept that, and a step takes a fraction of the time.

The numbers are the embedded checkpoint's kind: each tensor from SHAKE-256 of its name, the same on every machine.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion import weights
from pure_negative.diffusion.ldm_config import SDXL, STOCK_TEXT, LdmConfig
from pure_negative.diffusion.tensors import Dimensions, Shape, TextSize

Draw = Callable[[str, Shape], weights.Half]

CONFIG = LdmConfig(unet_levels=(1, 1, 1, 2), unet_blocks=1)
DIMENSIONS = CONFIG.dimensions(STOCK_TEXT)
NAME = "pure-negative-slim"
XL = LdmConfig(
    family=SDXL, unet_levels=(1, 1, 1), attention_at=(2, 4), depths=(1, 2, 10), linear=True, context=768 + 1280
).dimensions(STOCK_TEXT, TextSize(width=1280, layers=32, heads=20, inner=5120, vocabulary=STOCK_TEXT.vocabulary))
"""SDXL's text encoders, VAE, and the transformers of its UNet, whose number is how hosts recognise it."""


def ensure(folder: Path, name: str = NAME, dimensions: Dimensions = DIMENSIONS, draw: Draw = weights.draw) -> Path:
    """The checkpoint of that name in that folder, made where it is not there yet."""
    return _made(folder / f"{name}.safetensors", lambda half: write(half, dimensions, draw))


def another(first: Path, name: str) -> Path:
    """A checkpoint of that name beside the first one, which differs from it in the weights of its UNet."""
    return _made(first.with_name(f"{name}.safetensors"), lambda half: _lighter(first, half, FACTORS.get(name, 0.91)))


FACTORS = {"second": 0.97, "third": 0.94, "sdxl-second": 0.97}
"""Name of another checkpoint → what the weights of its UNet are multiplied by."""


def _made(path: Path, make: Callable[[Path], None]) -> Path:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        make(half)
        os.replace(half, path)
    return path


def write(path: Path, dimensions: Dimensions, draw: Draw) -> None:
    """Tensor by tensor: the whole never stands in memory."""
    tensors = list(layout.checkpoint(dimensions))
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
            file.write(draw(name, shape).tobytes())


def _lighter(first: Path, path: Path, factor: float) -> None:
    with first.open("rb") as file, path.open("wb") as out:
        size = file.read(8)
        text = file.read(int.from_bytes(size, "little"))
        out.write(size + text)
        for name, each in json.loads(text).items():
            begin, end = each["data_offsets"]
            data = file.read(end - begin)
            lighter = np.frombuffer(data, "<f2") * np.float16(factor)
            out.write(lighter.tobytes() if "diffusion_model" in name else data)


if __name__ == "__main__":
    write(Path(sys.argv[1]), DIMENSIONS, weights.draw)
