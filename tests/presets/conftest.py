"""Tests of presets: each has a folder of its own for the user's presets."""

from __future__ import annotations

import pytest

from pure_negative import library


@pytest.fixture(autouse=True)
def shelf(tmp_path, monkeypatch) -> library.Library:
    """The library over an empty folder of the user's own, which every part of the program sees."""
    monkeypatch.setenv(library.FOLDER_VARIABLE, str(tmp_path / "data"))
    return library.Library()
