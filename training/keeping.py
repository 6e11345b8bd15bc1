"""What training has come to, on disk: saved as it goes, taken up again where it stopped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn


class Keeper:
    """Counts steps, says how it goes, and saves."""

    def __init__(self, path: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self._path, self._module, self._optimizer = path, module, optimizer
        self.step = 0
        self._figures: list[float] = []
        if path.is_file():
            kept: dict[str, Any] = torch.load(path)
            module.load_state_dict(kept["module"])
            optimizer.load_state_dict(kept["optimizer"])
            self.step = kept["step"]

    def count(self, figure: float, every: int) -> bool:
        """One more step, and its figure; True where it was saved after it."""
        self.step += 1
        self._figures.append(figure)
        if self.step % every:
            return False
        print(
            f"step {self.step}  mean {sum(self._figures) / len(self._figures):.4f}  "
            f"{time.process_time():.0f} s of CPU  {time.strftime('%H:%M:%S')}",
            flush=True,
        )
        self._figures.clear()
        self.save()
        return True

    def save(self) -> None:
        """Write beside, then rename: a kill leaves a whole file."""
        beside = self._path.with_suffix(".part")
        state = {"module": self._module.state_dict(), "optimizer": self._optimizer.state_dict(), "step": self.step}
        torch.save(state, beside)
        beside.replace(self._path)
