"""The WebUI as the panel sees it."""

from __future__ import annotations

from pure_negative import library, model_names
from pure_negative.plan import Plan
from pure_negative.preset import Preset
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

    def warnings(self, made: Plan) -> list[str]:
        """Settings under which the plan does not act, and what its preset needs."""
        return [*self.disabling(), *self._needs(made)]

    def disabling(self) -> list[str]:
        """Settings under which the weight or the negative prompt does not act."""
        from modules import shared

        found = []
        if shared.opts.emphasis in ("None", "Ignore"):
            found.append(f"The setting Emphasis mode is {shared.opts.emphasis}: the weight W does nothing.")
        if getattr(shared.opts, "s_min_uncond", 0) or getattr(shared.opts, "skip_early_cond", 0):
            found.append("Negative guidance is skipped on some steps (settings: Negative Guidance minimum sigma, …).")
        return found

    def _needs(self, made: Plan) -> list[str]:
        """What the preset names and this WebUI lacks, with the folder it belongs in."""
        from modules import sd_hijack, shared

        base = library.Library().find(made.preset)
        if base is None:
            return []
        found, there = [], sd_hijack.model_hijack.embedding_db.word_embeddings
        for wanted in base.embeddings:
            if wanted.name not in there:
                source = f" ({wanted.where})" if wanted.where else ""
                place = shared.cmd_opts.embeddings_dir
                found.append(f"The embedding {wanted.name}{source} is not here: put its file into {place}.")
        return [*found, *_vae(base, str(shared.opts.sd_vae)), *_checkpoint(base, self.model())]


def _vae(base: Preset, chosen: str) -> list[str]:
    """A VAE other than the preset's; `Automatic` may be it, under the checkpoint's own name."""
    if base.vae is None or model_names.simplified(base.vae.name) in model_names.simplified(chosen):
        return []
    return [f"The preset goes with the VAE {base.vae.name}: put it into models/VAE and choose it; now it is {chosen}."]


def _checkpoint(base: Preset, model: Model | None) -> list[str]:
    """A checkpoint that the preset says it is not for."""
    known = base.models.names or base.models.hashes
    if model is None or not known or model_names.score(base.models, model.name, (model.hash,)):
        return []
    return [f"The preset {base.id} is made for other checkpoints than {model.name}."]
