"""The WebUI as the panel sees it."""

from __future__ import annotations

from pure_negative.plan import Plan
from pure_negative.request import Model


class WebuiHost:
    """Samplers, token counts, the loaded checkpoint, and settings that stand in a plan's way."""

    tab = True

    def samplers(self) -> list[str]:
        """The samplers the tab offers."""
        from modules import sd_samplers

        return [sampler.name for sampler in sd_samplers.visible_samplers()]

    def schedulers(self) -> list[str]:
        """The schedule types the tab offers."""
        from modules import sd_schedulers

        return [scheduler.label for scheduler in sd_schedulers.schedulers]

    def tokens(self, text: str) -> str:
        """The tab's own token count; empty while no checkpoint is loaded."""
        from modules import sd_hijack

        count, length = sd_hijack.model_hijack.get_prompt_lengths(text)
        return f"{count}/{length}" if isinstance(count, int) else ""

    def model(self) -> Model | None:
        """The loaded checkpoint, without loading one."""
        from modules import sd_models

        loaded = sd_models.model_data.sd_model
        info = getattr(loaded, "sd_checkpoint_info", None)
        return Model(info.name_for_extra, info.shorthash or "") if info else None

    def warnings(self, _: Plan) -> list[str]:
        """Settings under which the weight or the negative prompt does not act."""
        from modules import shared

        found = []
        if shared.opts.emphasis in ("None", "Ignore"):
            found.append(f"The setting Emphasis mode is {shared.opts.emphasis}: the weight W does nothing.")
        if getattr(shared.opts, "s_min_uncond", 0) or getattr(shared.opts, "skip_early_cond", 0):
            found.append("Negative guidance is skipped on some steps (settings: Negative Guidance minimum sigma, …).")
        return found
