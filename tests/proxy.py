"""A small reverse proxy, as people put one before a page: another name, another port, another Host behind it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = "MAP sd.example.org 127.0.0.1, MAP evil.example 127.0.0.1"
"""For Chromium's `--host-resolver-rules`: the names under which the proxy and a foreign site are asked for."""
_HOPS = ("connection", "keep-alive", "transfer-encoding", "te", "upgrade")


@dataclass
class Proxy:
    """Where it listens, and every request that came through: method, path, origin, status."""

    port: int
    seen: list[tuple[str, str, str, int]] = field(default_factory=list)


Headers = Callable[[str], Mapping[str, str]]
"""What the proxy sets of headers for the Host it was asked for."""


def rewriting(port: int, forwarded: Mapping[str, str] | None = None) -> Headers:
    """The Host of what is behind, and `forwarded`, in which `{host}` and `{name}` are what was asked for."""

    def made(host: str) -> dict[str, str]:
        known = {"host": host, "name": host.partition(":")[0]}
        return {"Host": f"127.0.0.1:{port}"} | {
            name: value.format(**known) for name, value in (forwarded or {}).items()
        }

    return made


@contextmanager
def before(port: int, headers: Headers = lambda host: {"Host": host}) -> Iterator[Proxy]:
    """A proxy before what listens on that port; with no other headers it passes all on as it is, like a tunnel."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept = {name: value for name, value in self.headers.items() if name.lower() not in (*_HOPS, "host")}
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as behind:
                behind.request(self.command, self.path, body or None, kept | dict(headers(self.headers["Host"])))
                self.hand_on(behind.getresponse())

        def hand_on(self, answer: http.client.HTTPResponse) -> None:
            proxy.seen.append((self.command, self.path, self.headers.get("Origin", ""), answer.status))
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOPS:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            with answer:
                while part := answer.read1(65536):
                    self.wfile.write(part)
                    self.wfile.flush()

        do_GET = do_POST = do_OPTIONS = do_HEAD = handle_any  # noqa: N815 - the server's own names

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    with serving(Handler) as found:
        proxy = Proxy(found)
        yield proxy


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server of its own thread; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - a browser that has gone
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def site(page: str) -> Iterator[int]:
    """Another site: one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    with serving(Handler) as port:
        yield port
