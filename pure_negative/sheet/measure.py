"""What the research says the CFG scale changes, measured: brightness and detail (seeds/001, *General result*), and pale
pictures that have not converged ("if you see pale background, keep increasing STEP": seeds/001, *Basic settings*).

All three are rules of thumb for comparing the cells of one sheet, made for this project:

- brightness: the mean luma (ITU-R 601) of all pixels, 0 … 1;
- detail: the mean of |difference to the right neighbour| + |difference to the lower neighbour| of the luma, 0 … 2;
- pale: at least half of the background's pixels are light and nearly without colour, min(R,G,B) ≥ 192 and
  max(R,G,B) − min(R,G,B) ≤ 32, and the background's detail is below 0.02. The background is the outer eighth on each
  side. A picture that is meant to have a plain white background is marked too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

LIGHT = 192
COLOURLESS = 32
PALE_SHARE = 0.5
EMPTY_DETAIL = 0.02


@dataclass(frozen=True)
class Measure:
    """Brightness 0 … 1, detail 0 … 2, and whether the picture is pale."""

    brightness: float
    detail: float
    pale: bool


def measure(image: Image) -> Measure:
    """The measures of one picture."""
    import numpy as np

    colours = np.asarray(image.convert("RGB"))
    luma = np.asarray(image.convert("L"))
    return Measure(float(luma.mean()) / 255, _detail(luma), _is_pale(colours, luma))


def _detail(luma: Any) -> float:
    across, down = _differences(luma)
    return sum(float(each.mean()) / 255 for each in (across, down) if each.size)


def _differences(luma: Any) -> tuple[Any, Any]:
    import numpy as np

    signed = luma.astype(np.int16)
    return np.abs(np.diff(signed, axis=1)), np.abs(np.diff(signed, axis=0))


def _is_pale(colours: Any, luma: Any) -> bool:
    border = _border(luma.shape)
    edge = colours[border]
    light = (edge.min(axis=1) >= LIGHT) & (edge.max(axis=1) - edge.min(axis=1) <= COLOURLESS)
    if light.mean() < PALE_SHARE:
        return False
    across, down = _differences(luma)
    busy = [float(each[border[: each.shape[0], : each.shape[1]]].mean()) / 255 for each in (across, down) if each.size]
    return sum(busy) < EMPTY_DETAIL


def _border(shape: tuple[int, int]) -> Any:
    """A mask of the outer eighth on each side."""
    import numpy as np

    mask = np.ones(shape, bool)
    down, across = max(1, shape[0] // 8), max(1, shape[1] // 8)
    mask[down:-down, across:-across] = False
    return mask
