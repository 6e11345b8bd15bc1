"""Several workers at a time: no cell is lost or made twice, whoever dies, hangs, runs out of memory or is slow."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from PIL import Image

from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.planning.request import Model
from pure_negative.sheet import run, share, store, team, timing
from pure_negative.sheet.draw import finish, layout
from pure_negative.sheet.share import Members
from tests.sheet.making import SheetRenderer, begin, make, plain, sheet
from tests.sheet.teams import ThreadWorker
from tests.sheet.teams import team as team_of


def cells(count):
    return sheet(f"W: 0.01-0.{count:02} [{count}]")


def run_team(folder, *workers, largest=None, **ways):
    with team_of(*workers) as crew:
        return list(run.run_crew(folder, crew, largest, **ways))


def notes(reports):
    return [report.note for report in reports if report.note]


def test_the_cells_of_a_team_are_those_of_one_renderer(tmp_path):
    alone, shared = (begin(tmp_path / name, cells(32)) for name in ("alone", "shared"))
    make(alone)
    run_team(shared, ThreadWorker("one"), ThreadWorker("two"), ThreadWorker("three"))
    for cell in shared.sheet.cells:
        assert shared.cell_path(cell).read_bytes() == alone.cell_path(cell).read_bytes()
        with Image.open(shared.cell_path(cell)) as image:
            assert infotext.restore(image.text["parameters"]).plan() == cell.plan


def test_every_worker_begins_with_two_cells_and_a_fast_one_does_more(tmp_path):
    slow, fast = ThreadWorker("slow", 0.1), ThreadWorker("fast", 0.001)
    run_team(begin(tmp_path, cells(64)), slow, fast)
    assert slow.given[0] == fast.given[0] == 2
    assert sum(fast.given) > sum(slow.given)


def test_the_next_batch_is_handed_out_before_the_finished_one_is_written(tmp_path):
    folder, worker = begin(tmp_path, cells(8)), ThreadWorker("one")
    seen = []
    run_team(folder, worker, largest=2, kept=lambda *_: seen.append(len(worker.given)))
    assert seen == [2, 2, 3, 3, 4, 4, 4, 4]


def test_a_dead_workers_cells_are_made_again_and_it_says_so(tmp_path):
    deaths = iter(["", "dies"])
    dying = ThreadWorker("worker 2", fate=lambda _: next(deaths, ""))
    folder = begin(tmp_path, cells(32))
    reports = run_team(folder, ThreadWorker("worker 1", 0.001), dying)
    assert folder.missing() == []
    (note,) = notes(reports)
    assert note.startswith("worker 2 died making 1-01-")
    assert note.endswith("they are made again") or note.endswith("it is made again")


def test_a_worker_that_hangs_is_ended_and_its_cells_are_made_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(share, "SHORTEST", 1.0)
    ways = iter(["", "hangs"])
    hanging = ThreadWorker("worker 2", 0.001, lambda _: next(ways, ""), places=0)
    folder = begin(tmp_path, cells(32))
    reports = run_team(folder, ThreadWorker("worker 1", 0.01), hanging)
    assert folder.missing() == []
    assert hanging.ended
    assert any(note.startswith("worker 2 gave no answer for ") for note in notes(reports))


def test_a_worker_that_hangs_at_its_first_batch_is_ended_once_others_tell_what_is_usual(tmp_path, monkeypatch):
    monkeypatch.setattr(share, "SHORTEST_FIRST", 1.0)
    monkeypatch.setattr(team, "_LOOK", 0.2)
    hanging = ThreadWorker("worker 2", 0.001, lambda _: "hangs", places=0)
    folder = begin(tmp_path, cells(32))
    run_team(folder, ThreadWorker("worker 1", 0.01), hanging)
    assert folder.missing() == []
    assert hanging.ended


def test_an_answer_that_comes_after_the_deadline_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(share, "SHORTEST", 0.2)
    late = threading.Event()

    class Late(ThreadWorker):
        def begin(self, orders, tell):
            if len(self.given) == 1:
                self.given.append(len(orders))
                super_begin = super().begin
                threading.Timer(1.5, lambda: (super_begin(orders, tell), late.set())).start()
            else:
                super().begin(orders, tell)

    folder, kept = begin(tmp_path, cells(24)), []
    run_team(folder, ThreadWorker("one", 0.1), Late("two"), largest=4, kept=lambda cell, *_: kept.append(cell.name))
    assert sorted(kept) == sorted(cell.name for cell in folder.sheet.cells)
    assert late.wait(5)


def test_a_poisoned_cell_ends_three_workers_and_is_named_while_all_others_are_made(tmp_path):
    folder = begin(tmp_path, cells(32))
    fate = lambda orders: "dies" if any("bad:0.05)" in each.request.negative_prompt for each in orders) else ""  # noqa: E731
    workers = [ThreadWorker(f"worker {number}", fate=fate) for number in (1, 2, 3)]
    with pytest.raises(
        run.UnfinishedError, match=r"1 of 32 cells failed \(W 0.05\): worker . died making it, as others"
    ):
        run_team(folder, *workers)
    assert [cell.plan.strength.w for cell in folder.missing()] == [0.05]


def test_the_last_worker_gone_keeps_what_is_made_and_the_next_run_makes_the_rest(tmp_path):
    deaths = iter(["", ""])
    dying = ThreadWorker("worker 1", fate=lambda _: next(deaths, "dies"), places=0)
    folder = begin(tmp_path, cells(32))
    with pytest.raises(run.UnfinishedError, match=r"no worker is left \(worker 1 died\); 4 of 32 cells are made"):
        run_team(folder, dying, largest=2)
    assert len(folder.missing()) == 28
    fake = SheetRenderer()
    make(store.reopen(folder.path, fake.model), fake)
    assert len(fake.made) == 28
    assert folder.missing() == []


def test_the_only_worker_is_waited_for_while_it_starts_again(tmp_path):
    deaths = iter(["", "dies"])
    worker = ThreadWorker("worker 1", fate=lambda _: next(deaths, ""))
    worker.rest = 1.2
    folder = begin(tmp_path, cells(32))
    begun = time.monotonic()
    run_team(folder, worker, largest=8)
    assert folder.missing() == []
    assert time.monotonic() - begun > 1


def test_a_worker_that_never_starts_again_is_gone(tmp_path):
    deaths = iter(["", "dies"])
    worker = ThreadWorker("worker 1", fate=lambda _: next(deaths, ""))
    worker.wakes = False
    folder = begin(tmp_path, cells(32))
    with pytest.raises(run.UnfinishedError, match=r"no worker is left \(worker 1 died\); 2 of 32 cells are made"):
        run_team(folder, worker, largest=8)
    assert worker.places == 99 - team.LOSSES + 1


def test_a_worker_that_always_dies_is_given_up(tmp_path):
    folder = begin(tmp_path, cells(32))
    broken = ThreadWorker("worker 2", fate=lambda _: "dies")
    run_team(folder, ThreadWorker("worker 1", 0.01), broken, largest=2)
    assert folder.missing() == []
    assert len(broken.given) <= team.LOSSES


def test_memory_is_each_workers_own(tmp_path):
    small, large = ThreadWorker("small", renderer=SheetRenderer(memory=3 * 64 * 64)), ThreadWorker("large", 0.002)
    folder = begin(tmp_path, cells(64))
    reports = run_team(folder, small, large)
    assert folder.missing() == []
    assert any(note.startswith("small: out of memory with a batch of") for note in notes(reports))
    assert max(large.given) > 3
    tried = [count for count in small.given if count > 3]
    assert sorted(tried, reverse=True) == tried
    assert [first >= 2 * second for first, second in itertools.pairwise(tried)] == [True] * (len(tried) - 1)


def test_a_size_that_is_too_large_for_one_worker_is_made_by_the_others(tmp_path):
    small = ThreadWorker("small", renderer=SheetRenderer(memory=2 * 64 * 64))
    folder = begin(tmp_path, sheet("size: 256x256, 64x64", "W: 0.01-0.16 [16]"))
    reports = run_team(folder, small, ThreadWorker("large", 0.001))
    assert folder.missing() == []
    assert [each for each in notes(reports) if "the other workers make this size" in each]


def test_a_size_that_is_too_large_for_all_is_left_out(tmp_path):
    workers = [ThreadWorker(name, renderer=SheetRenderer(memory=2 * 64 * 64)) for name in ("one", "two")]
    folder = begin(tmp_path, sheet("size: 256x256, 64x64", "W: 0.01-0.08 [8]"))
    with pytest.raises(run.UnfinishedError, match=r"8 of 16 cells failed .*not enough memory"):
        run_team(folder, *workers)
    assert {str(cell.plan.size) for cell in folder.missing()} == {"256x256"}


def test_a_cell_that_one_worker_refuses_is_made_by_another(tmp_path):
    picky, other = ThreadWorker("picky", renderer=SheetRenderer(poison=["bad:0.03)"])), ThreadWorker("other", 0.002)
    folder = begin(tmp_path, cells(32))
    run_team(folder, picky, other)
    assert folder.missing() == []


def test_a_cell_that_two_workers_refuse_fails_alone(tmp_path):
    workers = [ThreadWorker(name, renderer=SheetRenderer(poison=["bad:0.03)"])) for name in "abc"]
    folder = begin(tmp_path, cells(32))
    with pytest.raises(run.UnfinishedError, match=r"1 of 32 cells failed \(W 0.03\): the UNet"):
        run_team(folder, *workers)
    assert [cell.plan.strength.w for cell in folder.missing()] == [0.03]


def test_a_stop_waits_for_the_batches_at_hand_and_keeps_them(tmp_path):
    workers = [ThreadWorker(name, 0.01) for name in ("one", "two")]
    folder = begin(tmp_path, cells(32))
    run_team(folder, *workers, largest=2, stop=lambda: sum(map(len, (each.given for each in workers))) >= 4)
    made = 32 - len(folder.missing())
    assert made == sum(sum(each.given) for each in workers)


def test_batches_that_nobody_waits_for_are_dropped_at_once(tmp_path):
    folder, asked = begin(tmp_path, cells(32)), []

    def dropped():
        asked.append(time.monotonic())
        return len(asked) > 1

    worker = ThreadWorker("one", 30)
    begun = time.monotonic()
    with team_of(worker, dropped=dropped) as crew:
        list(run.run_crew(folder, crew, stop=lambda: bool(asked)))
    assert time.monotonic() - begun < 10
    assert len(folder.missing()) == 32


def test_at_the_end_every_worker_is_ended_also_after_ctrl_c(tmp_path):
    workers = [ThreadWorker(name) for name in ("one", "two")]

    def interrupted(*_):
        raise KeyboardInterrupt

    folder = begin(tmp_path, cells(32))
    with pytest.raises(KeyboardInterrupt):
        run_team(folder, *workers, kept=interrupted)
    assert all(each.ended for each in workers)
    assert len(folder.missing()) < 32


def test_the_sheet_says_who_made_each_cell_and_timing_is_of_so_many(tmp_path):
    folder = begin(tmp_path, cells(16))
    run_team(folder, ThreadWorker("one", 0.001), ThreadWorker("two", 0.001))
    found = store.find(folder.path).makers
    assert set(found) == {f"{name}: device of {name}, full precision" for name in ("one", "two")}
    numbers = [number for text in found.values() for number in counted(text)]
    assert sorted(numbers) == list(range(1, 17))
    assert timing.read(folder.path).workers == 2
    requests = [cell.request for cell in folder.sheet.cells]
    assert timing.estimate(tmp_path, requests) is None
    assert timing.estimate(tmp_path, requests, workers=2) > 0


@pytest.mark.parametrize("unlike", [True, False])
def test_the_page_says_where_cells_were_made_on_unlike_devices(tmp_path, unlike):
    folder = begin(tmp_path, cells(16))
    workers = [ThreadWorker(name, 0.001) for name in ("one", "two")]
    workers[1].hand = team.Hand(
        "two", "A <b>GPU</b>" if unlike else workers[0].hand.device, "full precision", Model("fake", "0123456789")
    )
    run_team(folder, *workers)
    page = finish.finish(folder, layout.plan(folder.sheet)).page.read_text()
    said = "made on unlike devices (A &lt;b&gt;GPU&lt;/b&gt;, full precision; device of one, full precision)" in page
    assert said == unlike
    assert ("unlike devices" in page) == unlike


def counted(text):
    for part in text.split(", "):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def test_workers_with_other_checkpoints_are_refused():
    other = ThreadWorker("two", model=Model("other", "ffffffffff"))
    with pytest.raises(
        PureNegativeError, match=r"two has the model other \[ffffffffff\] loaded, one fake \[0123456789\]"
    ):
        team_of(ThreadWorker("one"), other)


def test_what_makes_workers_pictures_differ_is_said():
    hands = [ThreadWorker(name).hand for name in ("one", "two")]
    assert team.unlike(hands) == ""
    half = team.Hand("three", "GPU", "half precision", Model("fake", "0123456789", noise="NV"))
    assert "noise (NV, not known) and precision (full precision, half precision)" in team.unlike([*hands, half])


def test_the_share_goes_by_the_speed_of_all_live_workers():
    members = Members()
    live = ["fast", "slow", "new"]
    assert members.share("fast", live, 100, 1) == share.FIRST
    members.clock("fast", 30, 10)
    members.clock("slow", 10, 10)
    assert members.share("fast", live, 60, 1) == 30  # of 3 + 1, and 2 for the one that is new
    assert members.share("slow", live, 60, 1) == 10
    assert members.share("slow", live, 60, 4) == 3
    assert members.share("slow", live, 1, 1) == 1
    assert members.share("slow", ["slow"], 60, 1) == 60
    assert members.allowed("slow", live, 100) == 4 * 100
    assert members.allowed("slow", live, 1) == share.SHORTEST
    assert members.allowed("new", live, 1) == share.SHORTEST_FIRST
    assert Members().allowed("new", live, 1) is None


def test_a_picture_of_a_team_is_its_requests(tmp_path):
    folder = begin(tmp_path, cells(4))
    seen = {}
    run_team(folder, ThreadWorker("one"), kept=lambda cell, image, text: seen.update({cell.name: image.convert("RGB")}))
    assert {name: image.tobytes() for name, image in seen.items()} == {
        cell.name: plain(cell.request).tobytes() for cell in folder.sheet.cells
    }
