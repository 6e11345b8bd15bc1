"""A file of judgements for each test, never the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pure_negative.yields.store import Judgements


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def judgements(data: Path) -> Iterator[Judgements]:
    with Judgements() as found:
        yield found
