"""The CLIP text model inside a checkpoint, and its tokenizer."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub
import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from pure_negative.diffusion import tensors as layout
from pure_negative.diffusion.ldm_config import STOCK_TEXT, STOCK_TEXT_ENCODER, LdmConfig, TextSize
from pure_negative.errors import PureNegativeError

PREFIX = "cond_stage_model.transformer."
"""What an original-layout checkpoint writes before the names of the text model's tensors."""
POSITION_IDS = f"{PREFIX}text_model.embeddings.position_ids"
_PATIENCE = 5.0
"""Seconds that the hub may take to answer at all."""
_FILES = ("vocab.json", "merges.txt")


def read_config(config: LdmConfig) -> CLIPTextConfig:
    """The text model's configuration: from the folder the `.yaml` names, else ViT-L/14."""
    if config.text_folder is None:
        return CLIPTextConfig(
            hidden_size=STOCK_TEXT.width, intermediate_size=STOCK_TEXT.inner, num_hidden_layers=STOCK_TEXT.layers,
            num_attention_heads=STOCK_TEXT.heads, vocab_size=STOCK_TEXT.vocabulary,
        )  # fmt: skip
    # As for the tokenizer below: without the file, transformers takes a configuration of its own.
    if not (config.text_folder / "config.json").is_file():
        raise PureNegativeError(f"{config.text_folder} has no CLIP text configuration; put config.json there.")
    try:
        return CLIPTextConfig.from_pretrained(config.text_folder, local_files_only=True)
    except Exception as error:
        raise PureNegativeError(
            f"{config.text_folder}/config.json is not a CLIP text configuration: {first_line(error)}."
        ) from None


def size_of(text: CLIPTextConfig, config: LdmConfig) -> TextSize:
    """Its dimensions, once they are possible and fit the UNet."""
    size = TextSize(
        text.hidden_size, text.num_hidden_layers, text.num_attention_heads, text.intermediate_size, text.vocab_size
    )
    values = (size.width, size.layers, size.heads, size.inner, size.vocabulary)
    if not all(type(value) is int and 0 < value < 1_000_000 for value in values) or size.width % size.heads:
        raise PureNegativeError(f"{config.text_folder}/config.json has impossible dimensions for a CLIP text model.")
    if size.width != config.context:
        raise PureNegativeError(
            f"the text encoder is {size.width} wide, but the UNet's context_dim is {config.context}; they must agree."
        )
    return size


def build(tensors: Mapping[str, Tensor], config: CLIPTextConfig) -> Any:
    """transformers' CLIPTextModel with the checkpoint's weights, in float32; `tensors` must hold all of them."""
    with torch.device("meta"):
        model = CLIPTextModel(config)
    prefix = "" if hasattr(model, "text_model") else "text_model."
    weights = {name: tensors[f"{PREFIX}{prefix}{name}"].float() for name, _ in model.named_parameters()}
    model.load_state_dict(weights, strict=False, assign=True)
    # The position ids are no weights: the empty model has none.
    getattr(model, "text_model", model).embeddings.position_ids = position_ids(tensors).unsqueeze(0)
    return model.eval().requires_grad_(False)


def position_ids(tensors: Mapping[str, Tensor]) -> Tensor:
    """The place that each token is taken to stand at: the file's own, cut to whole numbers as the WebUI does.

    Merging and rounding leave them wrong in some files, such as Anything V3's, and the WebUI's pictures have that in
    them.

    Raises:
        PureNegativeError: they are not as many, or not of the places there are.
    """
    right = torch.arange(layout.POSITIONS)
    stored = tensors.get(POSITION_IDS)
    if stored is None:
        return right
    ids = stored.flatten().double().trunc()
    if len(ids) != len(right) or not bool(((ids >= 0) & (ids < len(right))).all()):
        raise PureNegativeError(
            f"{POSITION_IDS} holds other numbers than the {len(right)} places 0 to {len(right) - 1}; it is damaged."
        )
    return ids.long()


def tokenizer(config: LdmConfig, size: TextSize) -> Any:
    """transformers' CLIPTokenizer from the folder the `.yaml` names, else the stock one."""
    found = _stock_tokenizer() if config.text_folder is None else _own_tokenizer(config.text_folder)
    if found.bos_token_id is None or found.eos_token_id is None:
        raise PureNegativeError(f"{config.text_folder}: this tokenizer has no start and end tokens, as CLIP's has.")
    if not {",</w>", "a", "a</w>"} <= set(found.get_vocab()):
        raise PureNegativeError(f"{config.text_folder}: this tokenizer lacks the letters and commas of CLIP's.")
    if len(found) > size.vocabulary:
        raise PureNegativeError(
            f"{config.text_folder}: the tokenizer has {len(found)} tokens, but the text encoder has {size.vocabulary}."
        )
    return found


def _own_tokenizer(folder: Path) -> Any:
    # Without the files, transformers takes an empty tokenizer, to which every word is one and the same token.
    if not (folder / "tokenizer.json").is_file() and not all((folder / name).is_file() for name in _FILES):
        raise PureNegativeError(f"{folder} has no CLIP tokenizer; put {' and '.join(_FILES)} there.")
    try:
        return CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise PureNegativeError(f"{folder} has no readable CLIP tokenizer: {first_line(error)}.") from None


def _stock_tokenizer() -> Any:
    for cached in (True, False):
        if not cached and not _is_hub_there():
            break
        try:
            found = CLIPTokenizer.from_pretrained(STOCK_TEXT_ENCODER, local_files_only=cached)
        except Exception:
            continue  # not in the cache, no network, no such repository: all the same here
        if len(found) == STOCK_TEXT.vocabulary:
            return found
    raise PureNegativeError(
        f"the tokenizer {STOCK_TEXT_ENCODER} is neither in the Hugging Face cache nor to be had from the hub: "
        "connect once, or name a folder that holds it in the checkpoint's .yaml (cond_stage_config.params.version)."
    )


def _is_hub_there() -> bool:
    """Whether the hub can be reached, or may be through a proxy: its own library tries for minutes to find out."""
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        return False
    address = urlsplit(huggingface_hub.constants.ENDPOINT)
    if urllib.request.getproxies() or not address.hostname:
        return True
    try:
        port = address.port or (80 if address.scheme == "http" else 443)
        socket.create_connection((address.hostname, port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True


def first_line(error: Exception) -> str:
    """What a library says of an error, short enough for one sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
