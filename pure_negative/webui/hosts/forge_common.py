"""What Forge, Forge Neo, Forge Classic and reForge share where they differ from the WebUI.

They mix cond and uncond in the UNet patcher's sampling function, which takes one foreign `sampler_cfg_function` from
the patcher's `model_options`. A run of ours gets a clone of the patcher with our function, before each model call: that
is after every other script had its turn, and holds for a refiner's UNet too, which comes in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pure_negative import guidance
from pure_negative.io import validate
from pure_negative.webui import names
from pure_negative.webui.hosts import cfg_scales, one_picture, post_cfg
from pure_negative.webui.hosts.base import Webui

SHARED = {
    *("Euler", "Euler a", "Heun", "LMS", "LCM", "Restart", "DPM fast", "DPM adaptive", "DPM2", "DPM2 a"),
    *("DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 2S a", "DPM++ 3M SDE"),
    *("DDIM", "DDIM CFG++", "PLMS", "UniPC"),
}
"""The WebUI's own samplers, whose pictures are known to come out of a batch as they do alone (design.md)."""
SLOT = "sampler_cfg_function"
Function = Callable[[dict[str, Any]], Any]


class Patched(Webui):
    """A WebUI whose model is wrapped in patchers."""

    def set_hires_cfg(self, p: Any, cfg: float) -> None:
        """The hires pass has a CFG scale of its own, which the API sets to 1: no negative prompt.

        Forge Classic has one for both passes.
        """
        if hasattr(p, "hr_cfg"):
            p.hr_cfg = validate.tidy(cfg)

    def spread_hires(self, p: Any, of: cfg_scales.Scales, wanted: Sequence[float | None]) -> None:
        """As `Webui`; the pictures' texts are told each its own once the run has written the one for all."""
        if not hasattr(p, "hr_cfg"):
            return
        own = self.hires_cfg(p)
        of.texts["Hires CFG Scale"] = [p.hr_cfg if each is None else validate.tidy(float(each)) for each in wanted]
        of.hires = [own if each is None else float(each) for each in wanted]
        of.hires_base = p.hr_cfg = cfg_scales.base_for(of.hires)

    def hires_cfg(self, p: Any) -> float:
        """The hires pass's CFG scale as the tab has it."""
        return float(p.hr_cfg)

    def alone(self, sampler: str) -> bool:
        """Those that only these programs have: some choose their steps from the whole batch, or draw noise for it."""
        return sampler not in SHARED

    def guide(self, denoiser: Any, of: cfg_scales.Scales) -> None:
        """See that our function stands in the UNet's slot for this model call, and around those that come after it."""
        _write(of, denoiser.p)
        owner = denoiser.inner_model.inner_model.forge_objects
        unet = owner.unet
        slot, after = unet.model_options.get(SLOT), unet.model_options.get(post_cfg.LIST, ())
        if _is_of(slot, of) and all(_is_of(each, of) for each in after):
            return
        owner.unet = unet.clone()
        if not _is_of(slot, of):
            owner.unet.set_model_sampler_cfg_function(mixer(denoiser, of, slot))
        if after:
            wrapped = [each if _is_of(each, of) else _after(denoiser, of, each) for each in after]
            owner.unet.model_options[post_cfg.LIST] = wrapped
        of.undo.append(lambda: _put_back(owner, unet))


def _write(of: cfg_scales.Scales, p: Any) -> None:
    """Each picture's own in the place of what the run has written for all of them, as soon as it has."""
    texts = {key: each for key, each in of.texts.items() if p.extra_generation_params.get(key, each) is not each}
    if texts:
        p.extra_generation_params = {**p.extra_generation_params, **texts}


def _is_of(function: Any, of: cfg_scales.Scales) -> bool:
    """Whether it is ours, and this run's."""
    return getattr(function, names.CFG_SCALES, None) is of


def _after(denoiser: Any, of: cfg_scales.Scales, other: Function) -> Function:
    """What calls a function that comes after the mixing for each picture, at its scale."""
    each = post_cfg.one_by_one(other, lambda args: acting(of, denoiser.p, args))
    setattr(each, names.CFG_SCALES, of)
    return each


def _put_back(owner: Any, unet: Any) -> None:
    if getattr(owner.unet.model_options.get(SLOT), names.CFG_SCALES, None) is not None:
        owner.unet = unet


def mixer(denoiser: Any, of: cfg_scales.Scales, other: Function | None) -> Function:
    """What the sampling function calls with the predictions of a whole batch; `other` stood in its place before."""

    def mix(args: dict[str, Any]) -> Any:
        """`input` minus the denoised pictures [pictures, channels, height, width], by the sampling function's rule."""
        of.used += 1
        values = acting(of, denoiser.p, args)
        if other is not None:
            return one_by_one(other, args, values)
        return args["input"] - mixed(args, values, strength(denoiser))

    setattr(mix, names.CFG_SCALES, of)
    return mix


def acting(of: cfg_scales.Scales, p: Any, args: dict[str, Any]) -> Sequence[float]:
    """The scales of this call's pictures.

    A call with another number of pictures comes from an extension that took our function over and was called by it with
    one picture at a time, at that picture's scale. A scale of 1 for all means that guidance is left out of this step
    (the settings Negative Guidance minimum sigma, and Ignore negative prompt during early sampling).
    """
    values, base = of.now(p)
    told, count = float(args.get("cond_scale", base)), len(args["cond_denoised"])
    if count == len(values) and told == base:
        return values
    if count == len(values) and told != 1.0:
        of.trouble.append("another extension changes the CFG scale from step to step; switch it off for sheets")
    return [told] * count


def mixed(args: dict[str, Any], values: Sequence[float], weight: float) -> Any:
    """The denoised pictures, each at its own scale; `weight` is what the sub-prompts joined by AND weigh together.

    A picture alone at scale 1 is made without uncond, whose place zeros take in the sampling function.
    """
    cond, uncond = args["cond_denoised"], args["uncond_denoised"]
    if uncond is None:
        return cond
    wide = cond.float()
    kept = guidance.for_each(wide.new_tensor([value != 1.0 for value in values]), wide)
    scaled = wide.new_tensor([value * weight for value in values])
    return guidance.mix(wide, uncond.float() * kept, scaled).to(cond.dtype)


def one_by_one(other: Function, args: dict[str, Any], values: Sequence[float]) -> Any:
    """Another extension's function for each picture as if it were alone, at its own scale."""
    whole = args["input"].clone()
    for place, value in enumerate(values):
        whole[place : place + 1] = other(one_picture.of(args, place, len(values), value))
    return whole


def strength(denoiser: Any) -> float:
    """What the first picture's sub-prompts weigh together; in a batch of ours all have the same prompt."""
    conds = denoiser.sampler.sampler_extra_args["cond"]
    batch = getattr(conds, "batch", None)
    return sum(float(each.weight) for each in batch[0]) if batch else 1.0
