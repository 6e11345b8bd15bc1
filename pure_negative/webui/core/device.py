"""What this WebUI draws with: its checkpoint, its device, its precision, and where its noise comes from."""

from __future__ import annotations

from typing import Any

from pure_negative import __version__
from pure_negative.webui.core import checkpoints
from pure_negative.webui.hosts import detect

NOISE = "randn_source"
"""The setting that says where noise comes from."""


def facts() -> dict[str, str]:
    """What this WebUI is, for whoever would draw with it; a checkpoint's hash is taken here where it has none yet."""
    from modules import devices

    chosen = detect.current().checkpoint()
    model = checkpoints.recorded(chosen) if chosen else None
    half = str(devices.dtype).endswith("float16")
    return {
        "version": __version__,
        "model": model.name if model else "",
        "hash": model.hash if model else "",
        "vae": detect.current().vae(),
        "device": _device(),
        "precision": "half precision" if half else "full precision",
    }


def _device() -> str:
    from modules import devices

    if getattr(devices.device, "type", "") == "cuda":
        return str(devices.torch.cuda.get_device_name(devices.device))
    return "processor" if getattr(devices.device, "type", "cpu") == "cpu" else str(devices.device)


def noise_of(p: Any) -> str:
    """Where a run's noise comes from, by the name that is the same on every machine."""
    from modules import devices, shared

    source = p.override_settings.get(NOISE, getattr(shared.opts, NOISE, "GPU"))
    on_nvidia = getattr(devices.device, "type", "") == "cuda"
    return "NV" if source == "NV" or (source == "GPU" and on_nvidia) else "CPU"
