"""Cells as they are looked at: taken when they are made, or read from their files."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from pure_negative.sheet import run, temporary
from pure_negative.sheet.draw import finish, layout
from pure_negative.sheet.draw.cache import Gallery
from pure_negative.sheet.image_budget import Memory
from tests.sheet import making


@pytest.mark.parametrize("room", [0, 4 * 64 * 64, 1 << 20])
def test_a_sheet_is_drawn_alike_from_cells_just_made_and_from_their_files(tmp_path, room):
    wanted = making.sheet("W: 0.5, 0.8, 2[", "CFG: 8, 10.5")
    folder = making.begin(tmp_path, wanted)
    gallery = Gallery(folder, memory=Memory(room))
    list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
    assert [gallery.seen(cell) for cell in wanted.cells] == [Gallery(folder).seen(cell) for cell in wanted.cells]
    drawn = []
    for taken in (gallery, None):
        done = finish.finish(folder, layout.plan(wanted), gallery=taken)
        drawn.append([path.read_bytes() for path in (*done.pictures, *done.maps, done.page)])
    assert drawn[0] == drawn[1]


def test_a_picture_that_is_handed_out_is_nobody_elses(tmp_path):
    wanted = making.sheet("W: 0.5")
    folder = making.begin(tmp_path, wanted)
    gallery = Gallery(folder)
    list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
    [cell] = wanted.cells
    kept = gallery.picture(cell)
    kept.paste((1, 2, 3), (0, 0, 64, 64))
    assert gallery.picture(cell).tobytes() == Gallery(folder).picture(cell).tobytes() != kept.tobytes()


@pytest.mark.parametrize("room", [0, 4 * 64 * 64, 1 << 24])
def test_a_sheet_that_is_not_to_last_is_drawn_like_one_that_is(tmp_path, room):
    wanted = making.sheet("W: 0.5, 0.8, 2[", "CFG: 8, 10.5")
    lasting = making.begin(tmp_path, wanted)
    (tmp_path / "passing").mkdir()
    short = dataclasses.replace(
        temporary.begin(tmp_path / "passing", wanted, making.SheetRenderer.model), memory=Memory(room)
    )
    pictures = []
    for folder in (lasting, short):
        gallery = Gallery(folder, memory=Memory(room))
        assert folder.missing() == list(wanted.cells)
        list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
        assert folder.missing() == []
        done = finish.finish(folder, layout.plan(wanted), gallery=gallery)
        drawn = [gallery.drawn(path).tobytes() for path in (*done.pictures, *done.maps)]
        pictures.append([drawn, [Gallery(folder).picture(cell).tobytes() for cell in wanted.cells]])
        assert [Gallery(folder).seen(cell) for cell in wanted.cells] == [gallery.seen(cell) for cell in wanted.cells]
    assert pictures[0] == pictures[1]
    assert bool(list(short.path.rglob("*.png"))) == (room < 1 << 24)
    assert done.page is None


def test_a_passing_sheets_picture_stands_in_memory_once(tmp_path):
    wanted = making.sheet("W: 0.5, 0.8")
    folder = temporary.begin(tmp_path, wanted, making.SheetRenderer.model)
    gallery = Gallery(folder)
    before = gallery.memory.room
    list(run.run(folder, making.SheetRenderer(), kept=gallery.take))
    assert (gallery.memory.room, before - folder.memory.room) == (before, 2 * 4 * 64 * 64)
    [first, _] = wanted.cells
    gallery.picture(first).paste((1, 2, 3), (0, 0, 64, 64))
    assert gallery.picture(first).getpixel((0, 0)) == folder.picture(first).getpixel((0, 0)) != (1, 2, 3)


def test_many_threads_take_no_more_than_there_is():
    memory = Memory(100 * 4 * 8 * 8)
    with ThreadPoolExecutor(8) as pool:
        took = sum(pool.map(lambda _: memory.takes((8, 8)), range(400)))
    assert (took, memory.room) == (100, 0)
