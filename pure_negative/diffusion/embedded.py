"""The embedded checkpoint: tiny, of random weights, always the same bytes, made on the spot; the WebUI loads it too.

It needs no torch, so a WebUI user can put it among the WebUI's models with `ensure(folder)`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from pure_negative.diffusion import tensors, vocabulary, weights
from pure_negative.diffusion.ldm_config import LdmConfig
from pure_negative.diffusion.tensors import TextSize
from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, os_errors, paths

NAME = "pure-negative-embedded"

TEXT = TextSize(width=64, layers=12, heads=4, inner=256, vocabulary=1000)
CONFIG = LdmConfig(
    unet_channels=64, unet_levels=(1, 1, 1, 1), unet_blocks=1, attention_at=(4, 2), heads=4, context=TEXT.width,
    vae_channels=32, vae_levels=(1, 1, 2, 2), vae_blocks=1,
)  # fmt: skip

SHA256 = "183fe61a42911976fcc16e421dcffa5d1e23baeea7ddfe47e5acc3097e7d304d"
"""Of the `.safetensors` file: the same on every system and with every library version."""
_TEXT_FILES = {
    "config.json": "a5c25738ef5aa3665c2f5a09968eff01bc4681f952fd1dce2510c4424e11437f",
    "vocab.json": "4c2cc3f11538fa1aba526684c7f5492a4068ee1e17fdcdf869503f2a4e09ce93",
    "merges.txt": "39d8fb54ab1a670701937949c464d0ad8f80431b2091b7844c08fb5941889533",
    "tokenizer_config.json": "da9c9c83836ec629e0cff9b99f0749e947c35534d6c344122e276593afc18af3",
    "special_tokens_map.json": "f98e2a4ddae5ae566d6d2b5f97e964481b0b1c2baa114af94cca2493371b31ab",
}


def ensure(folder: Path | None = None) -> Path:
    """The embedded checkpoint's `.safetensors`, made or mended where it is not whole.

    Args:
        folder: where it shall be, with its `.yaml` and the folder of its text encoder; None is the user's cache.

    Raises:
        PureNegativeError: the folder cannot be written.
    """
    folder = (cache_folder() if folder is None else folder).absolute()
    try:
        folder.joinpath(NAME).mkdir(parents=True, exist_ok=True)
        _ensure_text_encoder(folder / NAME)
        _ensure_file(folder / f"{NAME}.yaml", _yaml(folder / NAME))
        return _ensure_weights(folder / f"{NAME}.safetensors")
    except OSError as error:
        raise PureNegativeError(
            f"{folder}: the tiny test model can't be saved there: {os_errors.reason(error)}; "
            f"name another folder in the environment variable {paths.CACHE_VARIABLE}."
        ) from None


def cache_folder() -> Path:
    """The user's cache folder of this program, by the system's own rule; as `places.cache_folder`."""
    return paths.cache_folder()


def _ensure_weights(path: Path) -> Path:
    if _digest(path) != SHA256:
        _replace(path, file_bytes(CONFIG.dimensions(TEXT)))
        if _digest(path) != SHA256:
            raise PureNegativeError(
                f"{path}: the tiny test model differs from the one other machines make; reinstall numpy."
            )
    return path


def _ensure_text_encoder(folder: Path) -> None:
    if all(_digest(folder / name) == digest for name, digest in _TEXT_FILES.items()):
        return
    for name, text in text_files(TEXT).items():
        _ensure_file(folder / name, text)


def _ensure_file(path: Path, text: str) -> None:
    if not path.is_file() or path.read_bytes() != text.encode():
        _replace(path, text.encode())


def file_bytes(dimensions: tensors.Dimensions) -> bytes:
    """A whole `.safetensors` checkpoint of these dimensions, of random weights that only depend on them."""
    return weights.safetensors((name, weights.draw(name, shape)) for name, shape in tensors.checkpoint(dimensions))


def text_files(size: TextSize) -> Mapping[str, str]:
    """The text encoder's folder: CLIP configuration and tokenizer, by file name."""
    start, end = vocabulary.special_ids()
    config = {
        "model_type": "clip_text_model", "architectures": ["CLIPTextModel"], "vocab_size": size.vocabulary,
        "hidden_size": size.width, "intermediate_size": size.inner, "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads, "max_position_embeddings": tensors.POSITIONS, "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-05, "bos_token_id": start, "eos_token_id": end, "pad_token_id": end,
        "projection_dim": size.width,
    }  # fmt: skip
    return {"config.json": json.dumps(config)} | vocabulary.tokenizer_files()


def _yaml(text_folder: Path) -> str:
    # Absolute, because the WebUI looks a relative one up from wherever it was started.
    config = LdmConfig(**{**CONFIG.__dict__, "text_folder": text_folder})
    return yaml.safe_dump(config.as_original(), sort_keys=False, allow_unicode=True)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _replace(path: Path, data: bytes) -> None:
    atomic_file.write(path, lambda file: file.write(data))
