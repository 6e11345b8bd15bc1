"""Which device pictures are made on and with how many bits, and why not on a better one."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pure_negative.diffusion import preflight
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

PRECISIONS = dict(zip(preflight.PRECISIONS, (torch.float32, torch.bfloat16, torch.float16), strict=True))
_NAMES = {torch.float32: "full precision", torch.bfloat16: "bfloat16", torch.float16: "half precision"}
_GPUS = ("cuda", "mps")


def chosen(given: str | None) -> torch.device:
    """The device that was asked for: `cuda`, `cuda:1`, `mps` or `cpu`; None takes a GPU where torch can use one.

    Raises:
        PureNegativeError: there is none such.
    """
    if given is None:
        return best()
    allowed = "cpu, cuda, cuda:0 and so on, or mps"
    try:
        device = torch.device(given)
    except RuntimeError:
        raise validate.refuse("--device", given, allowed) from None
    if device.type not in ("cpu", *_GPUS):
        raise validate.refuse("--device", given, allowed)
    if device.type in _GPUS and not _is_there(device):
        raise PureNegativeError(f"--device: {validate.shown(given)} can't be used here: {_why_not(device.type)}.")
    return device


def best() -> torch.device:
    """CUDA where torch can use it, else Apple's GPU, else the processor."""
    return next((device for device in map(torch.device, _GPUS) if _is_there(device)), torch.device("cpu"))


def gpus() -> int:
    """How many GPUs pictures can be made on."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def threads() -> int:
    """How many of the processor's threads one process takes: by OMP_NUM_THREADS, else one for each core."""
    return torch.get_num_threads()


def name(device: torch.device) -> str:
    """The device's name alone."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return "Apple's GPU" if device.type == "mps" else "processor"


def _is_there(device: torch.device) -> bool:
    if device.type == "mps":
        return torch.backends.mps.is_available()
    return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()


def precision(device: torch.device, given: str | None) -> torch.dtype:
    """In which the UNet calculates: as asked for, else half on a GPU and full on the processor.

    Raises:
        PureNegativeError: it is none of those known.
    """
    if given is None:
        return torch.float16 if device.type in _GPUS else torch.float32
    if given not in PRECISIONS:
        raise validate.refuse("--precision", given, ", ".join(PRECISIONS))
    return PRECISIONS[given]


def wider(device: torch.device, narrow: torch.dtype) -> torch.dtype | None:
    """What to take where numbers grew too large for that precision; None where there is no wider one."""
    if narrow == torch.float16 and device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return None if narrow == torch.float32 else torch.float32


def named(dtype: torch.dtype) -> str:
    """A precision in a sentence."""
    return _NAMES[dtype]


def said(device: torch.device, dtype: torch.dtype) -> str:
    """The device and its precision in a sentence; for the processor, why it is no GPU."""
    if device.type == "cuda":
        return f"Drawing on {torch.cuda.get_device_name(device)}, in {named(dtype)}."
    if device.type == "mps":
        return f"Drawing on Apple's GPU, in {named(dtype)}."
    narrow = "" if dtype == torch.float32 else f", in {named(dtype)}"
    return f"Drawing on the processor{narrow}: {_why_no_gpu()}."


def _why_no_gpu() -> str:
    if any(_is_there(torch.device(each)) for each in _GPUS):
        return "that was asked for"
    return _why_not("cuda")


def _why_not(kind: str) -> str:
    if kind == "mps":
        return "torch finds no GPU of Apple's"
    if torch.version.cuda is None and torch.version.hip is None:
        return f"torch {torch.__version__} is installed without CUDA, which an NVIDIA GPU needs"
    return "CUDA finds no NVIDIA GPU that it can use"


@dataclass(frozen=True)
class Target:
    """Where pictures are made, the precision of the UNet, and whether its memory is too low for the whole model."""

    device: torch.device
    dtype: torch.dtype
    low_memory: bool = False

    @classmethod
    def of(cls, device: str | None = None, bits: str | None = None, low_memory: bool = False) -> Target:
        """As asked for.

        Raises:
            PureNegativeError: it can't be had.
        """
        found = chosen(device)
        return cls(found, precision(found, bits), low_memory)

    @property
    def text_device(self) -> torch.device:
        """Of the text models, which the processor is quick enough for where memory is low."""
        return torch.device("cpu") if self.low_memory else self.device

    @property
    def text(self) -> torch.dtype:
        """Of the text models: half where memory is to be saved, which is finer than bfloat16 and has room enough."""
        return torch.float32 if self.dtype == torch.float32 or self.low_memory else torch.float16

    @property
    def vae(self) -> torch.dtype:
        """Of the VAE: bfloat16 would show as bands of colour."""
        return torch.float16 if self.dtype == torch.float16 else torch.float32

    def __str__(self) -> str:
        kept = " Each layer is there while it calculates, and in the processor's memory otherwise."
        return said(self.device, self.dtype) + kept * self.low_memory
