"""The third layer: the real WebUI named by WEBUI_DIR; skipped, loudly, without one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real import hosts
from tests.real import server as servers

OF_ONE_HOST = frozenset({hosts.SDNEXT.only})
"""Files of tests for one host alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    if os.environ.get("WEBUI_DIR"):
        _leave_out(here, hosts.here())
        return
    for item in here:
        item.add_marker(pytest.mark.skip(reason="REAL WEBUI LAYER SKIPPED: set WEBUI_DIR to a WebUI's folder"))


def _leave_out(items: list[pytest.Item], host: hosts.Host) -> None:
    """Skip what can't pass on this WebUI, with the reason."""
    for item in items:
        reason = host.left_out.get(item.name) or host.left_out.get(item.name.partition("[")[0])
        if item.path.name in OF_ONE_HOST and item.path.name != host.only:
            reason = "it is about another host"
        elif host.only and item.path.name != host.only:
            reason = f"what there is of ours is in {host.only}"
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"NOT ON {host.name}: {reason}"))


@pytest.fixture(scope="session")
def webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """The WebUI with our extension and two neighbours, on a fresh install's settings."""
    with servers.running(tmp_path_factory.mktemp("data") / "with", True, neighbours=True) as server:
        yield server


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """The WebUI without our extension."""
    with servers.running(tmp_path_factory.mktemp("data") / "bare", False, neighbours=True) as server:
        yield server


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[object]:
    """A headless Chromium."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("BROWSER TESTS SKIPPED: chromium and chromedriver are not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    flags = "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    for flag in f"{flags} disable-component-update disable-sync window-size=1400,1500".split():
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    options.add_experimental_option("prefs", {"download.default_directory": str(tmp_path)})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()
