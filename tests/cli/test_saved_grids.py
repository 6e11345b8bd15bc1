"""Grids that are kept, and taken again by `sheet --from`."""

import pytest

from pure_negative.cli import main
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices
from pure_negative.sheet import record, saved, store
from tests.fakes import FakeRenderer
from tests.sheet.making import begin, sheet


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*words: str) -> int:
    return main.main(["sheet", *words])


AXES = ("--x", "W: 6[, 0.9", "--y", "CFG: 8, 10.5", "--steps", "2", "--size", "64x64")


def shown(capsys, *words: str) -> str:
    assert run(*words, "--dry-run") == 0
    return capsys.readouterr().out


def test_a_saved_grid_is_the_same_sheet_by_its_name_and_by_its_file(tmp_path, data, capsys):
    plain = shown(capsys, *AXES)
    assert run(*AXES, "--save", "mine") == 0
    path = data / "grids" / "mine.yaml"
    assert capsys.readouterr().out == f"{path}\n"
    assert saved.names() == ["mine"]
    assert shown(capsys, "--from", "mine") == shown(capsys, "--from", str(path)) == plain
    assert saved.load("mine").choices == choices.read({"steps": 2, "size": "64x64"})


def test_what_is_typed_holds_over_the_file(data, capsys):
    run(*AXES, "--save", "mine")
    capsys.readouterr()
    changed = shown(capsys, "--from", "mine", "--y", "CFG: 3", "--ratio", "1:2", "--steps", "9")
    assert changed == shown(capsys, "--x", "W: 6[, 0.9", "--y", "CFG: 3", "--ratio", "1:2", "--steps", "9")


def test_a_sheets_folder_is_taken_again_with_its_seed(tmp_path, capsys):
    made = begin(tmp_path, sheet("W: 6[, 0.9", "CFG: 8"))
    again = saved.from_file(str(made.path))
    assert again.sheet().cells == made.sheet.cells
    assert saved.from_file(str(made.path / store.RECORD)) == again


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "nowhere"], "nowhere: there is no such file"),
        (["--from", "mine", "--scan", "w-cfg"], "leave --resume and --scan out"),
        (["--from", "mine", "--cfg", "3"], "--cfg: the axis CFG sets it too"),
        (["--x", "W: 0.5", "--save", "mine"], "there is a grid mine already"),
        (["--x", "W: 0.5", "--save", "No Name"], "'No Name' can't be a grid's name"),
        (["--x", "W: 0.5", "--save", "../mine"], "can't be a grid's name"),
    ],
)
def test_what_is_refused(data, capsys, words, told):
    run(*AXES, "--save", "mine")
    before = (data / "grids" / "mine.yaml").read_bytes()
    capsys.readouterr()
    assert run(*words) == 2
    assert told in capsys.readouterr().err
    assert (data / "grids" / "mine.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sheet: '2'\n",
        "- a\n",
        "sheet: '1'\n",
        "sheet: '1'\nx: W\n",
        "sheet: '1'\nx: 'W: 1'\nchoices: 3\n",
        "a: [\n",
    ],
)
def test_what_is_no_grid_is_not_kept(data, text):
    with pytest.raises(PureNegativeError, match="grid"):
        saved.save("mine", text)
    assert saved.names() == []


def test_deleted_and_brought_back(data):
    saved.save("mine", "sheet: '1'\nx: 'W: 0.5'\n")
    saved.delete("mine")
    assert saved.names() == []
    with pytest.raises(PureNegativeError, match="'mine' is not a saved grid"):
        saved.load("mine")
    assert saved.undo() == "mine"
    assert saved.load("mine").axes == ("W: 0.5", "", "")
    with pytest.raises(PureNegativeError, match="nothing to undo"):
        saved.undo()


def test_axes_of_another_program_are_kept_as_they_are_and_refused_here(data, capsys):
    text = "sheet: '1'\nx: '[ADetailer] Model 1st: a, b'\nchoices:\n  steps: 3\n"
    saved.save("mine", text)
    assert saved.text_of("mine") == text
    assert run("--from", "mine") == 2
    assert "'[ADetailer] Model 1st' is not allowed" in capsys.readouterr().err


def test_a_resumed_sheet_and_a_grid_have_one_format():
    made = sheet("W: 6[, 0.9")
    written = record.write(record.of(made, FakeRenderer.model, "2026-01-01"))
    assert saved.read(written).sheet().cells == made.cells
