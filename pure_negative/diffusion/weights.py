"""Weights for the embedded checkpoint: random, and the same bits on every machine and with every library version.

A tensor's numbers come from SHAKE-256 of its name, read as whole numbers and scaled with IEEE arithmetic alone; no
random number generator of numpy or torch takes part, since those may change between versions.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pure_negative.diffusion.tensors import Shape

Half = NDArray[np.float16]


def draw(name: str, shape: Shape) -> Half:
    """The tensor of that name: norms around their neutral values, everything else by its fan-in."""
    centre, spread = _range(name, shape)
    return (centre + spread * _unit(name, shape)).astype("<f2")


def _unit(name: str, shape: Shape) -> NDArray[np.float64]:
    """Evenly spread in -1…1."""
    digest = hashlib.shake_256(name.encode()).digest(2 * math.prod(shape))
    return ((np.frombuffer(digest, "<u2").astype(np.float64) - 32767.5) / 32768.0).reshape(shape)


_GAINS = (
    ("attn2.to_k.", 2.0),  # lets the words, not their sum alone, decide where they act: the text shows in the picture
    ("attn2.to_v.", 2.0),
    ("diffusion_model.out.2.", 0.6),  # keeps rounding errors from growing over the steps, up to CFG scale 24
    ("decoder.conv_out.", 0.55),  # keeps pictures off black and white
)


def _range(name: str, shape: Shape) -> tuple[float, float]:
    """Centre and half-width of a tensor's numbers, as if it had been initialised and then trained a little."""
    if len(shape) == 1 and name.endswith(".weight"):
        return 1.0, 0.5
    if len(shape) == 1:
        # "Original" emphasis divides by the mean of the text encoder's output: a bias around 0 would bring it near 0.
        return (0.25, 0.5) if "final_layer_norm" in name else (0.0, 0.1)
    if "embeddings." in name:
        return 0.0, 1.0
    gain = math.prod(value for part, value in _GAINS if part in name)
    return 0.0, gain * math.sqrt(3.0 / math.prod(shape[1:]))


def safetensors(tensors: Iterable[tuple[str, Half]]) -> bytes:
    """The bytes of a `.safetensors` file: the header's length, the header, then each tensor in order."""
    header: dict[str, object] = {}
    parts: list[bytes] = []
    offset = 0
    for name, tensor in tensors:
        data = tensor.tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
