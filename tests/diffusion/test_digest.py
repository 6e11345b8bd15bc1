"""Hashes: right whatever is kept, and not worked out twice for a large file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pure_negative.diffusion import digest
from pure_negative.io import paths


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as large, and a cache of its own."""
    monkeypatch.setenv(paths.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(digest, "KEPT_FROM", 4)
    (tmp_path / "a.safetensors").write_bytes(b"weights")
    return tmp_path / "a.safetensors"


def right(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_large_file_is_read_once(large: Path, monkeypatch: pytest.MonkeyPatch):
    first = digest.sha256(large)
    assert first == right(large)
    monkeypatch.setattr(digest.hashlib, "sha256", lambda: pytest.fail("the file was read again"))
    assert digest.sha256(large) == first


def test_a_file_that_changed_is_read_again(large: Path):
    digest.sha256(large)
    large.write_bytes(b"others!")
    os.utime(large, (1, 1))
    assert digest.sha256(large) == right(large)
    large.write_bytes(b"longer than before")
    os.utime(large, (1, 1))
    assert digest.sha256(large) == right(large)


@pytest.mark.parametrize("kept", [b"", b"[]", b"{", b'{"KEY": [7, 1, "no digest"]}', b'{"KEY": 5}', b"\xff"])
def test_what_is_kept_and_can_not_be_read_does_not_matter(large: Path, kept: bytes):
    digest.sha256(large)
    stored = paths.cache_folder() / digest.FILE
    os.utime(large, ns=(1, 1))
    stored.write_bytes(kept.replace(b"KEY", str(large.resolve()).encode()))
    assert digest.sha256(large) == right(large)


def test_a_cache_that_can_not_be_written_is_done_without(large: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(paths.CACHE_VARIABLE, str(large / "below"))
    assert digest.sha256(large) == right(large)


def test_a_small_file_leaves_nothing_behind(large: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digest, "KEPT_FROM", 100)
    assert digest.sha256(large) == right(large)
    assert not paths.cache_folder().exists()
