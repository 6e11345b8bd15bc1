"""What loading the script files brings in: the WebUI's user waits for it at every start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from modules import script_loading, scripts

from tests.standin import driver

ROOT = Path(__file__).resolve().parents[2]
LIGHT = {
    "pure_negative",
    *(f"pure_negative.{name}" for name in ("errors", "io", "io.paths", "webui", "webui.callbacks", "webui.names")),
    *(f"pure_negative.webui.core{name}" for name in ("", ".lazy", ".parts", ".refusal")),
    *(f"pure_negative.webui.xyz{name}" for name in ("", ".register")),
    *(f"pure_negative.webui.{name}" for room in ("tick", "sheet", "yields") for name in (room, f"{room}.script")),
}
"""All that may be loaded with the script files; none of it does work."""


def ours() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pure_negative"}


@pytest.fixture
def loaded(webui: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """The script files, loaded as the WebUI does where nothing of ours was there: our folder on the path meanwhile."""
    kept = ours()
    for name in kept:
        del sys.modules[name]
    elsewhere = [place for place in sys.path if Path(place or ".").resolve() != ROOT]
    monkeypatch.setattr(sys, "path", [str(ROOT), *elsewhere])
    found = [script_loading.load_module(str(file)) for file in sorted((ROOT / "scripts").glob("*.py"))]
    monkeypatch.setattr(sys, "path", elsewhere)
    yield found
    for name in ours():
        del sys.modules[name]
    sys.modules.update(kept)


def test_loading_the_script_files_brings_in_next_to_nothing(loaded: list[ModuleType]) -> None:
    assert set(ours()) == LIGHT


def test_the_rest_is_found_when_our_folder_is_no_longer_on_the_path(loaded: list[ModuleType]) -> None:
    found = [value for module in loaded for value in vars(module).values() if isinstance(value, type)]
    made = [each() for each in found if issubclass(each, scripts.Script)]
    assert sorted(script.title() for script in made) == ["Pure negative", "Pure negative sheet", "Pure negative yield"]
    with driver.blocks():
        assert all(len(script.ui(False)) >= 5 for script in made)
    assert set(ours()) > LIGHT
