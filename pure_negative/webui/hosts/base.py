"""The AUTOMATIC1111 WebUI v1.10.1, which the others are compared with: what each of them may do otherwise."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from pure_negative.errors import PureNegativeError
from pure_negative.preset import requirements
from pure_negative.rules.schedule_type import AUTOMATIC
from pure_negative.webui.hosts import a1111_guidance, cfg_scales

CHUNK = 75
"""Tokens of a chunk, to which CLIP's prompts are filled up."""


class Webui:
    """The WebUI itself; its relatives inherit what they share with it."""

    title = "WebUI"
    needs: Mapping[str, str] = {
        "modules.sd_samplers_cfg_denoiser:CFGDenoiser.combine_denoised": "a sheet's CFG scale per picture"
    }
    """Where something stands that we can't do without → what it is for."""
    lacks: Mapping[str, str] = MappingProxyType({})
    """The title of a script of ours that this program can't have → a sentence that says so."""
    tab_ids: Mapping[str, str] = MappingProxyType({})
    """The DOM ids of controls of the txt2img tab that are called otherwise here; empty where there is no such one."""

    @property
    def name(self) -> str:
        """What it is called in messages, with the version that it says it is."""
        return f"{self.title} {self.version()}".strip()

    def version(self) -> str:
        """As it writes it into infotexts; empty where it does not know."""
        from modules import processing

        return str(getattr(processing, "program_version", str)() or "")

    def missing(self) -> list[str]:
        """A sentence for each thing that another version of this program may have taken away."""
        return [
            f"This {self.name} has no {place.replace(':', '.')}, needed for {what}."
            for place, what in self.needs.items()
            if not _is_there(place)
        ]

    def ready(self) -> None:
        """Have everything there that a sheet needs before its first run.

        Raises:
            PureNegativeError: something is missing, or the checkpoint takes no negative prompt.
        """
        self.load()
        for reason in (*self.missing(), self.without_negative()):
            if reason:
                raise PureNegativeError(reason)

    def load(self) -> None:
        """Have the checkpoint loaded that the next run will use; the WebUI always has."""

    def reload(self) -> None:
        """Have what the settings name loaded again, where something else is."""
        from modules import sd_models, sd_vae

        sd_models.reload_model_weights()
        sd_vae.reload_vae_weights()

    def lengths(self, text: str) -> tuple[int, int] | None:
        """Tokens of a prompt, and the tokens its chunks have room for; None while no checkpoint is loaded."""
        from modules import sd_hijack

        count, room = sd_hijack.model_hijack.get_prompt_lengths(text)
        return (count, room) if isinstance(count, int) else None

    def length(self, text: str) -> Hashable:
        """What prompts have in common whose conditionings are of one length, which those of a batch must be."""
        lengths = self.lengths(text)
        return lengths[1] // CHUNK if lengths else 1

    def singly(self) -> bool:
        """Whether the loaded checkpoint makes one picture at a time in a sheet."""
        return False

    def checkpoint(self) -> Any:
        """The WebUI's own record of the loaded checkpoint; None without one."""
        from modules import sd_models

        return getattr(sd_models.model_data.sd_model, "sd_checkpoint_info", None)

    def installed(self) -> Collection[Any]:
        """The WebUI's own records of all its checkpoints."""
        from modules import sd_models

        return getattr(sd_models, "checkpoints_list", {}).values()

    def samplers(self) -> Sequence[Any]:
        """The WebUI's own records of samplers, those that its settings hide among them."""
        from modules import sd_samplers

        return sd_samplers.all_samplers  # type: ignore[no-any-return]

    def visible_samplers(self) -> list[str]:
        """The names of the samplers that the tab offers."""
        from modules import sd_samplers

        return list(sd_samplers.visible_sampler_names())

    def sampling(self, sampler: str, schedule: str | None) -> tuple[str, str]:
        """The sampler and the schedule type of a run, from the names that it has."""
        return sampler, schedule or AUTOMATIC

    def sample(self, p: Any, sampler: str | None, schedule: str | None) -> None:
        """Have a run made with a sampler and a schedule type; None leaves the one that it has."""
        p.sampler_name = p.sampler_name if sampler is None else sampler
        if schedule is not None:
            p.scheduler = schedule

    def schedules(self) -> Sequence[Any]:
        """The WebUI's own records of schedule types: `label`, `name` and `aliases`."""
        from modules import sd_schedulers

        return sd_schedulers.schedulers  # type: ignore[no-any-return]

    def tab_values(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the tab's controls hold, by their names in `plan.Tab`, in the WebUI's words."""
        return found

    def overrides(self, pairs: Sequence[str]) -> Mapping[str, Any]:
        """The settings that the tab's list for one run names."""
        from modules import infotext_utils

        return infotext_utils.create_override_settings_dict(pairs)  # type: ignore[no-any-return]

    def put(self, _p: Any, settings: dict[str, Any]) -> dict[str, Any]:
        """Those of a plan's settings for a run that are settings here; the others are put where they belong."""
        return settings

    def filled(self, value: Any) -> Any:
        """What a function of ours gives for a control that is filled from pasted parameters."""
        return value

    def is_api(self, p: Any) -> bool:
        """Whether a program asked for this run, and not the page."""
        return bool(p.is_api)

    def comment(self, p: Any, text: str) -> None:
        """Have a line shown under the gallery when the run is over."""
        p.comment(text)

    def comments(self, p: Any) -> list[str]:
        """The lines so far."""
        return list(p.comments)

    def show_comments(self, _p: Any, _processed: Any) -> None:
        """Have the lines shown with the finished run; the WebUI does so by itself."""

    def block(self, p: Any, stop: Callable[..., NoReturn]) -> None:
        """Have `stop` called by the first call of a run on `p` whose errors it does not catch."""
        p.setup_prompts = stop

    def embeddings(self) -> Collection[str]:
        """The names of the embeddings that the loaded checkpoint can use."""
        from modules import sd_hijack

        return sd_hijack.model_hijack.embedding_db.word_embeddings  # type: ignore[no-any-return]

    def vae(self) -> str:
        """The chosen VAE's file name, or what stands for one."""
        from modules import shared

        return str(shared.opts.sd_vae)

    def vaes(self) -> list[str]:
        """What the setting of the VAE can be; empty where VAEs are chosen otherwise."""
        from modules import sd_vae

        return ["Automatic", "None", *sd_vae.vae_dict]

    def vae_named(self, name: str) -> str:
        """The installed VAE of that name, as the setting takes it; empty where there is none."""
        from modules import sd_vae

        return next((file for file in sd_vae.vae_dict if requirements.is_named(name, file)), "")

    def without_negative(self) -> str:
        """Why the loaded checkpoint takes no negative prompt; empty for one that does."""
        return ""

    def unlike(self) -> str:
        """In what every picture here is unlike the WebUI's; empty where it is not."""
        return ""

    def aside(self, _: Any) -> str:
        """Why this run is left as it is though the tick is on; empty for one that is ours."""
        return self.without_negative()

    def set_hires_cfg(self, p: Any, cfg: float) -> None:
        """Give the hires pass its CFG scale; here it has the first pass's."""

    def spread_hires(self, p: Any, of: cfg_scales.Scales, wanted: Sequence[float | None]) -> None:
        """Spread the hires pass's CFG scales over a batch, None for the tab's own; here they are the first pass's."""

    def loses_errors(self, _: Any) -> bool:
        """Whether what this run raises never reaches the page, so that it has to end without raising."""
        return False

    def alone(self, _: str) -> bool:
        """Whether a sampler, beside those of `sheet.batches`, makes one picture at a time in a sheet."""
        return False

    def guide(self, denoiser: Any, of: cfg_scales.Scales) -> None:
        """Called before each model call of a run with CFG scales per picture: see that they act."""
        a1111_guidance.guide(denoiser, of)


def _is_there(place: str) -> bool:
    name, _, path = place.partition(":")
    try:
        found: Any = importlib.import_module(name)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return True
