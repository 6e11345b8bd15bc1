"""Make `tests/reference/networks`: pictures of the real WebUI with LoRAs, and of a preset with all that it names.

WEBUI_DIR=… python -m tests.real.references_loras [NAME …]
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from pure_negative.planning import choices, plan
from tests.diffusion import parts
from tests.real.references import case, make

FOLDER = Path(__file__).parents[1] / "reference" / "networks"


def cases() -> dict[str, dict[str, Any]]:
    """Weights on both parts and on each, by the file's name and by the trainer's, two, one twice, and a rank."""
    found = {
        name: case(prompt=prompt, steps=12, cfg_scale=8, **changes)
        for name, (prompt, changes) in {
            "plain": ("a cat, <lora:style-1:0.8> miku", {}),
            "alias": ("<lora:styled:0.8>a cat", {"sampler": "DPM++ 2M", "seed": 3}),
            "negative-weight": ("<lora:two:-0.6>", {"seed": 4}),
            "each-part": ("miku <lora:two:0.2:1.1>", {"seed": 5}),
            "named-parts": ("miku <lora:two:te=1:unet=0.3>", {"seed": 6, "sampler": "Euler a"}),
            "unweighted": ("<lyco:two>", {"seed": 7}),
            "two": ("<lora:two:0.5><lora:style-1:0.5> a dog :1.2", {"seed": 8, "clip_skip": 1}),
            "twice": ("<lora:two:0.1><lora:two:0.4>", {"seed": 9}),
            "rank": ("<lora:two:1:1:2>", {"seed": 10}),
        }.items()
    }
    return found | {f"preset-{kind}": preset(words) for kind, words in PRESET_WORDS.items()}


PRESET_WORDS = {
    "pt": {"words": "low, worst", "w": 0.6},
    "safetensors": {"embeddings": "octet", "words": "toy", "w": 1.2, "prompt": "miku, <lora:styled:0.5>", "seed": 9},
}
"""The AID preset as it is, its embedding being a pickle, and with another of as many vectors that is none."""


def preset(words: dict[str, Any]) -> dict[str, Any]:
    """The request of the AID preset's plan, with its VAE chosen in the settings."""
    chosen = {"preset": "anime-illust-diffusion", "size": "64x64", "prompt": "miku", "seed": 5, "steps": 20} | words
    made = plan.make(choices.read(chosen))
    found = case(rng="NV", vae=f"{parts.PRESET_VAE}.safetensors")
    return found | {"choices": chosen, "request": dataclasses.asdict(made.request(made.seed))}


if __name__ == "__main__":
    make(FOLDER, cases(), sys.argv[1:])
