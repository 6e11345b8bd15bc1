"""Make `tests/reference/samplers`: every sampler and schedule type of the real WebUI, on the embedded checkpoint.

WEBUI_DIR=… python -m tests.real.references_samplers [NAME …]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pure_negative.rules import schedule_type
from tests.diffusion.conftest import negative
from tests.real.references import case, make

FOLDER = Path(__file__).parents[1] / "reference" / "samplers"
STEPS = 12


def key(text: str) -> str:
    """A name for a file."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("++", "pp")).strip("-")


def of_sampler(sampler: str, **changes: Any) -> dict[str, Any]:
    """A sampler with a schedule type of its own choice, at a few steps."""
    return case(**({"sampler": sampler, "steps": STEPS} | changes))


def cases() -> dict[str, dict[str, Any]]:
    """Each sampler with two seeds and requests that one batch can make, each schedule type, and what differs more."""
    found = {}
    for sampler in schedule_type.SAMPLERS:
        found[f"{key(sampler)}-1"] = of_sampler(sampler, seed=1)
        found[f"{key(sampler)}-2"] = of_sampler(
            sampler, seed=4015663762, prompt="miku, a cat", negative_prompt=negative("0.0001"), cfg_scale=7
        )
    for label in schedule_type.SCHEDULES:
        found[f"schedule-{key(label)}"] = of_sampler("DPM++ 2M SDE", scheduler=label, seed=7)
    return found | more()


def more() -> dict[str, dict[str, Any]]:
    """Other steps, schedule types, noise, chunks, sizes, and a model of the velocity."""
    chunks = {"prompt": "car, " * 40, "seed": 3}
    return {
        "ays-11": of_sampler("Euler", scheduler="Align Your Steps", steps=11),
        "ays-one-step": of_sampler("Euler", scheduler="Align Your Steps", steps=1),
        "beta-2m": of_sampler("DPM++ 2M", scheduler="Beta", steps=17),
        "ddim-30": of_sampler("DDIM", steps=30, **chunks),
        "ddim-cfgpp-30": of_sampler("DDIM CFG++", steps=30, **chunks),
        "ddim-schedule-30": of_sampler("Euler a", scheduler="DDIM", steps=30),
        "dpm2-a-kl": of_sampler("DPM2 a", scheduler="KL Optimal", seed=9),
        "dpmpp-3m-sde-karras": of_sampler("DPM++ 3M SDE", scheduler="Karras", seed=9, width=128),
        "dpm-fast-thirteen": of_sampler("DPM fast", steps=13),
        "dpm-fast-two-steps": of_sampler("DPM fast", steps=2),
        "lcm-karras": of_sampler("LCM", scheduler="Karras", steps=5, cfg_scale=2),
        "lcm-two-steps": of_sampler("LCM", steps=2, cfg_scale=1),
        "lms-normal": of_sampler("LMS", scheduler="Normal", steps=20),
        "restart-20": of_sampler("Restart", steps=20, seed=5),
        "restart-40": of_sampler("Restart", steps=40, seed=5),
        "nv-dpmpp-sde": of_sampler("DPM++ SDE", rng="NV", seed=2**32 + 7),
        "nv-dpmpp-2m-sde": of_sampler("DPM++ 2M SDE", rng="NV", scheduler="Karras", **chunks),
        "nv-lcm": of_sampler("LCM", rng="NV", cfg_scale=3),
        "unipc-3": of_sampler("UniPC", steps=3),
        "unipc-chunks": of_sampler("UniPC", steps=20, **chunks),
        "velocity-ddim": of_sampler("DDIM", checkpoint="velocity", cfg_scale=4),
        "velocity-dpmpp-2m-sde": of_sampler("DPM++ 2M SDE", checkpoint="velocity", cfg_scale=4),
        "velocity-lcm": of_sampler("LCM", checkpoint="velocity", cfg_scale=2),
        "velocity-plms": of_sampler("PLMS", checkpoint="velocity", cfg_scale=4),
        "velocity-unipc": of_sampler("UniPC", checkpoint="velocity", cfg_scale=4),
    }


if __name__ == "__main__":
    make(FOLDER, cases(), sys.argv[1:])
