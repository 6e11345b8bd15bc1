"""The page as a web application."""

from __future__ import annotations

import re
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path, PurePosixPath
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pure_negative import output
from pure_negative.io.loopback import ADDRESS
from pure_negative.page import events, layout
from pure_negative.page.host import PageHost
from pure_negative.yields.web import asgi, security
from pure_negative.yields.web.app import Answer, Web

POLICY = b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"
"""What a browser may load: what this server sends, and nothing from elsewhere."""
_FILE = re.compile("/file[=/](.*)", re.DOTALL)
"""Where gradio serves files of the disk, and those of other machines."""
KEPT = 24 * 60 * 60
"""Seconds that dropped files are kept."""

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


def build(host: PageHost, out: str, stop: threading.Event) -> FastAPI:
    """The page for a checkpoint, its pictures in the folder `out`; setting `stop` ends what is being made.

    Raises:
        PureNegativeError: the folder can't be made.
    """
    gr.set_static_paths([output.folder_at(out).resolve()])
    with gr.Blocks(title="Pure negative", analytics_enabled=False, delete_cache=(KEPT, KEPT)) as blocks:
        events.wire(layout.build(host), host, events.Run(out, stop), blocks)
    app = FastAPI(openapi_url=None, middleware=[*_guards()])
    app.mount(layout.YIELD, asgi.Application(Web(out=Path(out))))
    return gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=ADDRESS,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css=layout.CSS + _style(),
    )


def _guards() -> list[Middleware]:
    """Neither another site's page nor anything from another machine reaches in."""
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[ADDRESS, "localhost"])
    return [hosts, Middleware(Policy), Middleware(Guard)]


def _style() -> str:
    """The extension's style sheet; it lies beside the package, and an installed package has none."""
    path = Path(__file__).parent.parent.parent / "style.css"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


class Policy:
    """Sends the content security policy with every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """One request, as ASGI has it."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY)]
            await send(message)

        await self.app(scope, receive, sent)


class Guard:
    """Refuses what another site's page asks for, and every file of the disk that is no picture.

    gradio would take a file from any page, and show what lies among the pictures as a page of this one's own.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """One request, as ASGI has it."""
        refused = _refusal(scope) if scope["type"] == "http" else None
        await (asgi.respond(send, refused) if refused else self.app(scope, receive, send))


def _refusal(scope: Message) -> Answer | None:
    if security.is_foreign(asgi.headers_of(scope)):
        return security.refused(403, security.FOREIGN)
    found = _FILE.search(scope["path"])
    if found and ("://" in found[1] or PurePosixPath(found[1]).suffix.lower() != ".png"):
        return security.refused(403, "only pictures are served.")
    return None
