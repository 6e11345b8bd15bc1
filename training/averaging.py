"""A running average of a module's weights, which is steadier than what any one step leaves."""

from __future__ import annotations

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

_Tensors = tuple[Tensor, ...] | list[Tensor]


def averaged(module: nn.Module, over: float) -> AveragedModel:
    """A copy that keeps the share `over` of itself at each update; less in the first ones, which are soon outdated."""

    def average(kept: _Tensors, now: _Tensors, count: Tensor | int) -> None:
        share = min(over, (1 + int(count)) / (10 + int(count)))
        for old, new in zip(kept, now, strict=True):
            old.lerp_(new, 1 - share)

    return AveragedModel(module, multi_avg_fn=average)
