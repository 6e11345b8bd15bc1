"""Checkpoints that come with this project, and one of them: tiny, of random weights, always the same bytes.

The one of random weights draws noise patterns; it is for comparing arithmetic, with the WebUI above all. What is drawn
with where no checkpoint is given is the one in `toy.py`. Either is put into a folder by `ensure`, which needs no torch,
so that a WebUI user can have it among the WebUI's models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
_TEXT_CONFIG = "a5c25738ef5aa3665c2f5a09968eff01bc4681f952fd1dce2510c4424e11437f"
TOKENIZER_FILES: Mapping[str, str] = {
    "vocab.json": "4c2cc3f11538fa1aba526684c7f5492a4068ee1e17fdcdf869503f2a4e09ce93",
    "merges.txt": "39d8fb54ab1a670701937949c464d0ad8f80431b2091b7844c08fb5941889533",
    "tokenizer_config.json": "da9c9c83836ec629e0cff9b99f0749e947c35534d6c344122e276593afc18af3",
    "special_tokens_map.json": "f98e2a4ddae5ae566d6d2b5f97e964481b0b1c2baa114af94cca2493371b31ab",
}


@dataclass(frozen=True)
class EmbeddedCheckpoint:
    """A checkpoint that this project can put anywhere by itself.

    `sha256` is that of the `.safetensors` file, `text_files` those of its text encoder's folder.
    """

    name: str
    config: LdmConfig
    text: TextSize
    sha256: str
    text_files: Mapping[str, str]
    read: Callable[[], bytes]

    def ensure(self, folder: Path | None = None) -> Path:
        """Its `.safetensors`, written or mended where it is not whole.

        Args:
            folder: where it shall be, with its `.yaml` and the folder of its text encoder; None is the user's cache.

        Raises:
            PureNegativeError: the folder cannot be written.
        """
        folder = (cache_folder() if folder is None else folder).absolute()
        try:
            folder.joinpath(self.name).mkdir(parents=True, exist_ok=True)
            self._ensure_text_encoder(folder / self.name)
            _ensure_file(folder / f"{self.name}.yaml", _yaml(self.config, folder / self.name))
            return self._ensure_weights(folder / f"{self.name}.safetensors")
        except OSError as error:
            raise PureNegativeError(
                f"{folder}: the model that comes with this program can't be saved there: {os_errors.reason(error)}; "
                f"name another folder in the environment variable {paths.CACHE_VARIABLE}."
            ) from None

    def _ensure_weights(self, path: Path) -> Path:
        if _digest(path) != self.sha256:
            _replace(path, self.read())
            if _digest(path) != self.sha256:
                raise PureNegativeError(
                    f"{path}: the model that comes with this program is damaged; install it and numpy again."
                )
        return path

    def _ensure_text_encoder(self, folder: Path) -> None:
        if all(_digest(folder / name) == digest for name, digest in self.text_files.items()):
            return
        for name, text in text_files(self.text).items():
            _ensure_file(folder / name, text)


def ensure(folder: Path | None = None) -> Path:
    """The `.safetensors` of random weights, in that folder or the user's cache; as `EmbeddedCheckpoint.ensure`."""
    random = EmbeddedCheckpoint(
        NAME, CONFIG, TEXT, SHA256, {"config.json": _TEXT_CONFIG, **TOKENIZER_FILES},
        lambda: file_bytes(CONFIG.dimensions(TEXT)),
    )  # fmt: skip
    return random.ensure(folder)


def cache_folder() -> Path:
    """The user's cache folder of this program, by the system's own rule; as `places.cache_folder`."""
    return paths.cache_folder()


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


def _yaml(plain: LdmConfig, text_folder: Path) -> str:
    # Absolute, because the WebUI looks a relative one up from wherever it was started.
    config = LdmConfig(**{**plain.__dict__, "text_folder": text_folder})
    return yaml.safe_dump(config.as_original(), sort_keys=False, allow_unicode=True)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _replace(path: Path, data: bytes) -> None:
    atomic_file.write(path, lambda file: file.write(data))
