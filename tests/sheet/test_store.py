"""A sheet's folder: what is there is kept, what is broken is made again, another sheet is told apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from pure_negative.planning.request import Model
from pure_negative.sheet import axis, definition, record, run, store
from pure_negative.sheet.axis import NONE
from pure_negative.sheet.draw import finish, layout
from tests.fakes import FakeRenderer
from tests.sheet.making import SheetRenderer, begin, make, sheet
from tests.strategies import hostile_text

MODEL = FakeRenderer.model


def test_folders_are_numbered_on(tmp_path):
    wanted = sheet("W: 0.5")
    (tmp_path / "sheet-0007").mkdir()
    (tmp_path / "sheet-x").mkdir()
    assert [begin(tmp_path, wanted).path.name for _ in range(2)] == ["sheet-0008", "sheet-0009"]


def test_a_resumed_sheet_makes_only_what_is_missing(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.1-0.8 [8]"))
    make(folder)
    gone = [folder.sheet.cells[index] for index in (2, 5)]
    for cell in gone:
        folder.cell_path(cell).unlink()
    fake = SheetRenderer()
    make(store.reopen(folder.path, MODEL), fake)
    assert fake.made == [cell.request for cell in gone]


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-12],
        lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
        lambda data: data[:-30] + bytes([data[-30] ^ 255]) + data[-29:],
        lambda data: b"no picture",
    ],
)
def test_a_damaged_cell_is_made_again(tmp_path, harm):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    make(folder)
    path = folder.cell_path(folder.sheet.cells[1])
    whole = path.read_bytes()
    path.write_bytes(harm(whole))
    assert folder.missing() == [folder.sheet.cells[1]]
    make(folder)
    assert path.read_bytes() == whole


def test_a_picture_without_its_parameters_is_made_again(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    make(folder)
    Image.new("RGB", (64, 64)).save(folder.cell_path(folder.sheet.cells[0]))
    assert folder.missing() == [folder.sheet.cells[0]]


def test_sheets_that_begin_at_once_never_share_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))  # as if none saw the others' folders
    assert [begin(tmp_path, sheet("W: 0.5")).path.name for _ in range(2)] == ["sheet-0000", "sheet-0001"]


def test_what_a_killed_run_left_half_written_is_swept_away(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    (folder.path / "cells" / ".1-01-01.png.part").write_bytes(b"half")
    (folder.path / ".sheet.png.part").write_bytes(b"half")
    make(folder)
    assert not [*folder.path.rglob("*.part")]


def test_one_run_at_a_time(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    first = run.run(folder, SheetRenderer())
    next(first)
    with pytest.raises(PureNegativeError, match="another process is generating this sheet"):
        make(folder)
    first.close()
    make(folder)
    assert folder.missing() == []


def test_nobody_else_works_on_a_sheet_while_it_is_drawn(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    make(folder)
    refused = []

    def watch(path):
        with pytest.raises(PureNegativeError, match="another process is generating this sheet") as error:
            make(store.reopen(folder.path, MODEL))
        refused.append(error)

    finish.finish(folder, layout.plan(folder.sheet), watch)
    assert len(refused) == 3
    make(folder)


def test_who_holds_a_sheet_makes_and_draws_it_in_one_go(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    with folder.held() as mine:
        make(mine)
        with pytest.raises(PureNegativeError, match="another process is generating this sheet"):
            make(folder)
        assert finish.finish(mine, layout.plan(mine.sheet)).pictures == [folder.path / "sheet.png"]
    make(folder)


def test_what_can_not_be_swept_away_stops_nobody(tmp_path, monkeypatch):
    """As on Windows, where a virus scanner may have the file open."""
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    (folder.path / ".sheet.png.part").write_bytes(b"half")

    def opened(self, missing_ok=False):
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    monkeypatch.setattr(Path, "unlink", opened)
    make(folder)
    assert folder.missing() == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (sheet("W: 0.5, 0.6", "CFG: 8, 9"), "axis y was 'CFG: 8, 12', now 'CFG: 8, 9'"),
        (sheet("W: 0.5, 0.6"), "axis y was 'CFG: 8, 12', now not given"),
        (sheet("W: 0.5, 0.6", "CFG: 8, 12", "seed: 1"), "axis z was not given, now 'seed: 1'"),
        (sheet("W: 0.5, 0.6", "CFG: 8, 12", steps=3), "steps was '2', now '3'"),
        (sheet("W: 0.5, 0.6", "CFG: 8, 12", seed=8), "seed was '7', now '8'"),
        (sheet("W: 0.5, 0.6", "CFG: 8, 12", words="bad"), "words was not given, now 'bad'"),
    ],
)
def test_a_changed_definition_is_refused_and_named(tmp_path, changed, named):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6", "CFG: 8, 12"))
    with pytest.raises(PureNegativeError) as refused:
        store.reopen(folder.path, MODEL, changed)
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_checkpoint_another_host_and_a_changed_preset_are_told_apart(tmp_path):
    preset = tmp_path / "mine.yaml"
    preset.write_text("schema: 1\nid: mine\nwords: bad, low\nw: 0.5\n")
    folder = begin(tmp_path, sheet("W: 0.5, 0.6", preset=str(preset)))
    with pytest.raises(PureNegativeError, match=r"model was 'fake \[0123456789\]', now 'other \[ffff\]'"):
        store.reopen(folder.path, Model("other", "ffff"))
    hosted = definition.make(folder.sheet.choices, folder.sheet.x, tab=plan.Tab(steps=99))
    with pytest.raises(PureNegativeError, match="the WebUI's own steps was '20', now '99'"):
        store.reopen(folder.path, MODEL, hosted)
    preset.write_text("schema: 1\nid: mine\nwords: bad, worst\nw: 0.5\n")
    with pytest.raises(PureNegativeError, match="the preset's file has changed since"):
        store.reopen(folder.path, MODEL)


NOISE = dataclasses.replace(MODEL, noise="CPU")


def test_another_noise_source_and_another_vae_are_told_apart(tmp_path):
    known = dataclasses.replace(MODEL, vae="kl-f8.pt", vae_hash="c6a580b13a", noise="NV")
    folder = store.create(tmp_path, sheet("W: 0.5, 0.6"), known)
    assert store.reopen(folder.path, known).model == known
    with pytest.raises(PureNegativeError, match="noise source was 'NV', now 'CPU'"):
        store.reopen(folder.path, dataclasses.replace(known, noise="CPU"))
    with pytest.raises(PureNegativeError, match=r"VAE was 'kl-f8\.pt \[c6a580b13a\]', now not given"):
        store.reopen(folder.path, dataclasses.replace(known, vae="", vae_hash=""))


def test_a_sheet_of_before_sources_could_be_chosen_was_drawn_with_the_cpu_s(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    store.reopen(folder.path, NOISE)
    with pytest.raises(PureNegativeError, match="noise source was 'CPU', now 'NV'"):
        store.reopen(folder.path, dataclasses.replace(NOISE, noise="NV"))


def test_a_host_that_does_not_tell_its_noise_goes_on_with_any_sheet(tmp_path):
    folder = store.create(tmp_path, sheet("W: 0.5, 0.6"), NOISE)
    store.reopen(folder.path, MODEL)


def test_the_same_sheet_asked_for_again_is_resumed(tmp_path):
    folder = begin(tmp_path, sheet("W: 6[, 0.5", "CFG: 8-12 (+4)"))
    again = store.reopen(folder.path, MODEL, sheet("w: 6[, 0.50", "cfg: 8, 12"))
    assert again.record == folder.record


@pytest.mark.parametrize(
    "text",
    ["", "sheet: '2'", "[]", "sheet: '1'", "sheet: '1'\nmade: x\nmodel: y", "a: &b c", "sheet: '1'\nboo: 1", "\0"],
)
def test_a_folder_without_a_right_record_is_refused(tmp_path, text):
    (tmp_path / store.RECORD).write_text(text)
    with pytest.raises(PureNegativeError, match=r"sheet\.yaml"):
        store.find(tmp_path)
    with pytest.raises(PureNegativeError, match="nowhere: there is no such folder"):
        store.find(tmp_path / "nowhere")


def test_a_sheet_whose_values_would_not_be_read_back_is_refused_before_it_begins(tmp_path):
    prompts = ", ".join("x" * 190 + str(index) for index in range(1000))
    words = ", ".join(f"{word:0190}" for word in range(95))
    tab = plan.Tab(prompt="y" * 19_000, negative_prompt="z" * 19_000)
    axes = (axis.read(f"prompt: {prompts}"), axis.read(f'words: "{words}"'))
    with pytest.raises(PureNegativeError, match="split it into sheets"):
        begin(tmp_path, definition.make(choices.read({"words": f"{words}, more"}), *axes, tab=tab))
    assert [*tmp_path.iterdir()] == []


@settings(max_examples=100)
@given(st.lists(hostile_text, min_size=1, max_size=3), hostile_text, hostile_text)
def test_any_record_reads_back_as_it_was_written(prompts, negative, model):
    try:
        quoted = ", ".join('"' + text.replace('"', '""') + '"' for text in prompts)
        tab = plan.Tab(negative_prompt=choices.read({"prompt": negative}).prompt or "", hires=True, cfg=1 / 3)
        wanted = definition.make(choices.read({"seed": 1, "join": "after"}), axis.read(f"prompt: {quoted}"), tab=tab)
        name = record._line(model, "model")
    except PureNegativeError:
        return
    written = record.of(wanted, Model(name, "ab"), "2026-11-20")
    back = record.read(record.write(written))
    assert back == written
    assert record.differences(written, back) == []


def test_the_infotext_of_the_whole_sheet_restores_its_base_and_names_its_axes(tmp_path):
    from pure_negative.planning import infotext

    folder = begin(tmp_path, sheet('words: "a, b", "c: d"', "CFG: 8, 9", prompt="cat"))
    text = record.infotext(folder.record)
    assert infotext.restore(text).plan() == folder.sheet.base
    pairs = infotext.read(text).pairs
    assert pairs["Script"] == "Pure negative sheet"
    assert axis.read(pairs["Sheet X axis"]) == folder.sheet.x
    assert axis.read(pairs["Sheet Y axis"]) == folder.sheet.y
    assert "Sheet Z axis" not in pairs
    assert dataclasses.replace(folder.sheet, z=NONE) == folder.sheet
