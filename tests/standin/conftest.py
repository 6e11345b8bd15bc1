"""The second layer: scripts/, webui/ and panel/ on a declared stand-in for the WebUI's modules, under the WebUI's pins.

`real.py` runs the same tests on the real modules.
"""

from __future__ import annotations

import copy
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GRADIO = "3.41.2"


def _pinned() -> bool:
    try:
        return importlib.metadata.version("gradio") == GRADIO
    except importlib.metadata.PackageNotFoundError:
        return False


if "modules" in sys.modules:  # the real ones, by `real.py`
    pass
elif _pinned():
    sys.path.insert(0, str(Path(__file__).parent / "host"))
else:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """What the WebUI's pins say of each other and of this Python is not ours to mend."""
    for filter_ in ("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::UserWarning:gradio"):
        config.addinivalue_line("filterwarnings", filter_)


@pytest.fixture(scope="session", autouse=True)
def webui() -> object:
    """The WebUI with this extension on a fresh install, its page built and its API up."""
    from tests.standin import driver

    return driver.start()


@pytest.fixture(autouse=True)
def as_installed() -> Iterator[None]:
    """Whatever a test sets, registers or loads, the next one finds the WebUI as it was started."""
    from modules import infotext_utils, script_callbacks, scripts, shared

    kept = [
        (shared.opts, ("data", "data_labels")),
        (shared.cmd_opts, ("api_auth",)),
        (shared.prompt_styles, ("styles",)),
        (scripts, ("scripts_txt2img", "scripts_img2img")),
    ]
    attributes = [(where, name, copy.copy(getattr(where, name))) for where, names in kept for name in names]
    loaded, pasted = list(scripts.scripts_data), dict(infotext_utils.paste_fields)
    callbacks = {category: list(found) for category, found in script_callbacks.callback_map.items()}
    yield
    for where, name, value in attributes:
        setattr(where, name, value)
    scripts.scripts_data[:] = loaded
    infotext_utils.paste_fields.update(pasted)
    for category, found in callbacks.items():
        script_callbacks.callback_map[category][:] = found
    getattr(script_callbacks, "ordered_callbacks_map", {}).clear()
