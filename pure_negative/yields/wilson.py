"""The Wilson interval: the uncertainty of a share counted in a small sample."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""


def interval(count: int, sample: int) -> tuple[float, float]:
    """The 95 % score interval for a share, both ends from 0 to 1; an empty sample says nothing: 0 to 1.

    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of the
    American Statistical Association 22 (1927).
    """
    if sample == 0:
        return 0.0, 1.0
    share, square = count / sample, Z * Z / sample
    middle = (share + square / 2) / (1 + square)
    spread = Z / (1 + square) * math.sqrt(share * (1 - share) / sample + square / sample / 4)
    low = 0.0 if count == 0 else max(0.0, middle - spread)
    return low, 1.0 if count == sample else min(1.0, middle + spread)
