"""Extensions of others, taken as they are: their folders lie in PUBLIC_EXTENSIONS, and are no part of this project.

PUBLIC_EXTENSIONS_PYTHON is a folder of the Python packages that some of them need.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.real import server as servers


@dataclass(frozen=True)
class Extension:
    """One of them: its folder's name, the title of its script, and the arguments that switch it on."""

    name: str
    title: str = ""
    on: tuple[Any, ...] = ()
    says: str = ""
    """What it writes into the parameters of a picture while it is on."""

    alone: bool = False
    """Whether its cells are made one at a time."""

    def fields(self, server: servers.Server) -> dict[str, Any]:
        """What a request has that switches it on."""
        known = [each["name"] for each in server.get("/sdapi/v1/script-info")[1]]
        titles = [name for name in known if self.title and name.startswith(self.title.lower())]
        return {"alwayson_scripts": {titles[0]: {"args": list(self.on)}}} if titles else {}


KNOWN = (
    Extension(
        "sd-dynamic-thresholding",
        "Dynamic Thresholding (CFG Scale Fix)",
        (True, 5.0, 95.0, "Constant", 0.0, "Constant", 0.0, 4.0, "enable", "MEAN", "AD", 1.0),
        "Dynamic thresholding enabled: True",
    ),
    Extension("sd-webui-cads", "CADS", (True, 0.2, 0.9, 0.25, 1.0, True, False), "CADS Active: True", alone=True),
    Extension("sd-webui-negpip", "NegPiP", (True,), "NegPiP Active: True"),
    Extension("sd-dynamic-prompts", "Dynamic Prompts", (True,)),
    Extension("Config-Presets"),
    Extension("a1111-sd-webui-tagcomplete"),
    Extension("sd-webui-agent-scheduler"),
    Extension("sd-webui-prompt-all-in-one"),
    Extension("adetailer"),
    Extension("sd-webui-controlnet"),
)


def here(extension: Extension) -> Path:
    """Its folder; without one the test is skipped, loudly."""
    folder = Path(os.environ.get("PUBLIC_EXTENSIONS", "nowhere")) / extension.name
    if not folder.is_dir():
        pytest.skip(f"PUBLIC EXTENSION NOT THERE: put {extension.name} into the folder that PUBLIC_EXTENSIONS names")
    return folder


@contextlib.contextmanager
def running(extension: Extension, data: Path) -> Iterator[servers.Server]:
    """The WebUI with our extension and this one."""
    servers.prepare(data, True, neighbours=False)
    servers.speak(data, servers.localization(), os.environ.get("WEBUI_LANGUAGE_PACK", ""))
    shutil.copytree(here(extension), data / "extensions" / extension.name)
    (data / "ui-config.json").write_text("{}")  # as after a first start: NegPiP reads it while it is loaded
    counting = data / "extensions" / "counting" / "scripts"
    counting.mkdir(parents=True)
    shutil.copy2(Path(__file__).parent / "neighbours" / "scripts" / "counting.py", counting)
    with servers.running(data, True) as server:
        yield server
