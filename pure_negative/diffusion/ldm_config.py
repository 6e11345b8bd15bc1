"""The original (LDM) configuration of a checkpoint: the `.yaml` beside it, or stock SD 1.x, checked before use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import yaml

from pure_negative.diffusion.tensors import LATENT, Dimensions
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate, yaml_reader

STOCK_TEXT_ENCODER = "openai/clip-vit-large-patch14"
"""The tokenizer of every stock SD 1.x checkpoint, on the Hugging Face hub."""
_LARGEST_YAML = 1 << 20
_DEEPEST_YAML = 16
_MOST_CHANNELS = 8192
_LEAST_SIGNAL = 1e-30
"""Less would be 0 as a float32, and the noise level beside it infinite."""


PARAMETERIZATIONS = ("eps", "v")
"""What a model predicts: the noise, or the velocity (Salimans and Ho 2022, appendix D)."""


@dataclass(frozen=True)
class TextSize:
    """The dimensions of a CLIP text model."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int


STOCK_TEXT = TextSize(width=768, layers=12, heads=12, inner=3072, vocabulary=49408)
"""CLIP ViT-L/14."""


@dataclass(frozen=True)
class LdmConfig:
    """What of the original configuration changes the picture.

    `text_folder` holds the CLIP configuration and tokenizer; None stands for the stock ones.
    """

    unet_channels: int = 320
    unet_levels: tuple[int, ...] = (1, 2, 4, 4)
    unet_blocks: int = 2
    attention_at: tuple[int, ...] = (4, 2, 1)
    heads: int = 8
    context: int = 768
    vae_channels: int = 128
    vae_levels: tuple[int, ...] = (1, 2, 4, 4)
    vae_blocks: int = 2
    scale_factor: float = 0.18215
    linear_start: float = 0.00085
    linear_end: float = 0.0120
    timesteps: int = 1000
    parameterization: str = PARAMETERIZATIONS[0]
    text_folder: Path | None = None

    def dimensions(self, text: TextSize) -> Dimensions:
        return Dimensions(
            unet_channels=self.unet_channels, unet_levels=self.unet_levels, unet_blocks=self.unet_blocks,
            attention_at=self.attention_at, heads=self.heads,
            vae_channels=self.vae_channels, vae_levels=self.vae_levels, vae_blocks=self.vae_blocks,
            text_width=text.width, text_layers=text.layers, text_inner=text.inner,
            vocabulary=text.vocabulary,
        )  # fmt: skip

    def as_original(self) -> dict[str, Any]:
        """The configuration in LDM's own form, as the WebUI and diffusers read it."""
        version = {} if self.text_folder is None else {"params": {"version": str(self.text_folder)}}
        return {
            "model": {
                "target": "ldm.models.diffusion.ddpm.LatentDiffusion",
                "params": self._diffusion()
                | {
                    "unet_config": {
                        "target": "ldm.modules.diffusionmodules.openaimodel.UNetModel",
                        "params": self._unet(),
                    },
                    "first_stage_config": {"target": "ldm.models.autoencoder.AutoencoderKL", "params": self._vae()},
                    "cond_stage_config": {"target": "ldm.modules.encoders.modules.FrozenCLIPEmbedder"} | version,
                },
            }
        }

    def _diffusion(self) -> dict[str, Any]:
        return {
            "linear_start": self.linear_start, "linear_end": self.linear_end, "timesteps": self.timesteps,
            "num_timesteps_cond": 1, "log_every_t": 200, "first_stage_key": "jpg", "cond_stage_key": "txt",
            "image_size": 64, "channels": LATENT, "cond_stage_trainable": False, "conditioning_key": "crossattn",
            "scale_factor": self.scale_factor, "use_ema": False,
        } | ({} if self.parameterization == "eps" else {"parameterization": self.parameterization})  # fmt: skip

    def _unet(self) -> dict[str, Any]:
        return {
            "image_size": 32, "in_channels": LATENT, "out_channels": LATENT, "model_channels": self.unet_channels,
            "attention_resolutions": list(self.attention_at), "num_res_blocks": self.unet_blocks,
            "channel_mult": list(self.unet_levels), "num_heads": self.heads, "use_spatial_transformer": True,
            "transformer_depth": 1, "context_dim": self.context, "use_checkpoint": False, "legacy": False,
        }  # fmt: skip

    def _vae(self) -> dict[str, Any]:
        size = {
            "double_z": True, "z_channels": LATENT, "resolution": 256, "in_channels": 3, "out_ch": 3,
            "ch": self.vae_channels, "ch_mult": list(self.vae_levels), "num_res_blocks": self.vae_blocks,
            "attn_resolutions": [], "dropout": 0.0,
        }  # fmt: skip
        return {"embed_dim": LATENT, "ddconfig": size, "lossconfig": {"target": "torch.nn.Identity"}}


def has_own(checkpoint: Path) -> bool:
    """Whether there is a `.yaml` of the checkpoint's name."""
    return checkpoint.with_suffix(".yaml").is_file()


def beside(checkpoint: Path) -> LdmConfig:
    """The configuration in the `.yaml` of the checkpoint's name, or stock SD 1.x where there is none.

    Raises:
        PureNegativeError: a file that is no such configuration, or one of another kind of model.
    """
    path = checkpoint.with_suffix(".yaml")
    if not has_own(checkpoint):
        return LdmConfig()
    return read(_load(path), path)


def _load(path: Path) -> object:
    try:
        if path.stat().st_size > _LARGEST_YAML:
            raise PureNegativeError(f"{path.name}: this is larger than 1 MiB, so it is not a model configuration.")
        text = path.read_text(encoding="utf-8")
        yaml_reader.check(text, path.name, _DEEPEST_YAML)
        return yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, RecursionError, ValueError, yaml.YAMLError) as error:
        if isinstance(error, PureNegativeError):
            raise
        raise PureNegativeError(f"{path.name}: this can't be read as YAML: {str(error).splitlines()[0]}.") from None


def read(document: object, path: Path) -> LdmConfig:
    """The values that matter from a loaded `.yaml`; each absent one is stock SD 1.x."""
    model = _Section(document, path, "").section("model").section("params")
    unet = model.section("unet_config").section("params")
    vae = model.section("first_stage_config").section("params").section("ddconfig")
    _refuse_other_models(model, unet, vae)
    config = LdmConfig(
        unet_channels=unet.channels("model_channels", 320),
        unet_levels=unet.whole_numbers("channel_mult", (1, 2, 4, 4)),
        unet_blocks=unet.whole("num_res_blocks", 2, 16),
        attention_at=unet.whole_numbers("attention_resolutions", (4, 2, 1)),
        heads=unet.whole("num_heads", 8, 64),
        context=unet.whole("context_dim", 768, _MOST_CHANNELS),
        vae_channels=vae.channels("ch", 128),
        vae_levels=_vae_levels(vae),
        vae_blocks=vae.whole("num_res_blocks", 2, 16),
        scale_factor=model.positive("scale_factor", 0.18215),
        linear_start=model.positive("linear_start", 0.00085, 0.999),
        linear_end=model.positive("linear_end", 0.0120, 0.999),
        timesteps=model.whole("timesteps", 1000, 100_000, least=2),
        parameterization=model.choice("parameterization", PARAMETERIZATIONS),
        text_folder=_text_folder(model.section("cond_stage_config").section("params"), path),
    )
    if any(config.unet_channels * level % config.heads for level in config.unet_levels):
        raise unet.error("num_heads", "a number that divides the channels of every level")
    if _signal_left(config) < _LEAST_SIGNAL:
        raise PureNegativeError(
            f"{model.where('linear_end')}: from {config.linear_start:g} to {config.linear_end:g} in {config.timesteps} "
            "timesteps the noise destroys the picture completely; use lower values, like 0.00085 to 0.012 in 1000."
        )
    return config


def _signal_left(config: LdmConfig) -> float:
    """What the noise of all timesteps leaves of a picture: LDM's last `alphas_cumprod`, of its schedule `linear`."""
    start, end = math.sqrt(config.linear_start), math.sqrt(config.linear_end)
    roots = (start + (end - start) * step / (config.timesteps - 1) for step in range(config.timesteps))
    return math.exp(sum(math.log1p(-(root**2)) for root in roots))


def _refuse_other_models(model: _Section, unet: _Section, vae: _Section) -> None:
    model.expect("conditioning_key", "crossattn", "a model with another kind of conditioning")
    unet.expect("in_channels", LATENT, "an inpainting, depth or edit model")
    unet.expect("out_channels", LATENT, "another kind of model")
    unet.expect("transformer_depth", 1, "another kind of model")
    unet.expect("use_linear_in_transformer", False, "an SD 2.x or SDXL model")
    unet.expect("num_classes", None, "an SDXL or upscaler model")
    vae.expect("z_channels", LATENT, "another kind of model")


def _vae_levels(vae: _Section) -> tuple[int, ...]:
    levels = vae.whole_numbers("ch_mult", (1, 2, 4, 4))
    if len(levels) != 4:
        raise vae.error("ch_mult", "four levels, because a latent pixel must be 8 pixels wide")
    return levels


def _text_folder(section: _Section, path: Path) -> Path | None:
    version = section.values.get("version", STOCK_TEXT_ENCODER)
    if version == STOCK_TEXT_ENCODER:
        return None
    if not isinstance(version, str) or not version or "\0" in version:
        raise section.error("version", f"a folder with a CLIP configuration and tokenizer, or {STOCK_TEXT_ENCODER}")
    if _is_elsewhere(version, path):
        raise section.error("version", "a local folder: network folders named in a file are not opened")
    folder = path.parent / version
    if not folder.is_dir():
        raise PureNegativeError(f"{section.where('version')}: there is no folder {validate.shown(version)}.")
    return folder


def _is_elsewhere(folder: str, path: Path) -> bool:
    r"""Whether it is a share of the network, `\\host\share`, and not the one that the file itself was read from."""
    share = PureWindowsPath(folder).drive.casefold()
    on_network = folder[:2].replace("/", "\\") == "\\\\"
    return on_network and (not share or share != PureWindowsPath(path).drive.casefold())


@dataclass(frozen=True)
class _Section:
    """A part of the YAML document, and where it is, for errors that say so."""

    given: object
    path: Path
    place: str

    @property
    def values(self) -> Mapping[str, object]:
        if self.given is None:
            return {}
        if not isinstance(self.given, dict):
            place = f"{self.path.name}: {self.place}".removesuffix(": ")
            raise PureNegativeError(
                f"{place}: this must be a mapping, as in the original configuration of an SD 1.x model."
            )
        return self.given

    def section(self, key: str) -> _Section:
        return _Section(self.values.get(key), self.path, f"{self.place}.{key}".lstrip("."))

    def where(self, key: str) -> str:
        return f"{self.path.name}: {self.place}.{key}"

    def error(self, key: str, allowed: str) -> PureNegativeError:
        return validate.refuse(self.where(key), self.values.get(key), allowed)

    def expect(self, key: str, wanted: object, otherwise: str) -> None:
        value = self.values.get(key, wanted)
        if value != wanted:
            raise PureNegativeError(
                f"{self.where(key)}: {validate.shown(value)} means this is {otherwise}; give an SD 1.x model."
            )

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """One of these names; the first where there is none."""
        value = self.values.get(key, known[0])
        if value not in known:
            raise self.error(key, " or ".join(known))
        return str(value)

    def whole(self, key: str, default: int, most: int, least: int = 1) -> int:
        return validate.whole(self.values.get(key, default), self.where(key), least, most)

    def channels(self, key: str, default: int) -> int:
        value = self.whole(key, default, _MOST_CHANNELS)
        if value % 32:
            raise self.error(key, "a multiple of 32")
        return value

    def whole_numbers(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        value = self.values.get(key, default)
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 8:
            raise self.error(key, "a list of one to eight whole numbers")
        return tuple(validate.whole(each, self.where(key), 1, 64) for each in value)

    def positive(self, key: str, default: float, most: float = 1e6) -> float:
        value = validate.number(self.values.get(key, default), self.where(key), 0, most)
        if not value:
            raise self.error(key, "a number above 0")
        return value
