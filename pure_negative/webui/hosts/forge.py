"""Forge (lllyasviel/stable-diffusion-webui-forge, 2.0.1v1.10.1 at dfdcbab): what it does otherwise than the WebUI."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pure_negative.webui.hosts.patched import Patched


class Forge(Patched):
    """Forge; it shows itself on gradio 4.40."""

    name = "Forge 2.0.1v1.10.1"
    needs: Mapping[str, str] = {
        "backend.patcher.unet:UnetPatcher.set_model_sampler_cfg_function": "a sheet's CFG scale per picture",
        "modules.processing:StableDiffusionProcessingTxt2Img.hr_cfg": "the hires pass's CFG scale",
        "modules.sd_models:forge_model_reload": "knowing the checkpoint before a sheet begins",
    }

    def load(self) -> None:
        """The checkpoint is loaded by the first run that needs it; a sheet counts tokens before."""
        from modules import sd_models

        sd_models.forge_model_reload()

    def lengths(self, text: str) -> tuple[int, int] | None:
        """The loaded model counts, and one that stands in for it before has no such method."""
        from modules import sd_models

        count = getattr(sd_models.model_data.sd_model, "get_prompt_lengths_on_ui", None)
        return count(text) if callable(count) and self.checkpoint() is not None else None

    def checkpoint(self) -> Any:
        """The loaded model's; before the first run the chosen one's, which is only a name in a list then."""
        from modules import sd_models

        chosen = sd_models.model_data.forge_loading_parameters.get("checkpoint_info")
        return getattr(sd_models.model_data.sd_model, "sd_checkpoint_info", chosen)

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

        return ", ".join(Path(each).name for each in shared.opts.forge_additional_modules) or "Automatic"

    def without_negative(self) -> str:
        """Flux is distilled: one prompt, guided by a number that is no CFG scale."""
        from modules import sd_models

        if not getattr(sd_models.model_data.sd_model, "use_distilled_cfg_scale", False):
            return ""
        return (
            "This checkpoint takes no negative prompt (it is guided by its Distilled CFG Scale, like Flux), "
            "so Pure negative stands aside: choose a checkpoint of Stable Diffusion."
        )
