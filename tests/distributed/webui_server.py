"""A small WebUI's API on loopback, with our route or not, that answers as it is told."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pure_negative import output
from pure_negative.planning.request import Request
from tests.fakes import FakeRenderer
from tests.sheet.making import plain

HASH = FakeRenderer.model.hash
Answer = tuple[int, Any]
Special = Callable[[str, Any], "Answer | None"]
"""By path and body, an answer in the place of the usual one."""
SAMPLERS = {"sampler_name": "sampler"}


class WebUI:
    """What it was asked for, and how it answers."""

    def __init__(self, extension: bool, auth: str = "", special: Special = lambda *_: None, model: str = HASH) -> None:
        self.extension, self.auth, self.special, self.model = extension, auth, special, model
        self.asked: list[tuple[str, Any]] = []
        self.url = ""

    def answer(self, path: str, body: Any) -> Answer:
        self.asked.append((path, body))
        found = self.special(path, body)
        if found is not None:
            return found
        if path == "/sdapi/v1/options":
            return 200, {"sd_model_checkpoint": f"sub/fake.safetensors [{self.model}]", "sd_checkpoint_hash": None}
        if path == "/sdapi/v1/memory":
            return 200, {"cuda": {"error": "unavailable"}}
        if path == "/sdapi/v1/txt2img":
            return 200, self.txt2img(body)
        if path == "/pure-negative/v1/render" and self.extension:
            return 200, self.facts() if body is None else {"pictures": [self.cell(each) for each in body["pictures"]]}
        return 404, {"detail": "Not Found"}

    def facts(self) -> dict[str, str]:
        return {"model": "fake", "hash": self.model, "device": "A GPU", "precision": "half precision", "vae": "kl.pt"}

    def cell(self, entry: dict[str, Any]) -> dict[str, str]:
        packed = entry.pop("packed")
        text = f"{entry['prompt']}\nSteps: 2, Sampler: Euler, Size: 64x64, Pure negative: {packed}"
        return {"png": encoded(output.png(plain(Request(**entry)), text)), "text": text}

    def txt2img(self, body: dict[str, Any]) -> dict[str, Any]:
        settings = body["override_settings"]
        request = Request(
            **{name: body[name] for name in ("prompt", "negative_prompt", "width", "height", "cfg_scale", "steps")},
            sampler=body["sampler_name"],
            scheduler=body["scheduler"],
            seed=body["seed"],
            clip_skip=settings["CLIP_stop_at_last_layers"],
            emphasis=settings["emphasis"],
        )
        info = {"infotexts": ["a\nSteps: 2, Version: v1.10.1"], "sd_model_hash": self.model}
        return {"images": [encoded(output.png(plain(request), "x"))], "info": json.dumps(info)}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@contextlib.contextmanager
def serving(webui: WebUI) -> Iterator[WebUI]:
    """The WebUI on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            self.reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def reply(self, body: Any) -> None:
            if webui.auth and self.headers.get("Authorization") != webui.auth:
                status, found = 401, {"detail": "Incorrect username or password"}
            else:
                status, found = webui.answer(self.path, body)
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    webui.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield webui
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
