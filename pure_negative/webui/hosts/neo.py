"""Forge Neo (Haoming02/sd-webui-forge-classic, branch neo, 2.26 at 5692d2d): what it does otherwise than Forge."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from pure_negative.planning import plan
from pure_negative.webui.hosts import cfg_scales, text_engines
from pure_negative.webui.hosts.forge import Forge

_EMPHASIS = "Emphasis"
"""The infotext's key, which is written for a whole batch as soon as one prompt in it has a weight."""
_KINDS = MappingProxyType(
    {
        "Flux": "flux",
        "Flux2": "klein",
        "QwenImage": "qwen",
        "ZImage": "zit",
        "Wan": "wan",
        "ErnieImage": "ernie",
        "PiD": "pid",
        "Krea2": "krea",
    }
)
"""The class of a model → what the settings call its kind, of those that are mostly used distilled (presets.py:42-55).

Nothing in a checkpoint says that it is distilled; but the user's settings say at which CFG scale this kind is run.
"""


class Neo(Forge):
    """Forge Neo, which knows many kinds of models and shows itself on gradio 4.40."""

    title = "Forge Neo"

    def version(self) -> str:
        """Its release."""
        return str(getattr(importlib.import_module("modules_forge.forge_version"), "release", ""))

    def without_negative(self) -> str:
        """Beside Flux: the kinds that the settings run at CFG scale 1, where nothing asks for the negative prompt."""
        kind = _KINDS.get(type(self.current()).__name__, "")
        if reason := super().without_negative():
            return reason
        return _distilled(kind) if kind and _usual_cfg(kind) <= 1 else ""

    def lengths(self, text: str) -> tuple[int, int] | None:
        """As Forge; of a model without CLIP's chunks the tokens that it encodes, not those of brackets and weights."""
        known, engines = super().lengths(text), text_engines.unpadded(self.loaded()) if self.loaded() else []
        if known is None or not engines:
            return known
        count = text_engines.tokens(engines[0], text)
        return count, max(known[1], count)

    def guide(self, denoiser: Any, of: cfg_scales.Scales) -> None:
        """As Forge; and it writes the emphasis into the texts of those pictures alone whose prompts have any."""
        named = denoiser.p.extra_generation_params.get(_EMPHASIS)
        if named == plan.Tab.emphasis:  # another is the tick's own, and stands in all of them
            of.texts.setdefault(_EMPHASIS, _where_used(denoiser.p, of.values, named))
        super().guide(denoiser, of)

    def singly(self) -> bool:
        """Wan makes the frames of a video of what would be a batch's pictures."""
        dynamic = getattr(importlib.import_module("backend.args"), "dynamic_args", None)
        return bool(getattr(self.loaded(), "is_wan", False) and getattr(dynamic, "wan", False))


def _where_used(p: Any, values: Sequence[float], named: str) -> list[str | None]:
    """The name for each picture of a batch that is encoded with weights, as the run of that picture alone has it.

    At CFG scale 1 it encodes no negative prompt.
    """
    weighted = importlib.import_module("backend.text_processing.emphasis").uses_emphasis
    texts = zip(p.prompts, p.negative_prompts, values, strict=True)
    used = (weighted(prompt) or (value != 1.0 and weighted(negative)) for prompt, negative, value in texts)
    return [named if each else None for each in used]


def _usual_cfg(kind: str) -> float:
    """The CFG scale of the settings for this kind of model; one that is not told is none to go by."""
    from modules import shared

    return float(getattr(shared.opts, f"{kind}_t2i_cfg", 7.0))


def _distilled(kind: str) -> str:
    return (
        f"The settings run models like this checkpoint ({kind.upper()}) at CFG scale 1, where a negative prompt does "
        "nothing, so Pure negative does nothing here. If it is not distilled, set the txt2img CFG "
        f"of {kind.upper()} in the settings above 1; or use a Stable Diffusion checkpoint."
    )
