"""Make `tests/reference/toy`: what the real WebUI makes of the toy model with its preset, and without any prompt.

WEBUI_DIR=… python -m tests.real.references_toy [NAME …]
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from pure_negative.diffusion import toy
from tests.real.references import make
from training import evaluate

FOLDER = Path(__file__).parents[1] / "reference" / "toy"
SAMPLERS = {"euler": "Euler", "euler-a": "Euler a", "dpmpp-2m": "DPM++ 2M"}


def cases() -> dict[str, dict[str, Any]]:
    """Every reference by its name."""
    made = {"preset": evaluate.planned(), "no-prompt": evaluate.without_prompt()}
    return {
        f"{name}-{short}": {
            "checkpoint": toy.NAME, "rng": "NV", "vae": "Automatic",
            "request": dataclasses.asdict(dataclasses.replace(plan.request(seed), sampler=sampler)),
        }
        for name, plan in made.items()
        for seed, (short, sampler) in enumerate(SAMPLERS.items(), 1)
    }  # fmt: skip


if __name__ == "__main__":
    make(FOLDER, cases(), sys.argv[1:])
