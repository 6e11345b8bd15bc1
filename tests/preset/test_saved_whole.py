"""A preset is there whole or not at all: killed programs, two programs at once, and 5,000 things from strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative.preset import user_store
from pure_negative.preset.model import Preset
from tests.preset import hostile, writers

ROOT = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    """A module of the tests in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    """What the process printed, once it has ended well."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2_000:]
    return out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_killed_in_a_hundred_saves_the_old_or_the_new_preset_is_there_whole(tmp_path):
    told = json.loads(finished(start("tests.preset.writers", "killed", tmp_path)))
    assert told["wrong"] == []
    assert told["seen"] == [1, 2]
    assert user_store.ids(tmp_path) == ["after", "mine"]


def test_two_programs_at_one_folder_lose_nothing_of_each_other(tmp_path):
    user_store.save(tmp_path, Preset("count", "Count", steps=1))
    both = [start("tests.preset.writers", "many", tmp_path, name) for name in ("one", "two")]
    for process in both:
        finished(process)
    wanted = {f"{name}-{number}" for name in ("one", "two") for number in range(writers.PRESETS)}
    assert set(user_store.ids(tmp_path)) == {*wanted, "count"}
    for name in wanted:
        assert user_store.load(tmp_path, name).steps == int(name.partition("-")[2]) + 1
    assert user_store.load(tmp_path, "count").steps == 1 + 2 * writers.COUNTS
    assert user_store.look_through(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the bound on memory is Linux's")
def test_of_5000_hostile_presets_none_is_taken_wrongly_or_gets_out_of_the_folder(tmp_path):
    """Each is answered in words within a second of work, and all of them together within 200 MB."""
    (tmp_path / "in").mkdir()
    told = json.loads(finished(start("tests.preset.hostile", tmp_path / "in")))
    assert told["wrong"] == []
    assert sum(told["kinds"].values()) == hostile.COUNT
    assert told["slowest"][0] < 1, told["slowest"]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    written = [path for path in (tmp_path / "in").rglob("*") if path.is_file()]
    assert {path.parent for path in written} == {tmp_path / "in" / "data" / "presets"}
    assert all(path.name == ".lock" or user_store.is_id(path.name.removesuffix(".yaml")) for path in written)
