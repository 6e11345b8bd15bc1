"""The axis S/R: its first value is searched for in the prompt, the negative prompt and the negative words."""

from __future__ import annotations

import dataclasses
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.preset.model import Preset
from pure_negative.prompt import emphasis, typed_text
from pure_negative.sheet.axis import Axis, Value


def applied(axis: Axis, value: Value, choices: Choices, tab: Tab, base: Preset) -> tuple[Choices, Tab]:
    """The choices and the host's controls with the value in place of the axis's first one.

    Unlike the X/Y/Z plot's, it reaches a preset's prompt and the negative words, each with its weight as before, too.

    Raises:
        PureNegativeError: the first value is empty, or stands nowhere; or the words are none any more.
    """
    searched, new = axis.values[0].text, value.text
    if not searched:
        raise PureNegativeError("axis S/R: the first value is what is searched for; it can't be empty.")
    typed = tab.prompt or base.prompt or ""
    texts = {
        "prompt": typed if choices.prompt is None else choices.prompt,
        "words": ", ".join(map(emphasis.escape, choices.words or base.words)),
        "embeddings": ", ".join(map(emphasis.escape, _embeddings(choices, base))),
    }
    if not any(searched in text for text in (*texts.values(), tab.negative_prompt)):
        raise PureNegativeError(
            f"axis S/R: {validate.shown(searched)} is neither in the prompt nor in the negative prompt or its words."
        )
    changes = {key: _read(key, text.replace(searched, new)) for key, text in texts.items() if searched in text}
    if value == axis.values[0]:
        changes = {}
    negative = tab.negative_prompt.replace(searched, new)
    return dataclasses.replace(choices, **changes), dataclasses.replace(tab, negative_prompt=negative)


def _embeddings(choices: Choices, base: Preset) -> tuple[str, ...]:
    named = tuple(resource.name for resource in base.embeddings)
    return named if choices.embeddings is None else choices.embeddings


def _read(key: str, text: str) -> Any:
    """The new text by the reader of its option; words may be searched for whole, with the comma between them."""
    where = f"axis S/R: {key}"
    if key == "words":
        return emphasis.read_words(text, where)
    return typed_text.read_embedding_names(text, where) if key == "embeddings" else text
