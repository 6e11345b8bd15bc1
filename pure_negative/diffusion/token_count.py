"""Token counts from a checkpoint's tokenizer alone: its weights are not read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from pure_negative.diffusion import check, embedded, ldm_config, text_model
from pure_negative.diffusion.chunks import CHUNK, PromptTokenizer
from pure_negative.prompt_syntax import without_comments


def counter(path: Path | None = None) -> Callable[[str], str]:
    """The function that writes a prompt's token count as the WebUI does, `22/75`.

    Args:
        path: a checkpoint; None is the embedded one, made on the spot where it is not there yet.

    Raises:
        PureNegativeError: no checkpoint can be there, or its tokenizer cannot be had.
    """
    path = embedded.ensure() if path is None else path
    check.file(path)
    config = ldm_config.beside(path)
    size = text_model.size_of(text_model.read_config(config), config)
    tokenizer = PromptTokenizer(text_model.tokenizer(config, size))

    def count(text: str) -> str:
        tokens = tokenizer.count(without_comments(text))
        return f"{tokens}/{CHUNK * max(1, math.ceil(tokens / CHUNK))}"

    return count
