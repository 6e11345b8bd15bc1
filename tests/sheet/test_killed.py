"""A sheet killed at any moment: nothing broken, nothing lost, nothing made twice, the same sheet in the end."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from pure_negative.sheet import store
from pure_negative.sheet.draw import finish, layout
from tests.fakes import FakeRenderer
from tests.sheet.making import begin, make, sheet

ROOT = Path(__file__).parent.parent.parent
KILLS = 10


def finished(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every cell that is there, with when it was written; each must be a whole picture."""
    found = {}
    for path in (folder / "cells").glob("[!.]*"):
        with Image.open(path) as image:
            image.load()
            assert image.text["parameters"]
        found[path.name] = (path.stat().st_mtime_ns, path.read_bytes())
    return found


def kill_on_the_way(folder: Path, batches: int, seconds: float) -> bool:
    """Start a run, kill it so long after so many batches were rendered; whether that was before its end."""
    command = [sys.executable, "-m", "tests.sheet.making", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1 + batches)]
        assert lines == ["ready\n", *["batch\n"] * batches]
        time.sleep(seconds)
        process.kill()
        return "made" not in process.stdout.read()


def test_a_sheet_killed_ten_times_is_the_one_made_in_peace(tmp_path):
    peaceful = begin(tmp_path / "peace", sheet("W: 0.1-0.8 [8]", "CFG: 3-10"))
    killed = tmp_path / "killed" / "sheet-0000"
    shutil.copytree(peaceful.path, killed)
    make(peaceful, largest=4)
    moments = random.Random(4)
    before: dict[str, tuple[int, bytes]] = {}
    on_the_way = 0
    for _ in range(KILLS):
        on_the_way += kill_on_the_way(killed, moments.randint(0, 3), moments.uniform(0.0, 0.04))
        now = finished(killed)
        assert {name: now[name] for name in before} == before
        before = now
    assert before
    assert on_the_way > KILLS // 2
    resumed = store.reopen(killed, FakeRenderer.model)
    make(resumed, largest=4)
    now = finished(killed)
    assert {name: now[name] for name in before} == before
    assert {name: data for name, (_, data) in now.items()} == {
        name: data for name, (_, data) in finished(peaceful.path).items()
    }
    assert len(now) == 64
    drawn = [finish.finish(folder, layout.plan(folder.sheet)) for folder in (peaceful, resumed)]
    for one, other in zip(drawn[0].pictures + drawn[0].maps, drawn[1].pictures + drawn[1].maps, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert drawn[0].page.read_bytes() == drawn[1].page.read_bytes()
    assert not [*killed.rglob("*.part")]
