"""diffusers' own configuration of a checkpoint's UNet and VAE.

diffusers can work the UNet's out from an original one, but makes an SDXL UNet of one whose context is 2048 or 1280 wide
alone, so that a small SDXL model would not load.
"""

from __future__ import annotations

from typing import Any

from pure_negative.diffusion.ldm_config import SDXL, LdmConfig
from pure_negative.diffusion.tensors import LATENT, SIZE_VECTOR


def unet(config: LdmConfig, pooled: int = 0) -> dict[str, Any]:
    """Of UNet2DConditionModel; `pooled` is the width of SDXL's pooled text."""
    channels = [factor * config.unet_channels for factor in config.unet_levels]
    crossed = [2**level in config.attention_at for level in range(len(channels))]
    # diffusers' `attention_head_dim` is the number of heads, by an old mistake in its name.
    heads = [width // config.head_channels for width in channels] if config.head_channels else config.heads
    found = {
        "in_channels": LATENT,
        "out_channels": LATENT,
        "block_out_channels": channels,
        "down_block_types": ["CrossAttnDownBlock2D" if each else "DownBlock2D" for each in crossed],
        "up_block_types": ["CrossAttnUpBlock2D" if each else "UpBlock2D" for each in reversed(crossed)],
        "layers_per_block": config.unet_blocks,
        "transformer_layers_per_block": list(config.all_depths),
        "cross_attention_dim": config.context,
        "attention_head_dim": heads,
        "use_linear_projection": config.linear,
    }
    if config.family != SDXL:
        return found
    vector = {
        "addition_time_embed_dim": SIZE_VECTOR // 6,
        "projection_class_embeddings_input_dim": pooled + SIZE_VECTOR,
    }
    return found | {"addition_embed_type": "text_time"} | vector


def vae(config: LdmConfig) -> dict[str, Any]:
    """Of AutoencoderKL; its size is that of a tile, where a picture is too large to be decoded whole."""
    return {
        "sample_size": 512,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": LATENT,
        "block_out_channels": [factor * config.vae_channels for factor in config.vae_levels],
        "down_block_types": ["DownEncoderBlock2D"] * len(config.vae_levels),
        "up_block_types": ["UpDecoderBlock2D"] * len(config.vae_levels),
        "layers_per_block": config.vae_blocks,
    }
