"""What is found in folders: each new picture once, whatever lies beside it and however the folder is spelt."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from pure_negative.cli import main
from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.yields import runs
from pure_negative.yields.db import database, picture
from pure_negative.yields.db.store import Judgements
from pure_negative.yields.web.app import Web
from tests.yields.making import opened, run_of, told


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "outputs").mkdir()
    return tmp_path / "outputs"


@pytest.fixture
def page(judgements, out):
    return Web(lambda: judgements, out)


def put(path: Path, seed: int, packed: str = "v1;preset=nai;w=0.5") -> Path:
    """A picture's file, with our own field as given."""
    text = told(seed).split("Pure negative: ")[0] + f"Pure negative: {packed}"
    Image.new("RGB", (512, 512)).save(path, pnginfo=infotext.png_info(text))
    return path


def found(page: Web) -> list[tuple[str, int]]:
    """The runs the page offers, each with its pictures."""
    answer = page.answer("GET", "/runs")
    told = json.loads(answer.body)
    assert answer.status == 200, told
    return [(run["name"], run["pictures"]) for run in told["runs"]]


def seeds(judgements: Judgements) -> list[int]:
    return [entry.seed for entry in judgements.entries(1)]


HOSTILE_PRESETS = ("\\ud800", "%1B]0;x%07", "%1B[31mRED%0Aline", "x" * 300, "a%00b")


@pytest.mark.parametrize("preset", HOSTILE_PRESETS, ids=range(len(HOSTILE_PRESETS)))
def test_a_preset_s_name_that_is_none_leaves_the_page_open_and_the_table_printable(page, judgements, out, preset):
    put(out / "a.png", 1)
    put(out / "b.png", 2, f'"v1;preset={preset};w=0.5"')
    assert found(page) == [("outputs", 2)]
    for entry in judgements.entries(1):
        judgements.judge("Ada", entry.key, 1)
    for form in ("text", "md", "csv"):
        answer = page.answer("GET", "/export", urlencode({"by": "preset", "format": form}))
        lines = answer.body.decode().split("\n")
        assert len(lines) == {"text": 4, "md": 5, "csv": 4}[form]
        assert all(line.isprintable() for line in lines)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as Unicode text")
def test_a_file_or_folder_whose_name_is_no_text_is_passed_and_the_others_are_judged(page, judgements, out, capsys):
    put(out / "a.png", 1)
    put(out / "d.png", 2).rename(out / "d\udcff.png")
    run_of(out, 2).rename(out / "yield-\udcff")
    assert found(page) == [("outputs", 1)]
    assert main.main(["yield", "mark", str(out), "1"]) == 0
    assert "hint: 1 files were skipped: d\\udcff.png: the name is not valid Unicode" in capsys.readouterr().err
    with pytest.raises(PureNegativeError, match=r"yield-\\udcff: the name is not valid Unicode; rename it\."):
        runs.open_run(judgements, out / "yield-\udcff")


def test_a_new_picture_is_found_when_as_many_were_deleted_or_replaced(page, judgements, out):
    put(out / "a.png", 1)
    put(out / "b.png", 2)
    assert found(page) == [("outputs", 2)]
    (out / "a.png").unlink()
    put(out / "c.png", 3)
    assert found(page) == [("outputs", 3)]
    put(out / "c.png", 4)
    os.utime(out / "c.png", (1, 1))
    assert found(page) == [("outputs", 4)]
    assert seeds(judgements) == [1, 2, 3, 4]


def test_a_folder_that_holds_the_same_is_not_read_again(page, judgements, out, monkeypatch):
    put(out / "a.png", 1)
    (out / "note.png").write_bytes(b"no picture")
    (out / "sheet-0000").mkdir()
    (out / "sheet-0000" / "none.png").write_bytes(b"no picture")
    assert found(page) == [("outputs", 1)]
    monkeypatch.setattr(picture, "of_file", lambda path: pytest.fail(f"{path.name} was read again"))
    assert found(page) == [("outputs", 1)]
    assert found(Web(lambda: judgements, out)) == [("outputs", 1)]


def test_a_run_stays_one_however_its_folder_is_spelt(judgements, out, monkeypatch):
    run = run_of(out, 2)
    spellings = [run, Path("outputs") / run.name, out / "none" / ".." / run.name]
    monkeypatch.chdir(out.parent)
    if sys.platform != "win32":
        (out.parent / "link").symlink_to(run)
        spellings.append(out.parent / "link")
    assert {opened(judgements, path).id for path in spellings} == {1}
    assert [(run.id, run.pictures) for run in judgements.runs()] == [(1, 2)]


def test_a_file_of_judgements_from_before_is_gone_on_with(data, out):
    run = run_of(out, 2)
    with Judgements() as judgements:
        judgements.judge("Ada", judgements.entries(opened(judgements, run).id)[0].key, 4)
    with contextlib.closing(sqlite3.connect(database.place())) as connection:
        connection.execute("DROP TABLE looks")
    with Judgements() as judgements:
        assert found(Web(lambda: judgements, out)) == [(run.name, 2)]
        assert judgements.judged(1, "Ada") == 1
