"""The page's server: on 127.0.0.1 alone, with nothing from elsewhere in the page."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.io import loopback, paths, validate
from pure_negative.io.loopback import ADDRESS
from pure_negative.page.host import PageHost
from pure_negative.preset import library
from pure_negative.yields.web import origin


def run(port: object, options: EngineOptions, out: str, allowed_hosts: str | None = None) -> int:
    """The `ui` command: serve the page until it is interrupted.

    Raises:
        PureNegativeError: gradio or the engine is not installed, no such checkpoint, or the port is taken.
    """
    number = validate.whole(port, "--port", 0, 65_535)
    allowed = origin.allowed(allowed_hosts)
    paths.refuse_gone_folder()
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
    try:
        from pure_negative.page import app

        import uvicorn  # isort: skip - what gradio brings along is not what is missed first
    except ImportError as error:
        raise PureNegativeError(
            f"ui: {error.name} is not installed; run 'python3 run.py ui', or pip install 'pure-negative[ui]'."
        ) from None
    with bound(number) as listening:
        stop = threading.Event()
        config = uvicorn.Config(
            app.build(PageHost.open(options), out, stop, allowed), log_level="warning", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        server.handle_exit = leaver(server, stop)
        for problem in library.Library().look_through():
            print(f"presets: {problem}", file=sys.stderr)
        print(f"http://{ADDRESS}:{listening.getsockname()[1]}/", flush=True)
        server.run(sockets=[listening])
    return 0


def leaver(server: Any, stop: threading.Event) -> Callable[[int, Any], None]:
    """What Ctrl-C does: the picture at hand is given up, and what pages still wait for is broken off without a word."""
    usual = server.handle_exit

    def leave(number: int, frame: Any) -> None:
        stop.set()
        logging.disable()
        usual(number, frame)

    return leave


def bound(port: int) -> socket.socket:
    """A socket that listens on this machine alone; port 0 is any free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let two programs share the port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise loopback.refused(port, error) from None
    return listening
