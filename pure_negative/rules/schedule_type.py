"""What the schedule type "Automatic" means to each sampler (WebUI v1.10.1, the samplers' own defaults)."""

from __future__ import annotations

from collections.abc import Mapping

AUTOMATIC = "Automatic"

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


def resolve(sampler: str, scheduler: str) -> str:
    """The schedule type a picture's infotext names: the sampler's own in place of Automatic, where it has one."""
    return _OWN.get(sampler, AUTOMATIC) if scheduler == AUTOMATIC else scheduler


def unresolve(sampler: str, scheduler: str) -> str:
    """Automatic in place of the sampler's own schedule type; the same noise levels come of it."""
    return AUTOMATIC if _OWN.get(sampler) == scheduler else scheduler
