"""What the commands' tests share."""

from __future__ import annotations

import pytest

from pure_negative.diffusion import loading
from tests.sheet.making import SheetRenderer


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> SheetRenderer:
    """A renderer in the place of the engine, whatever checkpoint is asked for."""
    renderer = SheetRenderer()
    monkeypatch.setattr(loading, "engine", lambda checkpoint: renderer)
    return renderer
