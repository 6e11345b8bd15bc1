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

from pure_negative import output
from pure_negative.io.loopback import ADDRESS
from pure_negative.page import events, language, layout
from pure_negative.page.host import PageHost
from pure_negative.yields.web import asgi, origin, security
from pure_negative.yields.web.app import Answer, Web
from pure_negative.yields.web.origin import NONE, Allowed

POLICY = b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"
"""What a browser may load: what this server sends, and nothing from elsewhere."""
HEAD = """<script>
(async () => {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };
  const answer = await fetch("yield/check", options);
  if (answer.status !== 403) return;
  const told = document.createElement("p");
  told.id = "pure_negative_shut";
  told.role = "alert";
  told.textContent = `This page does not work here: ${(await answer.json()).error}`;
  document.body.prepend(told);
})();
</script>"""
"""Where a proxy lets through what is asked for and nothing that is sent, the page says so before anybody works on it.

gradio runs it when the page has been loaded already.
"""
_PARTS = ("/assets/", "/static/")
"""Where gradio's own script and style are, the same for everybody: a page that is refused needs them to say so."""
_FILE = re.compile("/file[=/](.*)", re.DOTALL)
"""Where gradio serves files of the disk, and those of other machines."""
KEPT = 24 * 60 * 60
"""Seconds that dropped files are kept."""

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


def build(host: PageHost, out: str, stop: threading.Event, allowed: Allowed = NONE) -> FastAPI:
    """The page for a checkpoint, its pictures in the folder `out`; setting `stop` ends what is being made.

    Raises:
        PureNegativeError: the folder can't be made.
    """
    gr.set_static_paths([output.folder_at(out).resolve()])
    with gr.Blocks(title="Pure negative", analytics_enabled=False, delete_cache=(KEPT, KEPT)) as blocks:
        events.wire(layout.build(host), host, events.Run(out, stop), blocks)
    texts = language.translated(blocks)
    app = FastAPI(openapi_url=None, middleware=[*_around(allowed), Middleware(language.Language, host=host)])
    app.mount(layout.YIELD, asgi.Application(Web(out=Path(out)), allowed))
    return gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=ADDRESS,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        i18n=texts,
        show_error=False,
        theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        css=layout.CSS + _beside("style.css"),
        head=f"{HEAD}<script>{_beside('javascript/pure_negative_panel.js')}</script>",
    )


def _around(allowed: Allowed) -> list[Middleware]:
    return [Middleware(Policy), Middleware(Guard, allowed=allowed)]


def _beside(name: str) -> str:
    """A file that the WebUI picks up by itself; it lies beside the package, and an installed package has none."""
    path = Path(__file__).parent.parent.parent / name
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
    """Refuses foreign names, what another site's page asks for, and every file of the disk that is no picture.

    gradio would take a file from any page, and show what lies among the pictures as a page of this one's own.
    """

    def __init__(self, app: Any, allowed: Allowed = NONE) -> None:
        self.app, self.allowed = app, allowed

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """One request, as ASGI has it."""
        refused = _refusal(scope, self.allowed) if scope["type"] in ("http", "websocket") else None
        if refused and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await (asgi.respond(send, refused) if refused else self.app(scope, receive, send))


def _refusal(scope: Message, allowed: Allowed) -> Answer | None:
    headers, method = asgi.headers_of(scope), scope.get("method", "GET")
    if misnamed := security.misnamed(400, headers, allowed):
        return misnamed
    if not scope["path"].startswith(_PARTS) and origin.is_foreign(method, headers, allowed):
        return security.refused(403, origin.refusal(headers, allowed))
    found = _FILE.search(scope["path"])
    if found and ("://" in found[1] or PurePosixPath(found[1]).suffix.lower() != ".png"):
        return security.refused(403, "only picture files can be opened here.")
    return None
