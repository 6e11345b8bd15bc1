"""A folder of a diffusers pipeline with random weights, for hosts that load those: Stable Diffusion 1 made small.

    python -m tests.real.small_pipeline FOLDER     (2 MB, some seconds)

Its tokenizer is the embedded checkpoint's.
"""

from __future__ import annotations

import sys
from pathlib import Path

NAME = "pure-negative-small"
_WIDTH = 32


def ensure(folder: Path) -> Path:
    """The pipeline's folder in that one, made where it is not there yet."""
    path = folder / NAME
    if not (path / "model_index.json").is_file():
        write(path)
    return path


def write(path: Path) -> None:
    """The same weights wherever the same torch draws them."""
    import torch
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    from pure_negative.diffusion import embedded, vocabulary

    tokenizer = CLIPTokenizer.from_pretrained(str(embedded.ensure().with_suffix("")))
    start, end = vocabulary.special_ids()
    text = CLIPTextConfig(
        vocab_size=vocabulary.size(),
        hidden_size=_WIDTH,
        intermediate_size=2 * _WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        bos_token_id=start,
        eos_token_id=end,
    )
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(_WIDTH, 2 * _WIDTH),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=_WIDTH,
        attention_head_dim=8,
    )
    vae = AutoencoderKL(
        block_out_channels=(_WIDTH,) * 4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
