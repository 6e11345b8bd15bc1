"""Start any WebUI named by WEBUI_DIR, or use a running one, and talk to it.

WEBUI_DIR is the folder of an installed WebUI, started here with a data folder of its own, so that nothing of the user's
is touched; WEBUI_PYTHON is its Python (default: its venv's), WEBUI_ARGS its start options (default: CPU).
WEBUI_LOCALIZATION is the language it is set to (as its setting *Localization* names it), WEBUI_LANGUAGE_PACK the folder
of an extension with a language pack.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shlex
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.real import hosts

ROOT = Path(__file__).resolve().parents[2]
NAME = "sd-webui-pure-negative"
PATIENCE = 300


@dataclass(frozen=True)
class Server:
    """A running WebUI: its address, its process, and the data folder it was given."""

    url: str
    data: Path
    log: Path
    pid: int = 0

    @property
    def outputs(self) -> Path:
        """Where it keeps pictures."""
        return self.data / hosts.here().outputs

    def starts(self) -> int:
        """How often its page was built."""
        return self.log.read_text(errors="replace").count("Startup time:")

    def get(self, path: str, auth: str = "") -> tuple[int, Any]:
        return self._send(urllib.request.Request(self.url + path), auth)

    def post(self, path: str, body: Any, auth: str = "") -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        return self._send(request, auth)

    def _send(self, request: urllib.request.Request, auth: str) -> tuple[int, Any]:
        if auth:
            request.add_header("Authorization", "Basic " + base64.b64encode(auth.encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            with contextlib.suppress(ValueError):
                return error.code, json.loads(text)
            return error.code, text

    def txt2img(self, args: list[Any] | None = None, **fields: Any) -> tuple[int, Any]:
        """POST a small request; `args` are our script's arguments, None leaves the script out."""
        body: dict[str, Any] = {"prompt": "", "width": 64, "height": 64, "steps": 3, "seed": 5, **fields}
        if body.get("enable_hr"):
            body = {**hosts.here().hires, **body}
        if args is not None:
            body["alwayson_scripts"] = {**body.get("alwayson_scripts", {}), "Pure negative": {"args": args}}
        return self.post("/sdapi/v1/txt2img", body)

    def pictures(self, args: list[Any] | None = None, **fields: Any) -> tuple[list[Image.Image], list[str]]:
        """The pictures and infotexts of a request that must succeed."""
        status, answer = self.txt2img(args, **fields)
        assert status == 200, answer
        return [picture(text) for text in answer["images"]], json.loads(answer["info"])["infotexts"]

    def plot_args(self, axes: list[tuple[str, str]]) -> list[Any]:
        """X/Y/Z plot's arguments for axes as label and typed values; by their labels, since some hosts have more."""
        known = self.get("/sdapi/v1/script-info")[1]
        (plot,) = (each for each in known if each["name"] == "x/y/z plot" and not each["is_img2img"])
        values = [each["value"] for each in plot["args"]]
        labels = plot["args"][0]["choices"]
        for place, (label, text) in enumerate([*axes, *[("Nothing", "")] * (3 - len(axes))]):
            values[3 * place : 3 * place + 3] = [labels.index(label), text, []]
        for place, each in enumerate(plot["args"]):
            if each["label"] in ("Include Sub Images", "Use text inputs instead of dropdowns"):
                values[place] = True
        return values


def picture(encoded: str) -> Image.Image:
    """A picture of an API answer."""
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


@contextlib.contextmanager
def running(
    data: Path, extension: bool, *options: str, neighbours: bool = False, models: Callable[[Path], Any] | None = None
) -> Iterator[Server]:
    """A WebUI with a data folder of its own, the embedded checkpoint in it or what `models` puts there, and our
    extension or not.

    A folder that is there is used as an earlier WebUI left it.
    """
    if not data.exists():
        prepare(data, extension, neighbours, models)
        speak(data, localization(), os.environ.get("WEBUI_LANGUAGE_PACK", ""))
    port, log = free_port(), data / "log.txt"
    with log.open("wb") as sink:
        words = [*command(), "--port", str(port), "--data-dir", str(data), *options]
        process = subprocess.Popen(words, cwd=webui_dir(), env=environment(data), stdout=sink, stderr=sink)
    try:
        server = Server(f"http://127.0.0.1:{port}", data, log, process.pid)
        wait(server, process)
        if hosts.here().settings:
            server.post("/sdapi/v1/options", dict(hosts.here().settings))
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def webui_dir() -> Path:
    return Path(os.environ["WEBUI_DIR"])


def command() -> list[str]:
    folder = webui_dir()
    default = folder / ("venv/Scripts/python.exe" if os.name == "nt" else "venv/bin/python")
    python = os.environ.get("WEBUI_PYTHON", str(default))
    options = [each.format(folder=folder) for each in shlex.split(os.environ.get("WEBUI_ARGS", hosts.here().options))]
    return [python, "launch.py", *hosts.here().own_options, "--api", *options]


def environment(data: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(data / "gradio"),
        "PYTHONPATH": os.environ.get("PUBLIC_EXTENSIONS_PYTHON", ""),
    }


def prepare(data: Path, extension: bool, neighbours: bool, models: Callable[[Path], Any] | None = None) -> None:
    (data / "extensions").mkdir(parents=True)
    for name, kept in {"config.json": hosts.here().config, "ui-config.json": hosts.here().page}.items():
        if kept:
            (data / name).write_text(json.dumps(dict(kept)), encoding="utf-8")
    (models or hosts.here().put_checkpoint)(data / "models" / "Stable-diffusion")
    if extension:
        kept = (
            "scripts",
            "pure_negative",
            "presets",
            "javascript",
            "localizations",
            "install.py",
            "metadata.ini",
            "style.css",
        )
        for name in kept:
            source, target = ROOT / name, data / "extensions" / NAME / name
            target.parent.mkdir(exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    if neighbours:
        shutil.copytree(Path(__file__).parent / "neighbours", data / "extensions" / "neighbours")


def speak(data: Path, language: str, pack: str = "") -> None:
    """Set the language, as its name stands in the settings, and install the extension that a language pack is."""
    if language:
        settings = {**hosts.here().config, "localization": language}
        (data / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    if pack:
        shutil.copytree(pack, data / "extensions" / Path(pack).name)


def localization() -> str:
    """The language that the WebUI is set to; empty for English."""
    return os.environ.get("WEBUI_LOCALIZATION", "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Until the log says that it started: a request that comes earlier makes the WebUI's own start-up fail."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the WebUI ended while starting:\n{server.log.read_text(errors='replace')[-3000:]}")
        if "Startup time:" in server.log.read_text(errors="replace"):
            return
        time.sleep(0.5)
    raise RuntimeError(f"the WebUI did not answer in {PATIENCE} s")
