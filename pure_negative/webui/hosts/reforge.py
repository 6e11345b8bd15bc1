"""reForge (Panchovix/stable-diffusion-webui-reForge, 1.0.0v2-v1.10.1RC at 3b56b268): what it does otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pure_negative.webui.hosts.forge_common import Patched


class Reforge(Patched):
    """reForge; like the WebUI it shows itself on gradio 3.41.2."""

    title = "reForge"
    needs: Mapping[str, str] = {
        "modules_forge.unet_patcher:UnetPatcher.set_model_sampler_cfg_function": "a sheet's CFG scale per picture",
    }

    def lengths(self, text: str) -> tuple[int, int] | None:
        """Its count wants to be told which text encoder counts."""
        from modules import sd_hijack, sd_models

        encoder = getattr(sd_models.model_data.sd_model, "cond_stage_model", None)
        if encoder is None:
            return None
        count, room = sd_hijack.model_hijack.get_prompt_lengths(text, encoder)
        return int(count), int(room)

    def loses_errors(self, p: Any) -> bool:
        """The thread that makes the page's pictures prints an error and answers the page with nothing."""
        return not getattr(p, "is_api", False)

    def hires_cfg(self, p: Any) -> float:
        """A hires CFG scale of 0 means the first pass's."""
        return float(p.hr_cfg or p.cfg_scale)
