"""Token counts from a checkpoint's tokenizer alone: its weights are not read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from pure_negative.diffusion import clip, model_config, preflight, tensor_file, toy
from pure_negative.diffusion.tokens import CHUNK, PromptTokenizer
from pure_negative.prompt.syntax import without_comments, without_loras


def counter(path: Path | None = None, embeddings: Path | None = None) -> Callable[[str], str]:
    """The function that writes a prompt's token count as the WebUI does, `22/75`.

    Args:
        path: a checkpoint; None is the toy that comes with this project.
        embeddings: a folder of textual inversion embeddings, whose vectors count as tokens.

    Raises:
        PureNegativeError: no checkpoint can be there, or its tokenizer cannot be had.
    """
    path = toy.ensure() if path is None else path
    preflight.file(path)
    tensors = tensor_file.outline(path)
    config = model_config.config_of(path, tensors)
    sizes = clip.sizes(config, tensors)
    tokenizer = PromptTokenizer(clip.tokenizer(config, sizes[0]), embeddings, sum(each.width for each in sizes))

    def count(text: str) -> str:
        tokens = tokenizer.count(without_loras(without_comments(text)))
        return f"{tokens}/{CHUNK * max(1, math.ceil(tokens / CHUNK))}"

    return count
