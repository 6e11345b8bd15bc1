"""The toy: the small model that is drawn with where no checkpoint is given; trained by `training/`, shipped with it.

It draws scenes of 128 × 128 pixels and knows the words by which they can be spoiled, so that one sees what a pure
negative prompt does. Nobody else's work and nobody else's pictures are in it (training/README.md).
"""

from __future__ import annotations

from pathlib import Path

from pure_negative.diffusion import embedded
from pure_negative.diffusion.embedded import EmbeddedCheckpoint
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.tensors import TextSize

NAME = "pure-negative-toy"

TEXT = TextSize(width=64, layers=2, heads=4, inner=256, vocabulary=1000)
CONFIG = LdmConfig(
    unet_channels=64, unet_levels=(1, 1, 1), unet_blocks=1, attention_at=(2, 4), heads=4, context=TEXT.width,
    vae_channels=64, vae_levels=(1, 1, 1, 1), vae_blocks=1, parameterization="v",
)  # fmt: skip

SHA256 = "c54f3056461049d2c00fda5c4a80a41f04250b6e05403748f0ffae9ceff4da5e"
_TEXT_CONFIG = "06ae8adf3f35d0a9a5dd52d39dfdcd7c9c01df8dd021db008ed8626da0d24074"


def ensure(folder: Path | None = None) -> Path:
    """Its `.safetensors`, in that folder or the user's cache; as `EmbeddedCheckpoint.ensure`."""
    toy = EmbeddedCheckpoint(
        NAME, CONFIG, TEXT, SHA256, {"config.json": _TEXT_CONFIG, **embedded.TOKENIZER_FILES}, _shipped().read_bytes
    )
    return toy.ensure(folder)


def _shipped() -> Path:
    return Path(__file__).with_name(f"{NAME}.safetensors")
