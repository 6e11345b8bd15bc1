"""The embedded checkpoint: the same bytes, mended where damaged, with no torch, in a folder the WebUI can read."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pure_negative import errors
from pure_negative.diffusion import embedded
from tests.diffusion.conftest import WORDS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    embedded.ensure(tmp_path)
    return tmp_path


def _contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_its_weights_are_the_known_bytes(folder: Path):
    contents = _contents(folder)
    assert contents["pure-negative-embedded.safetensors"] == embedded.SHA256
    assert set(contents) == {
        "pure-negative-embedded.safetensors", "pure-negative-embedded.yaml",
        *(f"pure-negative-embedded/{name}" for name in (
            "config.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json")),
    }  # fmt: skip


def test_a_whole_one_is_left_alone(folder: Path):
    before = {path: path.stat().st_mtime_ns for path in _files(folder)}
    assert embedded.ensure(folder) == folder / "pure-negative-embedded.safetensors"
    assert {path: path.stat().st_mtime_ns for path in _files(folder)} == before


@pytest.mark.parametrize("damage", ["changed", "cut off", "emptied", "removed"])
@pytest.mark.parametrize("which", range(7))
def test_damage_is_mended(folder: Path, damage: str, which: int):
    before = _contents(folder)
    path = sorted(_files(folder))[which]
    data = path.read_bytes()
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes({"changed": data[:-1] + bytes([data[-1] ^ 1]), "cut off": data[:-100], "emptied": b""}[damage])
    embedded.ensure(folder)
    assert _contents(folder) == before


def test_the_yaml_names_the_text_encoder_by_its_absolute_path(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    embedded.ensure(Path("models"))
    config = yaml.safe_load((folder / "models" / "pure-negative-embedded.yaml").read_text(encoding="utf-8"))
    version = config["model"]["params"]["cond_stage_config"]["params"]["version"]
    assert version == str(folder / "models" / "pure-negative-embedded")


def test_making_it_needs_no_torch(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from pure_negative.diffusion import embedded;"
        "embedded.ensure(Path(sys.argv[1])); print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_cache_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PURE_NEGATIVE_CACHE", str(tmp_path / "own"))
    assert embedded.ensure().parent == tmp_path / "own"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("PURE_NEGATIVE_CACHE", "~/pictures")
    assert embedded.cache_folder() == tmp_path / "pictures"
    monkeypatch.delenv("PURE_NEGATIVE_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert embedded.cache_folder() == tmp_path / "xdg" / "pure-negative"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert embedded.cache_folder() == tmp_path / "local" / "pure-negative"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(errors.PureNegativeError, match="PURE_NEGATIVE_CACHE"):
        embedded.ensure(tmp_path / "taken")


def test_its_tokenizer_knows_the_seeds_words(folder: Path):
    vocabulary = json.loads((folder / "pure-negative-embedded" / "vocab.json").read_text(encoding="utf-8"))
    words = {part for word in WORDS for part in word.split("_")} | {"anatomy", "hands", "quality", "fingers", ","}
    assert {f"{word}</w>" for word in words} <= set(vocabulary)
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
