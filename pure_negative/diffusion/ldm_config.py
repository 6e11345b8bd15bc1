"""The original configuration of a checkpoint, LDM's or for SDXL sgm's: the `.yaml` beside it, checked before use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import Any

import yaml

from pure_negative.diffusion.tensors import LATENT, Dimensions, TextSize
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate, yaml_reader

STOCK_TEXT_ENCODER = "openai/clip-vit-large-patch14"
"""The tokenizer of every stock checkpoint, on the Hugging Face hub; SD 2.x and SDXL have the same vocabulary."""
_LARGEST_YAML = 1 << 20
_DEEPEST_YAML = 16
_MOST_CHANNELS = 8192
_MOST_EMBEDDERS = 16
_LEAST_SIGNAL = 1e-30
"""Less would be 0 as a float32, and the noise level beside it infinite."""


PARAMETERIZATIONS = ("eps", "v")
"""What a model predicts: the noise, or the velocity (Salimans and Ho 2022, appendix D)."""
SD1, SD2, SDXL = "SD 1.x", "SD 2.x", "SDXL"
"""The families of models, by the text models that they have: CLIP, OpenCLIP, both."""


STOCK_TEXT = TextSize(width=768, layers=12, heads=12, inner=3072, vocabulary=49408)
"""CLIP ViT-L/14."""


@dataclass(frozen=True)
class LdmConfig:
    """What of the original configuration changes the picture.

    `text_folder` holds the CLIP configuration and tokenizer; None stands for the stock ones. Attention has `heads`
    heads, or, where `head_channels` is not 0, as many as are that wide. `depths` is the number of transformer blocks
    at each level that has attention; empty stands for one.
    """

    family: str = SD1

    unet_channels: int = 320
    unet_levels: tuple[int, ...] = (1, 2, 4, 4)
    unet_blocks: int = 2
    attention_at: tuple[int, ...] = (4, 2, 1)
    depths: tuple[int, ...] = ()
    linear: bool = False
    heads: int = 8
    head_channels: int = 0
    context: int = 768
    vae_channels: int = 128
    vae_levels: tuple[int, ...] = (1, 2, 4, 4)
    vae_blocks: int = 2
    scale_factor: float = 0.18215
    linear_start: float = 0.00085
    linear_end: float = 0.0120
    timesteps: int = 1000
    parameterization: str = PARAMETERIZATIONS[0]
    zero_snr: bool = False
    text_folder: Path | None = None

    def dimensions(self, text: TextSize, second: TextSize | None = None) -> Dimensions:
        """With the size of the text model, and for SDXL that of OpenCLIP's after that of CLIP's."""
        return Dimensions(
            unet_channels=self.unet_channels, unet_levels=self.unet_levels, unet_blocks=self.unet_blocks,
            attention_at=self.attention_at, depths=self.all_depths, linear=self.linear, context=self.context,
            vae_channels=self.vae_channels, vae_levels=self.vae_levels, vae_blocks=self.vae_blocks,
            clip=None if self.family == SD2 else text, open_clip=text if self.family == SD2 else second,
        )  # fmt: skip

    @property
    def all_depths(self) -> tuple[int, ...]:
        """The transformer blocks of every level; those of the middle are the last level's."""
        return self.depths or (1,) * len(self.unet_levels)

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


STOCK = {
    SD1: LdmConfig(),
    SD2: LdmConfig(family=SD2, context=1024, head_channels=64, linear=True),
    SDXL: LdmConfig(
        family=SDXL, unet_levels=(1, 2, 4), attention_at=(4, 2), depths=(1, 2, 10), context=2048, head_channels=64,
        linear=True, scale_factor=0.13025,
    ),
}  # fmt: skip
"""Each family's own dimensions, from Stability's configurations."""


def has_own(checkpoint: Path) -> bool:
    """Whether there is a `.yaml` of the checkpoint's name."""
    return checkpoint.with_suffix(".yaml").is_file()


def beside(checkpoint: Path) -> LdmConfig | None:
    """The configuration in the `.yaml` of the checkpoint's name; None where there is none.

    Raises:
        PureNegativeError: a file that is no such configuration, or one of another kind of model.
    """
    path = checkpoint.with_suffix(".yaml")
    return read(_load(path), path) if has_own(checkpoint) else None


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
    """The values that matter from a loaded `.yaml`; each absent one is that of the stock model of its family."""
    model = _Section(document, path, "").section("model").section("params")
    unet, text = _unet_and_text(model)
    _refuse_other_models(model, unet)
    stock = STOCK[_family(model, text)]
    config = _with_unet(_with_vae(stock, model), unet)
    config = replace(
        config,
        linear_start=model.positive("linear_start", 0.00085, 0.999),
        linear_end=model.positive("linear_end", 0.0120, 0.999),
        timesteps=model.whole("timesteps", 1000, 100_000, least=2),
        parameterization=_parameterization(model),
        text_folder=_text_folder(text.section("params"), path),
    )
    if _signal_left(config) < _LEAST_SIGNAL:
        raise PureNegativeError(
            f"{model.where('linear_end')}: from {config.linear_start:g} to {config.linear_end:g} in {config.timesteps} "
            "timesteps the noise destroys the picture completely; use lower values, like 0.00085 to 0.012 in 1000."
        )
    return config


def _unet_and_text(model: _Section) -> tuple[_Section, _Section]:
    """The sections of the UNet and of the first text model, LDM's, or sgm's where it names a network."""
    if model.values.get("network_config") is None:
        return model.section("unet_config").section("params"), model.section("cond_stage_config")
    models = model.section("conditioner_config").section("params")
    listed = models.values.get("emb_models")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_EMBEDDERS:
        raise models.error("emb_models", "a list of the text models, as in the original configuration of SDXL")
    first = _Section(listed[0], models.path, f"{models.place}.emb_models[0]")
    return model.section("network_config").section("params"), first


def _family(model: _Section, text: _Section) -> str:
    """By the class of the (first) text model."""
    kind = _last_name(text.values.get("target", "FrozenCLIPEmbedder"))
    if model.values.get("network_config") is not None:
        text.section("params").expect("layer_idx", 11, "a model with another text encoder")
        if kind != "FrozenCLIPEmbedder":
            raise PureNegativeError(
                f"{text.where('target')}: this is no SDXL base model, but a refiner or another one."
            )
        return SDXL
    if kind == "FrozenOpenCLIPEmbedder":
        text.section("params").expect("layer", "penultimate", "a model with another text encoder")
        return SD2
    if kind != "FrozenCLIPEmbedder":
        raise PureNegativeError(f"{text.where('target')}: {validate.shown(kind)} is another kind of text encoder.")
    return SD1


def _last_name(target: object) -> str:
    return str(target).rpartition(".")[2]


def _parameterization(model: _Section) -> str:
    if model.values.get("network_config") is None:
        return model.choice("parameterization", PARAMETERIZATIONS)
    scaling = model.section("denoiser_config").section("params").section("scaling_config")
    known = dict(zip(("EpsScaling", "VScaling"), PARAMETERIZATIONS, strict=True))
    kind = _last_name(scaling.values.get("target", "EpsScaling"))
    if kind not in known:
        raise scaling.error("target", "EpsScaling or VScaling")
    return known[kind]


def _with_unet(stock: LdmConfig, unet: _Section) -> LdmConfig:
    levels = unet.whole_numbers("channel_mult", stock.unet_levels)
    config = replace(
        stock,
        unet_channels=unet.channels("model_channels", stock.unet_channels),
        unet_levels=levels,
        unet_blocks=unet.whole("num_res_blocks", stock.unet_blocks, 16),
        attention_at=unet.whole_numbers("attention_resolutions", stock.attention_at),
        depths=_depths(unet, len(levels), stock),
        linear=unet.either("use_linear_in_transformer", stock.linear),
        heads=unet.whole("num_heads", stock.heads, 64),
        head_channels=_head_channels(unet, stock),
        context=unet.whole("context_dim", stock.context, _MOST_CHANNELS),
    )
    part = config.head_channels or config.heads
    if any(config.unet_channels * level % part for level in config.unet_levels):
        key = "num_head_channels" if config.head_channels else "num_heads"
        raise unet.error(key, "a number that divides the channels of every level")
    return config


def _depths(unet: _Section, levels: int, stock: LdmConfig) -> tuple[int, ...]:
    given = unet.values.get("transformer_depth")
    if given is None:
        return stock.depths
    if isinstance(given, int):
        return (unet.whole("transformer_depth", 1, 64),) * levels
    found = unet.whole_numbers("transformer_depth", (), least=0)
    if len(found) != levels:
        raise unet.error("transformer_depth", f"a number for each of the {levels} levels")
    return found


def _head_channels(unet: _Section, stock: LdmConfig) -> int:
    """LDM writes -1 for none."""
    if unet.values.get("num_head_channels") in (None, -1):
        return 0 if "num_heads" in unet.values else stock.head_channels
    return unet.whole("num_head_channels", stock.head_channels, _MOST_CHANNELS)


def _with_vae(stock: LdmConfig, model: _Section) -> LdmConfig:
    vae = model.section("first_stage_config").section("params").section("ddconfig")
    vae.expect("z_channels", LATENT, "another kind of model")
    return replace(
        stock,
        vae_channels=vae.channels("ch", stock.vae_channels),
        vae_levels=_vae_levels(vae),
        vae_blocks=vae.whole("num_res_blocks", stock.vae_blocks, 16),
        scale_factor=model.positive("scale_factor", stock.scale_factor),
    )


def _signal_left(config: LdmConfig) -> float:
    """What the noise of all timesteps leaves of a picture: LDM's last `alphas_cumprod`, of its schedule `linear`."""
    start, end = math.sqrt(config.linear_start), math.sqrt(config.linear_end)
    roots = (start + (end - start) * step / (config.timesteps - 1) for step in range(config.timesteps))
    return math.exp(sum(math.log1p(-(root**2)) for root in roots))


def _refuse_other_models(model: _Section, unet: _Section) -> None:
    model.expect("conditioning_key", "crossattn", "a model with another kind of conditioning")
    unet.expect("in_channels", LATENT, "an inpainting, depth or edit model")
    unet.expect("out_channels", LATENT, "another kind of model")
    both = model.values.get("network_config") is not None
    unet.expect("num_classes", "sequential" if both else None, "a refiner, upscaler or another kind of model")


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
            raise PureNegativeError(f"{place}: this must be a mapping, as in the original configuration of the model.")
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
                f"{self.where(key)}: {validate.shown(value)} means this is {otherwise}; give a model for txt2img."
            )

    def either(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, "true or false")
        return value

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

    def whole_numbers(self, key: str, default: tuple[int, ...], least: int = 1) -> tuple[int, ...]:
        value = self.values.get(key, default)
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 8:
            raise self.error(key, "a list of one to eight whole numbers")
        return tuple(validate.whole(each, self.where(key), least, 64) for each in value)

    def positive(self, key: str, default: float, most: float = 1e6) -> float:
        value = validate.number(self.values.get(key, default), self.where(key), 0, most)
        if not value:
            raise self.error(key, "a number above 0")
        return value
