"""The text engines of a model in Forge's `backend`: CLIP's fill chunks of 75 tokens, the others pad nothing.

Conditionings of one batch must be of one length. What CLIP encodes is as long as its chunks; what T5, Qwen, Gemma and
the like encode is as long as its own tokens are.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

_PREFIX = "text_processing_engine"
"""What the attributes of a model that hold its text engines begin with."""
_CHUNKED = "get_target_prompt_token_count"
"""What only an engine has that fills chunks."""


def unpadded(model: Any) -> list[Any]:
    """The engines of a model whose conditionings are as long as their tokens; none for Stable Diffusion."""
    found = [each for name, each in vars(model).items() if name.startswith(_PREFIX)]
    return [each for each in found if hasattr(each, "tokenize_line") and not hasattr(each, _CHUNKED)]


def tokens(engine: Any, text: str) -> int:
    """How many tokens an engine makes of a prompt, as it will when it encodes it: without brackets and weights."""
    return max((sum(each) for each in zip(*_counted(engine, text), strict=True)), default=0)


def length(model: Any, text: str) -> Hashable:
    """What prompts have in common whose conditionings are of one length; None for a model of chunks alone.

    A text that an engine can't be asked about is like no other.
    """
    engines = unpadded(model)
    if not engines:
        return None
    try:
        return tuple((bool(text.strip()), *_counted(each, text)) for each in engines)
    except (AttributeError, TypeError, ValueError, LookupError):
        return text


def _counted(engine: Any, text: str) -> list[tuple[int, ...]]:
    """The lengths of the lists of tokens that each part of a prompt comes to."""
    made = engine.tokenize_line(text)
    parts = made[0] if isinstance(made, tuple) else made
    return [tuple(len(each) for each in vars(part).values() if isinstance(each, list)) for part in parts]
