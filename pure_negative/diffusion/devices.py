"""Which device pictures are made on, and why not on a better one."""

from __future__ import annotations

import torch


def best() -> torch.device:
    """CUDA where torch can use it, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def gpus() -> int:
    """How many GPUs pictures can be made on."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def threads() -> int:
    """How many of the processor's threads one process takes: by OMP_NUM_THREADS, else one for each core."""
    return torch.get_num_threads()


def name(device: torch.device) -> str:
    """The device's name alone."""
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else "processor"


def said(device: torch.device) -> str:
    """The device and its precision in a sentence; for the processor, why it is no GPU."""
    if device.type == "cuda":
        return f"Drawing on {torch.cuda.get_device_name(device)}, in half precision."
    return f"Drawing on the processor: {_why_no_gpu()}."


def _why_no_gpu() -> str:
    if torch.backends.mps.is_available():
        return "Apple's GPUs are not used"
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is installed without CUDA, which an NVIDIA GPU needs"
    return "CUDA finds no NVIDIA GPU that it can use"
