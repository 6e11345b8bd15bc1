"""Puts a model on the device: whole, or each layer for as long as it calculates."""

from __future__ import annotations

from typing import Any

import torch

from pure_negative.diffusion.devices import Target

_ALIGNMENT = 64
"""Bytes, as torch has its own tensors."""


def place(module: Any, target: Target, dtype: torch.dtype) -> None:
    """Have the module calculate on that device in that precision; where memory is low, from the processor's memory."""
    move: Any = torch.nn.Module.to  # each tensor once, where diffusers' own takes several rounds
    device = torch.device("cpu") if target.low_memory else target.device
    # In full precision the processor's convolutions take 6 % longer with channels_last.
    plain = target.device.type == "cpu" and dtype == torch.float32
    layout = torch.contiguous_format if plain else torch.channels_last
    move(module, device=device, dtype=dtype, memory_format=layout)
    if plain:
        _align(module)
    if target.low_memory:
        _offload(module, target.device)


def _align(module: Any) -> None:
    """Copy what convolutions take and a mapped file has at odd places: they would round otherwise there."""
    for each in module.parameters():
        if each.dim() == 4 and each.data_ptr() % _ALIGNMENT:
            each.data = each.data.clone()


def widen(module: Any, dtype: torch.dtype) -> Any:
    """The module, in another precision from now on."""
    hooks = [each._hf_hook for each in module.modules() if hasattr(each, "_hf_hook")]
    if not hooks:
        return module.to(dtype)
    from accelerate.hooks import remove_hook_from_submodules

    remove_hook_from_submodules(module)
    module.to(dtype)
    _offload(module, hooks[0].execution_device)
    return module


def _offload(module: Any, device: torch.device) -> None:
    from accelerate import cpu_offload

    cpu_offload(module, device)
