"""The WebUI as the panel sees it."""

from __future__ import annotations

from collections.abc import Iterator

from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model
from pure_negative.preset import library, matching
from pure_negative.preset.model import Preset
from pure_negative.webui.core import settings, vae
from pure_negative.webui.hosts import detect


class WebuiHost:
    """Samplers, token counts, the loaded checkpoint, and settings that stand in a plan's way."""

    tab = True

    def language(self) -> str:
        """As the settings page says."""
        return settings.language()

    def samplers(self) -> list[str]:
        """The samplers the tab offers."""
        return detect.current().visible_samplers()

    def schedulers(self) -> list[str]:
        """The schedule types the tab offers."""
        return [schedule.label for schedule in detect.current().schedules()]

    def tokens(self, text: str) -> str:
        """The tab's own token count; empty while no checkpoint is loaded."""
        lengths = detect.current().lengths(text)
        return f"{lengths[0]}/{lengths[1]}" if lengths else ""

    def model(self) -> Model | None:
        """The loaded checkpoint, without loading one."""
        info = detect.current().checkpoint()
        return Model(info.name_for_extra, info.shorthash or "") if info else None

    def fits_by_itself(self) -> bool:
        """As the settings page says."""
        return settings.fits_by_itself()

    def vae(self, made: Plan) -> str:
        """The preset's, where this WebUI has it and the user does not leave it to the tab."""
        return vae.wanted(made)

    def loadable(self, made: Plan) -> str:
        """The installed checkpoint that fits the preset best, unless the loaded one fits."""
        model = self.model()
        if model is None or matching.score(made.base.models, model.name, (model.hash,)):
            return ""
        found = ((matching.score(made.base.models, name, hashes), title) for title, name, hashes in _installed())
        return max(((score, title) for score, title in found if score), default=(0, ""))[1]

    def warnings(self, made: Plan) -> list[str]:
        """What stands in the plan's way: this program's version, its settings, and what the preset needs."""
        here = detect.current()
        said = filter(None, [here.unlike(), here.without_negative()])
        return [*here.missing(), *said, *self.disabling(made), *self._needs(made)]

    def disabling(self, made: Plan) -> list[str]:
        """Settings, the tab's own override settings among them, under which W or the negative prompt does not act."""
        from modules import shared

        found = []
        if made.emphasis in ("None", "Ignore"):
            found.append(f"The setting Emphasis mode is {made.emphasis}: W has no effect.")
        if getattr(shared.opts, "s_min_uncond", 0) or getattr(shared.opts, "skip_early_cond", 0):
            found.append("The settings skip the negative prompt on some steps (Negative Guidance minimum sigma, …).")
        return found

    def _needs(self, made: Plan) -> list[str]:
        """What the preset names and this WebUI lacks, with the folder it belongs in."""
        from modules import shared

        here = detect.current()
        base = library.Library().find(made.preset)
        if base is None:
            return []
        found, there = [], here.embeddings()
        for wanted in base.embeddings:
            if wanted.name not in there:
                source = f" ({wanted.where})" if wanted.where else ""
                place = shared.cmd_opts.embeddings_dir
                found.append(f"The embedding {wanted.name}{source} is missing: put its file into {place}.")
        lacking = [] if self.vae(made) or vae.PART in (made.choices.leave or ()) else _vae(base, here.vae())
        return [*found, *lacking, *_checkpoint(base, self.model())]


def _installed() -> Iterator[tuple[str, str, list[str]]]:
    """Each checkpoint's title, by which the page loads it, its name and the hashes that are known of it."""
    for info in detect.current().installed():
        yield info.title, info.name_for_extra, [each for each in (info.shorthash, getattr(info, "hash", "")) if each]


def _vae(base: Preset, chosen: str) -> list[str]:
    """A VAE other than the preset's; `Automatic` may be it, under the checkpoint's own name."""
    if base.vae is None or matching.simplified(base.vae.name) in matching.simplified(chosen):
        return []
    return [
        f"The preset is meant for the VAE {base.vae.name}, but {chosen} is selected; put it into "
        "models/VAE and select it."
    ]


def _checkpoint(base: Preset, model: Model | None) -> list[str]:
    """A checkpoint that the preset says it is not for."""
    known = base.models.names or base.models.hashes
    if model is None or not known or matching.score(base.models, model.name, (model.hash,)):
        return []
    return [f"The preset {base.id} is not meant for the checkpoint {model.name}."]
