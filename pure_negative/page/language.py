"""The page in the browser's language: what is built once by gradio's own texts, what is answered by the catalogue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from types import MappingProxyType
from typing import Any

import gradio as gr

from pure_negative.language import names
from pure_negative.language.translator import translator
from pure_negative.page.host import PageHost

LOCALES = MappingProxyType({"zh_CN": "zh-CN", "zh_TW": "zh-TW", "ja": "ja", "ko": "ko"})
"""Catalogue → its name in a browser."""
SHOWN = ("label", "placeholder", "value")
"""What of a component may be a text of the catalogue."""


def translated(blocks: gr.Blocks) -> gr.I18n:
    """Make the page's fixed texts ones that gradio translates; what it is to translate them with.

    A component's value is a text of the page where it is a button alone.
    """
    known = {name: translator(name).catalogue for name in LOCALES}
    places = [
        (block, name, text)
        for block in blocks.blocks.values()
        for name in (SHOWN if isinstance(block, gr.Button) else SHOWN[:2])
        if isinstance(text := getattr(block, name, None), str) and all(text in texts for texts in known.values())
    ]
    keys = {text: f"text{at}" for at, text in enumerate(dict.fromkeys(text for _, _, text in places))}
    found = {LOCALES[name]: {key: texts[text] for text, key in keys.items()} for name, texts in known.items()}
    texts = gr.I18n(en={key: text for text, key in keys.items()}, **found)
    for block, name, text in places:
        setattr(block, name, texts(keys[text]))
    return texts


class Language:
    """Has the host answer in the language that the browser asks for."""

    def __init__(self, app: Any, host: PageHost) -> None:
        self.app, self.host = app, host

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """One request, as ASGI has it."""
        for name, value in scope.get("headers", ()):
            if name == b"accept-language":
                self.host.catalogue = names.asked(value.decode("latin-1"))
        await self.app(scope, receive, send)
