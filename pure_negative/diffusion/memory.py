"""How torch and the GPU's libraries say that memory ran out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pure_negative.errors import OutOfMemory

_SIGNS = (
    "DefaultCPUAllocator",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",  # cuBLAS says so where its handle finds no memory
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_NOT_INITIALIZED",
    "unable to find an engine to execute this computation",
    "Unable to find a valid cuDNN algorithm to run convolution",
    "Invalid buffer size",  # MPS
)


def is_out(error: BaseException) -> bool:
    """Whether an error is one of memory: torch's own, or one of cuBLAS, cuDNN, MPS or the processor's allocator."""
    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn an error of memory into one that callers can catch without torch."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out(error):
            raise
        ran_out = True
    else:
        ran_out = False
    if ran_out:  # here the failed computation's own frames, and what they hold, are gone
        free()
        raise OutOfMemory(f"not enough memory for {what}; use a smaller batch or size.")


def free() -> None:
    """Give back what torch keeps of the GPU's memory."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
