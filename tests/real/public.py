"""Extensions of others, taken as they are: their folders lie in PUBLIC_EXTENSIONS, and are no part of this project.

PUBLIC_EXTENSIONS_PYTHON is a folder of the Python packages that some of them need.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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

    prompt: str = "a red cat"
    """One at which it acts."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the WebUI's file of settings has of it where it was used before."""

    def fields(self, server: servers.Server) -> dict[str, Any]:
        """What a request has that switches it on."""
        known = [each["name"] for each in server.get("/sdapi/v1/script-info")[1]]
        titles = [name for name in known if self.title and name.startswith(self.title.lower())]
        on = {"alwayson_scripts": {titles[0]: {"args": list(self.on)}}} if titles else {}
        return {"prompt": self.prompt, **on}


DYNAMIC_PROMPTS = {
    "dp_ignore_whitespace": False,
    "dp_write_raw_template": False,
    "dp_write_prompts_to_file": False,
    "dp_parser_variant_start": "{",
    "dp_parser_variant_end": "}",
    "dp_parser_wildcard_wrap": "__",
    "dp_limit_jinja_prompts": False,
    "dp_auto_purge_cache": True,
    "dp_wildcard_manager_no_dedupe": False,
    "dp_wildcard_manager_no_sort": False,
    "dp_wildcard_manager_shuffle": False,
    "dp_magicprompt_batch_size": 1,
}
"""At e8326b5 it has no settings in a WebUI since v1.9 whose file has none, and draws nothing (its issue 754)."""
KNOWN = (
    Extension(
        "sd-dynamic-thresholding",
        "Dynamic Thresholding (CFG Scale Fix)",
        (True, 5.0, 95.0, "Constant", 0.0, "Constant", 0.0, 4.0, "enable", "MEAN", "AD", 1.0),
        "Dynamic thresholding enabled: True",
    ),
    Extension("sd-webui-cads", "CADS", (True, 0.2, 0.9, 0.25, 1.0, True, False), "CADS Active: True", alone=True),
    Extension("sd-webui-negpip", "NegPiP", (True,), "NegPiP Active: True", prompt="a red cat, (old:-1.2)"),
    Extension("sd-dynamic-prompts", "Dynamic Prompts", (True,), settings=DYNAMIC_PROMPTS),
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
    if extension.settings:
        (data / "config.json").write_text(json.dumps(dict(extension.settings)))
    counting = data / "extensions" / "counting" / "scripts"
    counting.mkdir(parents=True)
    shutil.copy2(Path(__file__).parent / "neighbours" / "scripts" / "counting.py", counting)
    with servers.running(data, True) as server:
        yield server
