"""What is noted of finished cells: it spares reading them again, and is never believed against the files."""

from __future__ import annotations

import os

import pytest

from pure_negative.sheet import journal, store
from tests.fakes import FakeRenderer
from tests.sheet.making import SheetRenderer, begin, make, sheet


@pytest.fixture
def folder(tmp_path):
    found = begin(tmp_path, sheet("W: 0.5, 0.6, 0.7"))
    make(found)
    return found


def reads(monkeypatch):
    """The files that are read as a whole from here on."""
    found = []
    whole = store._is_whole
    monkeypatch.setattr(store, "_is_whole", lambda path: found.append(path.name) or whole(path))
    return found


def test_cells_that_are_as_they_were_written_are_not_read(folder, monkeypatch):
    found = reads(monkeypatch)
    assert folder.missing() == []
    assert found == []


def test_cells_that_have_no_file_are_not_looked_at(folder, monkeypatch):
    folder.cell_path(folder.sheet.cells[1]).unlink()
    found = reads(monkeypatch)
    assert folder.missing() == [folder.sheet.cells[1]]
    assert found == []


def test_a_file_that_was_touched_since_is_read_as_a_whole(folder, monkeypatch):
    path = folder.cell_path(folder.sheet.cells[1])
    os.utime(path, (1, 1))
    found = reads(monkeypatch)
    assert folder.missing() == []
    assert found == [path.name]


def test_a_file_with_the_same_size_and_time_but_no_end_is_made_again(folder):
    """What a crash of the machine leaves of a file whose size it had noted."""
    path = folder.cell_path(folder.sheet.cells[1])
    found = path.stat()
    path.write_bytes(bytes(found.st_size))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert folder.missing() == [folder.sheet.cells[1]]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n  \n",
        b"1-01-01\n",
        b"1-01-01 12 x \n1-01-02 -5 7 who\n",
        b"1-01-01 \xff\xfe 1 a\n",
        b"1-01-01 99999999999999999999999 1 a\n",
        "1-01-01 ¹ ² a\n".encode(),
        b"1-01-01 100 200 cut o",
    ],
)
def test_lines_that_say_nothing_are_passed_over(folder, text):
    (folder.path / journal.FILE).write_bytes(text)
    assert journal.read(folder.path) == {}
    assert folder.missing() == []


def test_without_the_journal_every_file_is_read(folder, monkeypatch):
    (folder.path / journal.FILE).unlink()
    found = reads(monkeypatch)
    assert folder.missing() == []
    assert len(found) == 3


def test_who_made_what_is_told_by_runs_of_numbers():
    names = [f"1-01-{number:02}" for number in range(1, 9)]
    who = ["a", "a", "", "b", "a", "a", "b"]
    noted = {name: journal.Entry(1, 1, each) for name, each in zip(names, who, strict=False)}
    assert journal.makers(noted, names) == {"a": "1-2, 5-6", "": "3", "b": "4, 7"}


def test_a_sheet_of_one_process_says_nothing_of_workers(folder):
    before = (folder.path / store.RECORD).read_bytes()
    store.write_makers(folder)
    assert (folder.path / store.RECORD).read_bytes() == before
    assert b"workers" not in before


def test_who_made_the_cells_stands_in_the_record_and_comes_back(folder):
    cells = folder.sheet.cells
    folder.note(cells[1:], "http://pc2:7860: 'NVIDIA', half precision\nx")
    store.write_makers(folder)
    found = store.find(folder.path).makers
    assert found == {store.ONE_PROCESS: "1", "http://pc2:7860: 'NVIDIA', half precision\\nx": "2-3"}
    again = store.reopen(folder.path, FakeRenderer.model)
    make(again, SheetRenderer())
    assert store.find(folder.path).makers == found
