"""A CFG scale per picture in WebUI v1.10.1, by replacing `combine_denoised`, which mixes cond and uncond.

The WebUI makes a new denoiser for every sampling pass and mixes cond and uncond in its `combine_denoised`. For a run
that carries our scales, that method is replaced on the denoiser itself, so it is gone with it, also after an exception,
and no other run ever sees it (webui-contract §5). Where another extension has put its own in its place (Dynamic
Thresholding), that is called for each picture as if it were alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pure_negative import guidance
from pure_negative.webui import names
from pure_negative.webui.hosts.cfg_scales import Scales


def guide(denoiser: Any, scales: Scales) -> None:
    """Put our mixing on a denoiser, once; another extension's mixes each picture at its scale."""
    if getattr(denoiser, names.CFG_SCALES, None) is scales:
        return
    from modules.sd_samplers_cfg_denoiser import CFGDenoiser

    setattr(denoiser, names.CFG_SCALES, scales)
    ours = getattr(denoiser.combine_denoised, "__func__", None) is CFGDenoiser.combine_denoised
    denoiser.combine_denoised = combiner(denoiser, scales) if ours else one_by_one(denoiser, scales)


def combiner(denoiser: Any, scales: Scales) -> Any:
    """What mixes in place of the denoiser's own method, in the same order of arithmetic, each picture at its scale."""
    own = denoiser.combine_denoised

    def combine(x_out: Any, conds_list: Any, uncond: Any, cond_scale: float) -> Any:
        """`x_out` [rows of conds …, rows of unconds], as the WebUI's own; a scale of 1 means that uncond is skipped."""
        scales.used += 1
        multiplier = denoiser.cond_scale_miltiplier
        if cond_scale == 1.0 and scales.base * multiplier != 1.0:
            return own(x_out, conds_list, uncond, cond_scale)
        return mixed(x_out, conds_list, uncond.shape[0], [scale * multiplier for scale in scales.values])

    return combine


def one_by_one(denoiser: Any, scales: Scales) -> Any:
    """What calls another extension's function for each picture of a batch, at its own scale, with its rows alone."""
    other = denoiser.combine_denoised

    def combine(x_out: Any, conds_list: Any, uncond: Any, cond_scale: float) -> Any:
        """As `combiner`."""
        scales.used += 1
        multiplier, count = denoiser.cond_scale_miltiplier, len(conds_list)
        skipped = cond_scale == 1.0 and scales.base * multiplier != 1.0
        values = [1.0] * count if skipped else [scale * multiplier for scale in scales.values]
        denoised = x_out[-count:].clone()
        for i, (conds, value) in enumerate(zip(conds_list, values, strict=True)):
            rows = [*(row for row, _ in conds), len(x_out) - count + i]
            own = [[(place, weight) for place, (_, weight) in enumerate(conds)]]
            denoised[i : i + 1] = other(x_out[rows], own, _picked(uncond, i), value)
        return denoised

    return combine


def _picked(uncond: Any, place: int) -> Any:
    """One picture's unconditional prompt; some models have several tensors of it."""
    if isinstance(uncond, dict):
        return {key: each[place : place + 1] for key, each in uncond.items()}
    return uncond[place : place + 1]


def mixed(x_out: Any, conds_list: Any, count: int, values: Sequence[float]) -> Any:
    """Each of `count` pictures at its own scale: all at once where each has one cond, one by one where AND joins more.

    A tensor of factors in half precision would be rounded where the WebUI's single ones are not: one by one, too.
    """
    unconds = x_out[-count:]
    if all(len(conds) == 1 for conds in conds_list) and x_out.element_size() >= 4:
        rows, weights = zip(*(conds[0] for conds in conds_list), strict=True)
        factors = [weight * value for weight, value in zip(weights, values, strict=True)]
        return guidance.mix(x_out[list(rows)], unconds, unconds.new_tensor(factors))
    denoised = unconds.clone()
    for i, (conds, value) in enumerate(zip(conds_list, values, strict=True)):
        for row, weight in conds:
            denoised[i] += (x_out[row] - unconds[i]) * (weight * value)
    return denoised
