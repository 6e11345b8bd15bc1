"""What every test shares: the same hypothesis examples everywhere, and a last word on which layers ran.

PURE_NEGATIVE_EXAMPLES says how many examples hypothesis draws.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pure_negative.preset import library
from pure_negative.yields.db.store import Judgements

settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("PURE_NEGATIVE_EXAMPLES", "300")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

LAYERS: Mapping[str, str] = {
    "core": "",
    "engine": "",
    "parity": "",
    "stand-in": "`python3 run.py test` runs it in an environment of its own, with the WebUI's pins",
    "real WebUI": "set WEBUI_DIR to the folder of a WebUI v1.10.1",
    "ray": "needs what `python3 run.py sheet --workers 2 …` installs",
    "browser": "needs WEBUI_DIR, and chromium with chromedriver",
}
"""Layer → what it needs that may not be there."""
FOLDERS: Mapping[str, str] = {"diffusion": "engine", "webui": "engine", "standin": "stand-in", "real": "real WebUI"}


@pytest.fixture
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is the user's own, never the real one."""
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def shelf(user_folder: Path) -> library.Library:
    """The library over an empty folder of the user's own, which every part of the program sees."""
    return library.Library()


@pytest.fixture
def judgements(user_folder: Path) -> Iterator[Judgements]:
    """A file of judgements for one test."""
    with Judgements() as found:
        yield found


def layer(nodeid: str) -> str:
    """The layer of a test, from its folder, and from its file where a folder holds two layers."""
    parts = Path(nodeid.split("::")[0]).parts
    for name in ("parity", "browser", "ray"):
        if name in parts[-1]:
            return name
    return FOLDERS.get(parts[1] if len(parts) > 2 else "", "core")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each layer, so that one that did not run is never taken for one that passed."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in LAYERS}
    for outcome in ("passed", "failed", "error", "skipped", "xfailed"):
        for report in terminalreporter.stats.get(outcome, []):
            counts[layer(report.nodeid)][outcome] += 1
    terminalreporter.section("layers")
    for name, found in counts.items():
        ran = ", ".join(f"{count} {outcome}" for outcome, count in found.items()) or "NOT RUN"
        reason = LAYERS[name] if set(found) <= {"skipped"} else ""
        if name == "stand-in" and not found and os.environ.get("PURE_NEGATIVE_STANDIN"):
            ran, reason = os.environ["PURE_NEGATIVE_STANDIN"], ""
        terminalreporter.write_line(f"{name:>10}: {ran}{reason and f' ({reason})'}")
