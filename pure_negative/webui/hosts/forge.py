"""Forge (lllyasviel/stable-diffusion-webui-forge, 2.0.1v1.10.1 at dfdcbab): what it does otherwise than the WebUI."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

from pure_negative.webui.hosts import text_engines
from pure_negative.webui.hosts.forge_common import Patched


class Forge(Patched):
    """Forge; it shows itself on gradio 4.40."""

    title = "Forge"
    needs: Mapping[str, str] = {
        "backend.patcher.unet:UnetPatcher.set_model_sampler_cfg_function": "a sheet's CFG scale per picture",
        "modules.sd_models:forge_model_reload": "knowing the checkpoint before a sheet begins",
    }

    def load(self) -> None:
        """The checkpoint is loaded by the first run that needs it; a sheet counts tokens before."""
        from modules import sd_models

        sd_models.forge_model_reload()

    def reload(self) -> None:
        """A run loads what the settings name when it begins, and puts them back when it ends."""

    def lengths(self, text: str) -> tuple[int, int] | None:
        """The loaded model counts, and one that stands in for it before has no such method."""
        loaded = self.loaded()
        return loaded.get_prompt_lengths_on_ui(text) if loaded else None

    def length(self, text: str) -> Hashable:
        """As the WebUI, but of a model with other text encoders than CLIP its own tokens."""
        loaded = self.loaded()
        own = text_engines.length(loaded, text) if loaded else None
        return super().length(text) if own is None else own

    def loaded(self) -> Any:
        """The loaded model; None before one is."""
        from modules import sd_models

        model = sd_models.model_data.sd_model
        return model if hasattr(model, "sd_checkpoint_info") else None

    def checkpoint(self) -> Any:
        """The chosen one, which the next run will load if it is not there yet."""
        from modules import sd_models

        chosen = sd_models.model_data.forge_loading_parameters.get("checkpoint_info")
        return chosen or super().checkpoint()

    def embeddings(self) -> Collection[str]:
        """Each text engine keeps its own; the first one's stand for all."""
        from modules import sd_models

        engines = ("text_processing_engine", "text_processing_engine_l", "text_processing_engine_g")
        found = (getattr(sd_models.model_data.sd_model, name, None) for name in engines)
        bases = (getattr(engine, "embeddings", None) for engine in found)
        return next((base.word_embeddings for base in bases if base is not None), ())

    def vae(self) -> str:
        """VAE and text encoders are chosen in one list of files."""
        from modules import shared

        files = getattr(shared.opts, "forge_additional_modules", ())
        return ", ".join(Path(each).name for each in files) or "Automatic"

    def vaes(self) -> list[str]:
        """None: they are chosen together with text encoders."""
        return []

    def vae_named(self, _: str) -> str:
        """A VAE of its own would take the place of the text encoders in that list: it is left to the user."""
        return ""

    def current(self) -> Any:
        """The loaded model, if it is the chosen one; None until that is loaded."""
        loaded = self.loaded()
        return loaded if loaded and loaded.sd_checkpoint_info is self.checkpoint() else None

    def aside(self, p: Any) -> str:
        """What the run will be made with is loaded right after this, unless the run brings a checkpoint of its own."""
        if "sd_model_checkpoint" not in p.override_settings:
            self.load()
        return self.without_negative()

    def without_negative(self) -> str:
        """Flux is distilled: one prompt, guided by a number that is no CFG scale."""
        if not getattr(self.current(), "use_distilled_cfg_scale", False):
            return ""
        return (
            "This checkpoint takes no negative prompt (it is guided by its Distilled CFG Scale, like Flux), "
            "so Pure negative does nothing here; use a Stable Diffusion checkpoint."
        )
