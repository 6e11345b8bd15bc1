"""What a file of weights is that is no checkpoint the engine takes, told by the names of its tensors alone."""

from __future__ import annotations

from collections.abc import Collection

_WHOLE = "model.diffusion_model."
_CONTAINED = (
    (".time_stack.", "a video model, like Stable Video Diffusion"),
    ("motion_modules.", "a motion module for videos"),
    (".lora_A.", "a LoRA, which holds only changes to a checkpoint"),
    (".lora_down.", "a LoRA, which holds only changes to a checkpoint"),
    (".hada_w1_a", "a LoRA, which holds only changes to a checkpoint"),
)
_BEGINNINGS = (
    ("conditioner.embedders.0.model.", "an SDXL refiner"),
    (f"{_WHOLE}joint_blocks.", "an SD3 checkpoint"),
    ("joint_blocks.", "a part of an SD3 checkpoint"),
    (f"{_WHOLE}double_blocks.", "a FLUX checkpoint"),
    ("double_blocks.", "a FLUX checkpoint"),
    (f"{_WHOLE}cap_embedder.", "a Lumina checkpoint"),
    ("cap_embedder.", "a Lumina checkpoint"),
    ("cond_stage_model.roberta.", "an Alt Diffusion checkpoint"),
    ("lora_", "a LoRA, which holds only changes to a checkpoint"),
    ("control_model.", "a ControlNet"),
    ("controlnet_", "a ControlNet"),
    ("image_proj.", "an IP-Adapter"),
    ("down_blocks.", "a part of a model in diffusers' layout"),
    ("transformer_blocks.", "a part of another kind of model in diffusers' layout"),
    ("text_model.", "a text encoder alone"),
    ("encoder.block.", "a T5 text encoder alone"),
    ("emb_params", "a textual inversion embedding"),
    ("string_to_param", "a textual inversion embedding"),
    ("clip_g", "a textual inversion embedding for SDXL"),
)


def kind(names: Collection[str]) -> str | None:
    """What a file with tensors of these names is; None for a whole checkpoint, as far as names tell."""
    for part, found in _CONTAINED:
        if any(part in name for name in names):
            return found
    for beginning, found in _BEGINNINGS:
        if any(name.startswith(beginning) for name in names):
            return found
    return _part(names)


def _part(names: Collection[str]) -> str | None:
    """A part of a model in the original layout."""
    if any(name.startswith(_WHOLE) for name in names):
        rest = any(name.startswith(("first_stage_model.", "cond_stage_model.", "conditioner.")) for name in names)
        return None if rest else "a UNet alone, without text encoder and VAE"
    if any(name.startswith("decoder.") for name in names):
        whole = any(name.startswith("encoder.") for name in names)
        return "a VAE alone; name it in --vae" if whole else "the decoder of a VAE alone"
    if any(name.startswith(("input_blocks.", "diffusion_model.")) for name in names):
        return "a UNet alone, without text encoder and VAE"
    return None
