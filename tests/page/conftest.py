"""The page's own server, started once as a user starts it, and a browser."""

from __future__ import annotations

import importlib.util
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import chromium

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 180


@dataclass(frozen=True)
class Server:
    """A page that is served, and where its pictures go."""

    url: str
    outputs: Path
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rsplit(":", 1)[1])

    def pictures(self) -> list[Path]:
        return sorted(self.outputs.glob("*.png"))


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pure_negative", "ui", *words]


def environment(folder: Path) -> dict[str, str]:
    """Ours, with the user's own presets kept out."""
    own = {"PYTHONPATH": str(ROOT), "PURE_NEGATIVE_DATA": str(folder / "data"), "HF_HUB_OFFLINE": "1"}
    return {**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1"}


def _hearing_ctrl_c() -> None:
    """Undo what the tests themselves may have been started with: a shell's background jobs don't hear Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Server]:
    """`python -m pure_negative ui` on a free port, in a folder of its own."""
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("PAGE TESTS SKIPPED: gradio is not installed (requirements-ui.txt)")
    log = folder / "log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command("--port", "0", *words),
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=None if os.name == "nt" else _hearing_ctrl_c,
        )
        try:
            yield Server(_first_line(process, log), folder / "outputs", process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            process.stdout.close()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(process.stdout.readline()), daemon=True).start()
    line = lines.get(timeout=PATIENCE).strip()
    assert line.startswith("http://127.0.0.1:"), log.read_text(encoding="utf-8")
    return line


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    with chromium.opened(tmp_path / "profile") as found:
        yield found
