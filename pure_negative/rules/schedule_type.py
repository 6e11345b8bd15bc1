"""Samplers and schedule types by the WebUI's names, and what "Automatic" means to each sampler (WebUI v1.10.1)."""

from __future__ import annotations

from collections.abc import Mapping

AUTOMATIC = "Automatic"
SAMPLERS = (
    *("DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 2S a", "DPM++ 3M SDE", "Euler a", "Euler"),
    *("LMS", "Heun", "DPM2", "DPM2 a", "DPM fast", "DPM adaptive", "Restart", "DDIM", "DDIM CFG++", "PLMS", "UniPC"),
    "LCM",
)
"""The samplers of WebUI v1.10.1; others may have more, so an unknown one is a warning."""
ALONE = ("DPM adaptive",)
"""Samplers whose step size is chosen from the whole batch, so that a picture depends on its neighbours (design.md)."""
SCHEDULES = (
    *("Uniform", "Karras", "Exponential", "Polyexponential", "SGM Uniform", "KL Optimal", "Align Your Steps", "Simple"),
    *("Normal", "DDIM", "Beta"),
)
"""The schedule types of WebUI v1.10.1, beside Automatic."""

_OWN: Mapping[str, str] = {
    "DPM++ 2M": "Karras",
    "DPM++ SDE": "Karras",
    "DPM++ 2M SDE": "Exponential",
    "DPM++ 2M SDE Heun": "Exponential",
    "DPM++ 2S a": "Karras",
    "DPM++ 3M SDE": "Exponential",
    "DPM2": "Karras",
    "DPM2 a": "Karras",
    "Restart": "Karras",
}


def split(sampler: str, scheduler: str) -> tuple[str, str]:
    """The sampler and the schedule type of an older name that says both, like `DPM++ 2M Karras`; others as they are.

    The type in the name holds over the one beside it, as in the WebUI.
    """
    for label in SCHEDULES:
        alone = sampler[: -len(label) - 1]
        if sampler.lower().endswith(f" {label.lower()}") and alone in SAMPLERS:
            return alone, unresolve(alone, label)
    return sampler, scheduler


def resolve(sampler: str, scheduler: str) -> str:
    """The schedule type a picture's infotext names: the sampler's own in place of Automatic, where it has one."""
    return _OWN.get(sampler, AUTOMATIC) if scheduler == AUTOMATIC else scheduler


def unresolve(sampler: str, scheduler: str) -> str:
    """Automatic in place of the sampler's own schedule type; the same noise levels come of it."""
    return AUTOMATIC if _OWN.get(sampler) == scheduler else scheduler
