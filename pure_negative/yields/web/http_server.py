"""The judging page on this machine alone, by `http.server`: judging must work where no web framework is installed."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pure_negative.io import http_body, loopback
from pure_negative.io.loopback import ADDRESS
from pure_negative.yields.web import security
from pure_negative.yields.web.app import Answer, Web
from pure_negative.yields.web.origin import NONE, Allowed
from pure_negative.yields.web.params import LARGEST_BODY

SLOWEST = 30
"""Seconds a browser may take to send a request."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would let two programs share the port

    def __init__(self, port: int, web: Web, allowed: Allowed) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.web, self.allowed = web, allowed

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A traceback, but for a browser that has gone, which is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = SLOWEST

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isdecimal() or len(size) > len(str(LARGEST_BODY)) or int(size) > LARGEST_BODY:
            self.close_connection = True
            self._send(security.refused(413, str(http_body.too_large(LARGEST_BODY))))
            return
        self._respond(self.rfile.read(int(size)))

    def _respond(self, body: bytes) -> None:
        given, allowed = security.joined(self.headers.items()), self.server.allowed
        path, _, query = self.path.partition("?")
        refused = security.misnamed(403, given, allowed) or security.refusal(self.command, given, allowed)
        self._send(refused or self.server.web.answer(self.command, path, query, body))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in security.headers(answer).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """The command line is for what the user should know."""


@contextmanager
def listening(web: Web, port: int = 0, allowed: Allowed = NONE) -> Iterator[str]:
    """The page, served as long as this lasts; its address. Port 0 is any free one.

    It answers to this machine's own names at any port, as through a tunnel, and to those that are allowed.

    Raises:
        PureNegativeError: the port is taken.
    """
    try:
        server = _Server(port, web, allowed)
    except OSError as error:
        raise loopback.refused(port, error) from None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://{ADDRESS}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        web.close()
