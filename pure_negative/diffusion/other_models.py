"""What a file of weights is that is no checkpoint the engine takes, told by the names of its tensors alone."""

from __future__ import annotations

from collections.abc import Collection

_WHOLE = "model.diffusion_model."
_LORA = "a LoRA, which holds only changes to a checkpoint; put it into models/Lora and name it in the prompt"
_CONTAINED = (
    (".time_stack.", "a video model, like Stable Video Diffusion"),
    ("motion_modules.", "a motion module for videos"),
    (".lora_A.", _LORA),
    (".lora_down.", _LORA),
    (".hada_w1_a", _LORA),
    (".lokr_w1", _LORA),
    (".quant_state.", "a checkpoint of 4-bit weights"),
    (".scale_weight", "a checkpoint whose fp8 weights have scales of their own"),
    ("img_mod.", "a Qwen-Image model"),
    (".adaLN_modulation.", "a diffusion transformer, not a UNet"),
    ("RDB1.", "an upscaler"),
)
_BEGINNINGS = (
    ("scaled_fp8", "a checkpoint whose fp8 weights have scales of their own"),
    ("conditioner.embedders.0.model.", "an SDXL refiner"),
    (f"{_WHOLE}joint_blocks.", "an SD3 checkpoint"),
    ("joint_blocks.", "a part of an SD3 checkpoint"),
    (f"{_WHOLE}double_blocks.", "a FLUX checkpoint"),
    ("double_blocks.", "a FLUX checkpoint"),
    (f"{_WHOLE}cap_embedder.", "a Lumina checkpoint"),
    ("cap_embedder.", "a Lumina checkpoint"),
    ("cond_stage_model.roberta.", "an Alt Diffusion checkpoint"),
    ("depth_model.", "a model for depth pictures"),
    ("embedder.model.", "an unCLIP model, which varies pictures"),
    ("lora_", _LORA),
    ("control_model.", "a ControlNet"),
    ("controlnet_", "a ControlNet"),
    ("image_proj.", "an IP-Adapter"),
    ("adapter.body.", "a T2I-Adapter"),
    ("body.0.", "a T2I-Adapter"),
    ("down_blocks.", "a part of a model in diffusers' layout"),
    ("transformer_blocks.", "a part of another kind of model in diffusers' layout"),
    ("text_model.", "a text encoder alone"),
    ("transformer.resblocks.", "a text encoder alone"),
    ("encoder.block.", "a T5 text encoder alone"),
    ("emb_params", "a textual inversion embedding"),
    ("string_to_param", "a textual inversion embedding"),
    ("clip_g", "a textual inversion embedding for SDXL"),
    ("conv_first.", "an upscaler"),
    ("pos_embed", "a diffusion transformer, not a UNet"),
)
_TEXT = ("cond_stage_model.", "conditioner.")
_SDXL_MIDDLE = f"{_WHOLE}middle_block.1.transformer_blocks.0."


def kind(names: Collection[str]) -> str | None:
    """What a file with tensors of these names is; None for a whole checkpoint, as far as names tell."""
    for part, found in _CONTAINED:
        if any(part in name for name in names):
            return found
    for beginning, found in _BEGINNINGS:
        if any(name.startswith(beginning) for name in names):
            return found
    if _is_cut_down(names):
        return "an SDXL model with fewer blocks, like SSD-1B"
    return _part(names)


def _is_cut_down(names: Collection[str]) -> bool:
    sdxl = any(name.startswith("conditioner.embedders.1.") for name in names)
    whole = any(name.startswith(f"{_WHOLE}out.") for name in names)
    return sdxl and whole and not any(name.startswith(_SDXL_MIDDLE) for name in names)


def _part(names: Collection[str]) -> str | None:
    """A part of a model in the original layout."""
    if any(name.startswith(_WHOLE) for name in names):
        if any(name.startswith(_TEXT) for name in names):
            return None
        vae = any(name.startswith("first_stage_model.") for name in names)
        return "a checkpoint without a text encoder" if vae else "a UNet alone, without text encoder and VAE"
    if any(name.startswith("decoder.") for name in names):
        whole = any(name.startswith("encoder.") for name in names)
        return "a VAE alone; name it in --vae" if whole else "the decoder of a VAE alone"
    if any(name.startswith(("input_blocks.", "diffusion_model.")) for name in names):
        return "a UNet alone, without text encoder and VAE"
    return None
