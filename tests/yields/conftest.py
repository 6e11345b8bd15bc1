"""Tests of judgements: each has a folder of its own for what is the user's."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_folder(user_folder: Path) -> None:
    """Every part of the program sees it."""


@pytest.fixture
def data(user_folder: Path) -> Path:
    """That folder."""
    return user_folder
