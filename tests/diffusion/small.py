"""Small checkpoints of each family in the original layout, of random weights that are the same on every machine.

The reference pictures of `tests/reference/models` were made from these, so what they hold must not change.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pure_negative.diffusion import embedded, ldm_config, tensors, vocabulary, weights
from pure_negative.diffusion.ldm_config import SD1, SD2, SDXL, LdmConfig
from pure_negative.diffusion.tensors import TextSize

ARCHITECTURE = "pure-negative-small"
"""What the `.yaml` calls the OpenCLIP text model below."""
OPEN_CLIP = TextSize(width=128, layers=4, heads=2, inner=512, vocabulary=embedded.TEXT.vocabulary)
CONFIGS = {
    SD1: embedded.CONFIG,
    SD2: LdmConfig(
        family=SD2, unet_channels=64, unet_levels=(1, 1, 1, 1), unet_blocks=1, attention_at=(4, 2), head_channels=32,
        linear=True, context=OPEN_CLIP.width, vae_channels=32, vae_levels=(1, 1, 2, 2), vae_blocks=1,
    ),
    SDXL: LdmConfig(
        family=SDXL, unet_channels=32, unet_levels=(1, 2, 2), unet_blocks=1, attention_at=(4, 2), depths=(1, 1, 2),
        head_channels=32, linear=True, context=embedded.TEXT.width + OPEN_CLIP.width, scale_factor=0.13025,
        vae_channels=32, vae_levels=(1, 1, 2, 2), vae_blocks=1,
    ),
}  # fmt: skip
SIZES = {SD1: (embedded.TEXT,), SD2: (OPEN_CLIP,), SDXL: (embedded.TEXT, OPEN_CLIP)}
EMBEDDING = "badxl"
LORAS = {"xl": ("lora_te1", "lora_te2", "lora_unet"), "xl-open-clip": ("lora_te2",)}
LORA_RANK = 4
CHECKPOINTS = {
    "sd1": (SD1, "eps"), "sd1-v": (SD1, "v"), "sd2": (SD2, "eps"), "sd2-v": (SD2, "v"), "sdxl": (SDXL, "eps"),
    "sdxl-v": (SDXL, "v"),
}  # fmt: skip
"""Name → family, and what its `.yaml` says that it predicts."""


def dimensions(family: str) -> tensors.Dimensions:
    return CONFIGS[family].dimensions(*SIZES[family])


def arrays(family: str) -> dict[str, weights.Half]:
    """Every tensor by its name; those of SD 1.x are the embedded checkpoint's."""
    drawn = weights.draw if family == SD1 else draw
    return {name: drawn(name, shape) for name, shape in tensors.checkpoint(dimensions(family))}


def draw(name: str, shape: tensors.Shape) -> weights.Half:
    """A tensor such that the mean of what a text model gives, by which "Original" emphasis divides, is far from 0."""
    if name.endswith("ln_final.bias"):
        return weights.draw(f"final_layer_norm {name}", shape)
    if "position" in name:
        return (weights.draw(f"embeddings.{name}", shape) + np.float16(0.5)).astype("<f2")
    return weights.draw(f"embeddings.{name}" if "token_embedding" in name else name, shape)


def write(folder: Path, name: str, *, yaml_too: bool = True, changed: Mapping[str, weights.Half] = {}) -> Path:
    """A checkpoint of `CHECKPOINTS` in that folder, with its text folder and, where it is wanted, its `.yaml`."""
    family, predicts = CHECKPOINTS[name]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    path.write_bytes(weights.safetensors((arrays(family) | changed).items()))
    text = folder.absolute() / "small-text"
    text.mkdir(exist_ok=True)
    for file, content in embedded.text_files(embedded.TEXT).items():
        (text / file).write_text(content, encoding="utf-8")
    if yaml_too:
        path.with_suffix(".yaml").write_text(yaml.safe_dump(original(family, predicts, text)), encoding="utf-8")
    return path


def original(family: str, predicts: str, text: Path) -> dict[str, Any]:
    """The configuration in the form in which Stability published the family's, as the WebUI reads it."""
    config = ldm_config.LdmConfig(**{**CONFIGS[family].__dict__, "text_folder": text, "parameterization": predicts})
    found = copy.deepcopy(config.as_original())
    if family == SD1:
        return found
    model = found["model"]["params"]
    unet = model["unet_config"]["params"]
    unet |= {"num_head_channels": config.head_channels, "use_linear_in_transformer": True}
    del unet["num_heads"]
    if family == SD2:
        model["cond_stage_config"] = _open_clip("ldm.modules.encoders.modules.FrozenOpenCLIPEmbedder", text)
        return found
    return {"model": _sgm(model, unet, config, text)}


def _open_clip(target: str, text: Path, **more: object) -> dict[str, Any]:
    said = {"arch": ARCHITECTURE, "version": str(text), "freeze": True, "layer": "penultimate", **more}
    return {"target": target, "params": said}


def _sgm(model: dict[str, Any], unet: dict[str, Any], config: LdmConfig, text: Path) -> dict[str, Any]:
    part = "sgm.modules.diffusionmodules"
    scaling = {"eps": "EpsScaling", "v": "VScaling"}[config.parameterization]
    denoiser = {
        "num_idx": 1000,
        "weighting_config": {"target": f"{part}.denoiser_weighting.EpsWeighting"},
        "scaling_config": {"target": f"{part}.denoiser_scaling.{scaling}"},
        "discretization_config": {"target": f"{part}.discretizer.LegacyDDPMDiscretization"},
    }
    del unet["image_size"]
    unet |= {
        "adm_in_channels": OPEN_CLIP.width + tensors.SIZE_VECTOR, "num_classes": "sequential",
        "transformer_depth": list(config.depths), "spatial_transformer_attn_type": "softmax-xformers",
    }  # fmt: skip
    first = model["first_stage_config"]["params"] | {"monitor": "val/rec_loss"}
    return {
        "target": "sgm.models.diffusion.DiffusionEngine",
        "params": {
            "scale_factor": config.scale_factor, "disable_first_stage_autocast": True,
            "denoiser_config": {"target": f"{part}.denoiser.DiscreteDenoiser", "params": denoiser},
            "network_config": {"target": f"{part}.openaimodel.UNetModel", "params": unet},
            "conditioner_config": {"target": "sgm.modules.GeneralConditioner", "params": _embedders(text)},
            "first_stage_config": {"target": "sgm.models.autoencoder.AutoencoderKLInferenceWrapper", "params": first},
        },
    }  # fmt: skip


def _embedders(text: Path) -> dict[str, Any]:
    part = "sgm.modules.encoders.modules"
    clip = {"layer": "hidden", "layer_idx": 11, "version": str(text)}
    models: list[dict[str, Any]] = [
        {"input_key": "txt", "target": f"{part}.FrozenCLIPEmbedder", "params": clip},
        {"input_key": "txt"}
        | _open_clip(f"{part}.FrozenOpenCLIPEmbedder2", text, always_return_pooled=True, legacy=False),
    ]
    models.extend(
        {"input_key": key, "target": f"{part}.ConcatTimestepEmbedderND", "params": {"outdim": 256}}
        for key in ("original_size_as_tuple", "crop_coords_top_left", "target_size_as_tuple")
    )
    return {"emb_models": [{"is_trainable": False, **each} for each in models]}


def put_embedding(folder: Path) -> None:
    """A textual inversion embedding of SDXL: two vectors for each of its text models."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"clip_l": embedded.TEXT.width, "clip_g": OPEN_CLIP.width}
    drawn = {name: weights.draw(f"embeddings.{EMBEDDING}.{name}", (2, width)) for name, width in parts.items()}
    (folder / f"{EMBEDDING}.safetensors").write_bytes(weights.safetensors(drawn.items()))


def lora(*starts: str) -> dict[str, weights.Half]:
    """A LoRA for SDXL in the layout of kohya's scripts: of those models whose start its names have."""
    text, other, unet = embedded.TEXT, OPEN_CLIP, "lora_unet_middle_block_1_transformer_blocks"
    shapes = {
        "lora_te1_text_model_encoder_layers_3_mlp_fc1": (text.inner, text.width),
        "lora_te1_text_model_encoder_layers_7_self_attn_q_proj": (text.width, text.width),
        "lora_te2_text_model_encoder_layers_0_mlp_fc2": (other.width, other.inner),
        "lora_te2_text_model_encoder_layers_1_mlp_fc1": (other.inner, other.width),
        "lora_te2_text_model_encoder_layers_2_self_attn_v_proj": (other.width, other.width),
        f"{unet}_0_attn1_to_out_0": (64, 64), f"{unet}_1_attn2_to_q": (64, 64), f"{unet}_1_ff_net_2": (64, 256),
        "lora_unet_input_blocks_1_0_in_layers_2": (32, 32, 3, 3), "lora_unet_label_emb_0_2": (128, 128),
    }  # fmt: skip
    attention = "lora_te2_text_model_encoder_layers_1_self_attn"
    shapes |= {f"{attention}_{part}_proj": (other.width, other.width) for part in ("q", "k", "v", "out")}
    chosen = {layer: shape for layer, shape in shapes.items() if layer.startswith(starts)}
    return dict(part for layer, shape in chosen.items() for part in _low_rank(layer, shape))


def _low_rank(layer: str, shape: tuple[int, ...]) -> list[tuple[str, weights.Half]]:
    down, up = (LORA_RANK, *shape[1:]), (shape[0], LORA_RANK, *(1 for _ in shape[2:]))
    drawn = {f"{layer}.lora_{part}.weight": of for part, of in (("down", down), ("up", up))}
    alpha = np.full((), LORA_RANK / 2, "<f2")
    return [*((name, weights.draw(name, of)) for name, of in drawn.items()), (f"{layer}.alpha", alpha)]


def put_loras(folder: Path) -> None:
    """One of all three models, and one of the OpenCLIP text model alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, starts in LORAS.items():
        folder.joinpath(f"{name}.safetensors").write_bytes(weights.safetensors(lora(*starts).items()))


def put_open_clip(folder: Path) -> None:
    """What the reference script in `tests/real/open_clip` teaches OpenCLIP: the architecture and the vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "embed_dim": OPEN_CLIP.width,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 64, "patch_size": 16},
        "text_cfg": {
            "context_length": tensors.POSITIONS, "vocab_size": OPEN_CLIP.vocabulary, "width": OPEN_CLIP.width,
            "heads": OPEN_CLIP.heads, "layers": OPEN_CLIP.layers,
        },
    }  # fmt: skip
    (folder / f"{ARCHITECTURE}.json").write_text(json.dumps(said), encoding="utf-8")
    merges = vocabulary.tokenizer_files()["merges.txt"].strip()
    (folder / "merges.txt.gz").write_bytes(gzip.compress(merges.encode(), mtime=0))
