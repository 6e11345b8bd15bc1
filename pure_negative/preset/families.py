"""Which family of checkpoints a built-in preset is made for, as its source says; the rest is for SD 1.x."""

from __future__ import annotations

from collections.abc import Mapping

from pure_negative.preset import library

SD1, SD2, SDXL = "SD 1.x", "SD 2.x", "SDXL"
FLOW = "SDXL with rectified flow"
CLOSED = "a closed service"
ANY = ""
"""For a preset that says nothing of one model."""
_OTHERS: Mapping[str, str] = {
    "first-look": ANY, "rd-lora": ANY,
    "astolfomix-sd2": SD2, "wd-1.4": SD2,
    "astolfomix-xl": SDXL, "astolfomix-xl-x215a": SDXL,
    "astolforf": FLOW, "nai-rf": FLOW,
    "nai-v3": CLOSED,
}  # fmt: skip


def of(preset: str) -> str:
    """The family of a built-in preset by its id; `ANY` for the user's own."""
    return _OTHERS.get(preset, SD1) if library.is_built_in(preset) else ANY


def unlike(preset: str, family: str) -> str:
    """A sentence where a preset is made for another family than the checkpoint's, or for what no family here is."""
    made_for = of(preset)
    if made_for == FLOW:
        return (
            f"The preset {preset} is made for a model of rectified flow, whose sampling is not done without the WebUI: "
            "the picture is another one."
        )
    if made_for == CLOSED:
        return f"The preset {preset} is made for the model of {CLOSED}, which can't be had as a file."
    if made_for in (ANY, family):
        return ""
    return f"The preset {preset} is made for {made_for}; this checkpoint is of {family}."
