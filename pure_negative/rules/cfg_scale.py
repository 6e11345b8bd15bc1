"""From W and size to a recommended CFG scale (seeds/000 and seeds/001, tables *CFG Recommended*)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pure_negative.io import validate
from pure_negative.rules.size import Size

RULES = ("nai", "area", "constant")
HIGHEST = 1000.0
"""No CFG scale is read or recommended above this, whatever the area."""
NAI_BASE = 10.5
"""The base at which the NAI table was published (seeds/001: 0.564 → 10.5)."""

_BASES = ((0.91, 16.0), (0.82, 12.0), (0.564, 10.5), (0.102, 8.0))
"""W → base at 512×512: seeds/001, *General result*; the last from seeds/000, where its bullet is struck out but for
the last sentence, "CFG recommended to scale with 8.0"."""

_BRACKET_BASES: Mapping[int, float] = {-2: 12.0, -6: 10.5, -24: 8.0}
"""The bracket counts the same places give beside those weights; the last is struck out with its weight."""

_NAI_ROWS: Mapping[str, tuple[float, float, float]] = {
    "512x512": (10.5, 12, 16),
    "512x768": (16, 18, 24),
    "576x768": (24, 18, 24),
    "768x512": (16, 18, 24),
    "768x576": (18, 18, 24),
    "1024x576": (27, 24, 30),
    "576x1024": (27, 12, 30),
    "768x768": (24, 27, 36),
    "1408x512": (27, 27, 36),
    "512x1408": (27, 27, 36),
    "384x640": (10.5, 12, 16),
    "640x384": (10.5, 12, 16),
    "896x256": (10.5, 12, 16),
    "256x896": (10.5, 12, 16),
    "1024x256": (10.5, 12, 16),
    "256x1024": (10.5, 12, 16),
}
"""Size → recommended CFG, and the low and high end of its range; as published, uneven as it is (seeds/001)."""

_W_EFFECTS = (
    (0.9, "a lot more objects, and humans may disappear: scenery, cars, buildings"),
    (0.95, "the human interacts with objects"),
    (1.0, "the average of what the internet shows"),
    (1.05, "objects inside objects become simple geometry"),
    (1.1, "almost no objects inside objects"),
    (2.0, "simple geometry with a single bright sphere"),
)
"""seeds/001, table *W / What will happen*."""


@dataclass(frozen=True)
class CfgRule:
    """How a preset gets from size to CFG scale.

    `base` is the CFG scale at 512×512 (None: from W); `rows` are the preset's own published sizes; `rule` is what holds
    for other sizes: `nai` the table of seeds/001, then the area; `area` base × area; `constant` base at every size.
    """

    base: float | None = None
    rule: str = "nai"
    rows: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """A CFG scale with the range published beside it (None where there is none), its source, and the formula's value.

    The range is always as published; `scaled` says that the CFG scale is not, as its row is of another base.
    """

    cfg: float
    range: tuple[float, float] | None
    source: str
    formula: float
    scaled: bool = False


def base(w: float, brackets: int | None = None) -> float:
    """The CFG scale recommended at 512×512 for a weight W, or for a bracket count the research gives it for.

    Linear between the published points in the number of brackets n = -ln W / ln 1.1, constant outside them.
    """
    if brackets is not None and brackets in _BRACKET_BASES:
        return _BRACKET_BASES[brackets]
    if w >= _BASES[0][0]:
        return _BASES[0][1]
    for (upper_w, upper), (lower_w, lower) in pairwise(_BASES):
        if w >= lower_w:
            share = math.log(w / lower_w) / math.log(upper_w / lower_w)
            return lower + share * (upper - lower)
    return _BASES[-1][1]


@lru_cache(maxsize=1000)  # a sheet asks the same for each of its rows
def recommend(w: float, size: Size, rule: CfgRule | None = None, brackets: int | None = None) -> Recommendation:
    """The CFG scale for a weight and a size: a published row where there is one, else the formula."""
    rule = rule or CfgRule()
    at_512 = base(w, brackets) if rule.base is None else rule.base
    growth = 1.0 if rule.rule == "constant" else max(1.0, float(size.area))
    given = rule.rule == "constant" and rule.base is not None  # nothing is computed, so nothing is rounded
    formula = at_512 if given else _half(at_512 * growth)
    own = dict(rule.rows).get(str(size))
    if own is not None:
        return Recommendation(own, None, f"the preset's row for {size}", formula)
    if rule.rule == "nai" and str(size) in _NAI_ROWS:
        cfg, low, high = _NAI_ROWS[str(size)]
        scaled = not math.isclose(at_512, NAI_BASE)
        source = f"the published row for {size}{_scaling(at_512) if scaled else ''}"
        return Recommendation(_half(cfg * at_512 / NAI_BASE), (low, high), source, formula, scaled)
    return Recommendation(formula, None, _formula_source(at_512, growth), formula)


def _half(value: float) -> float:
    """To the nearest 0.5, halves upwards, never below it nor above what a CFG scale may be."""
    return min(HIGHEST, max(0.5, math.floor(value * 2 + 0.5) / 2))


def _scaling(at_512: float) -> str:
    return f", scaled from base {NAI_BASE} to {at_512:.4g}"


def _formula_source(at_512: float, growth: float) -> str:
    return f"base {at_512:.4g} × {growth:.4g} (area)" if growth > 1 else f"base {at_512:.4g}"


def hints(w: float) -> list[str]:
    """What to expect of this weight (seeds/001, table of W; seeds/000 on very low weights)."""
    if w < 0.86:
        effect = "minimal effect of the words, tested down to 1e-16" if w < 0.1 else _LOW_W
    else:
        effect = min(_W_EFFECTS, key=lambda row: abs(math.log(w / row[0])))[1]
    return [f"W {validate.decimal(w)}: {effect}."]


_LOW_W = "below 1 adds randomness; the words still have an effect"


def warnings(cfg: float) -> list[str]:
    """Where the CFG scale makes the negative prompt useless."""
    if cfg == 1:
        return ["At CFG scale 1 the negative prompt has no effect; set a CFG scale above 1."]
    if cfg < 1:
        return [f"At CFG scale {cfg:g}, below 1, the picture moves towards the negative prompt, not away from it."]
    return []
