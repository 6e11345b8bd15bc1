"""Making cells: the right batches, nothing lost to memory, failures, skips, stops and interrupts."""

from __future__ import annotations

import gc
import weakref

import pytest
from PIL import Image

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.planning import infotext
from pure_negative.sheet import batches, run, store
from tests.fakes import FakeRenderer
from tests.sheet.making import SheetRenderer, begin, make, plain, sheet


def test_each_cell_is_a_whole_picture_whose_infotext_restores_its_plan(tmp_path):
    folder = begin(tmp_path, sheet("W: 6[, 0.0001", "CFG: 8, 10.5", 'words: "bad, low", worst', prompt="é, (x:1.1)"))
    make(folder)
    for cell in folder.sheet.cells:
        with Image.open(folder.cell_path(cell)) as image:
            assert image.tobytes() == plain(cell.request).tobytes()
            back = infotext.restore(image.text["parameters"])
        assert back is not None
        assert back.plan() == cell.plan
        assert back.notes == ()


def test_cells_that_differ_in_w_cfg_seed_and_prompt_share_a_batch(tmp_path):
    fake = SheetRenderer()
    make(begin(tmp_path, sheet("W: 0.5, 0.6", "CFG: 8, 9", "seed: 1, 2")), fake)
    assert [len(batch) for batch in fake.batches] == [8]
    fake = SheetRenderer()
    make(begin(tmp_path, sheet("prompt: a, b")), fake)
    assert [len(batch) for batch in fake.batches] == [2]


@pytest.mark.parametrize(
    "differing",
    ["size: 64x64, 128x64", "steps: 2, 3", "sampler: Euler, Euler a", "scheduler: Karras, Uniform", "clip skip: 1, 2"],
)
def test_what_a_batch_must_share_is_never_mixed(tmp_path, differing):
    fake = SheetRenderer()
    make(begin(tmp_path, sheet("W: 0.5, 0.6, 0.7", differing)), fake)
    assert [len(batch) for batch in fake.batches] == [3, 3]


def test_negative_prompts_of_different_chunk_counts_are_never_mixed(tmp_path):
    fake = SheetRenderer()
    long = ", ".join(f"word{index}" for index in range(60))
    make(begin(tmp_path, sheet("W: 0.5, 0.6", f'words: bad, "{long}"')), fake)
    assert [len(batch) for batch in fake.batches] == [2, 2]
    assert all(len({fake.chunks(request.negative_prompt) for request in batch}) == 1 for batch in fake.batches)


def test_a_sampler_whose_steps_depend_on_the_whole_batch_runs_one_by_one(tmp_path):
    fake = SheetRenderer()
    make(begin(tmp_path, sheet("W: 0.5, 0.6, 0.7", sampler="DPM adaptive")), fake)
    assert [len(batch) for batch in fake.batches] == [1, 1, 1]


@pytest.mark.parametrize(
    ("size", "chosen", "expected"),
    [("512x512", None, 8), ("64x64", None, 64), ("1024x1024", None, 2), ("2048x2048", None, 1), ("512x512", 20, 20)],
)
def test_the_largest_batch_goes_by_the_size_unless_chosen(size, chosen, expected):
    assert batches.largest(sheet("W: 0.5", size=size).cells[0].request, chosen) == expected


def test_batches_are_even(tmp_path):
    fake = SheetRenderer()
    make(begin(tmp_path, sheet("W: 0.1-0.9 [9]")), fake, largest=8)
    assert [len(batch) for batch in fake.batches] == [5, 4]


def test_out_of_memory_halves_the_batch_and_goes_on(tmp_path):
    fake = SheetRenderer(memory=5 * 64 * 64)
    folder = begin(tmp_path, sheet("W: 0.01-0.16 [16]"))
    reports = make(folder, fake)
    assert folder.missing() == []
    assert fake.tried == [16, 8, 4, 4, 4, 4]
    assert [report.note for report in reports if report.note] == [
        "out of memory with a batch of 16 pictures; continuing with 8",
        "out of memory with a batch of 8 pictures; continuing with 4",
    ]


def test_what_was_learnt_about_memory_holds_for_the_next_group(tmp_path):
    fake = SheetRenderer(memory=4 * 64 * 64)
    make(begin(tmp_path, sheet("W: 0.1-0.8 [8]", "steps: 2, 3")), fake)
    assert fake.tried == [8, 4, 4, 4, 4]


def test_a_picture_too_large_alone_leaves_out_its_size_and_keeps_the_others(tmp_path):
    fake = SheetRenderer(memory=2 * 64 * 64)
    folder = begin(tmp_path, sheet("size: 256x256, 64x64", "W: 0.5, 0.6"))
    with pytest.raises(run.UnfinishedError, match=r"2 of 4 cells failed .*not enough memory.* kept in"):
        make(folder, fake)
    assert [str(cell.plan.size) for cell in folder.missing()] == ["256x256", "256x256"]
    assert fake.tried.count(1) == 1


class Tensor:
    """What a batch has in memory while it is made."""


@pytest.mark.parametrize("reason", [OutOfMemory, PureNegativeError])
def test_nothing_of_a_batch_that_failed_stays_in_memory(tmp_path, reason):
    seen, alive = [], []

    class Failing(SheetRenderer):
        def render(self, batch, progress=None):
            gc.collect()
            alive.extend(each() for each in seen)
            if batch[0].width == 64:
                return super().render(batch, progress)
            activations = Tensor()
            seen.append(weakref.ref(activations))
            raise reason("not enough memory; use a smaller batch or size.")

    with pytest.raises(run.UnfinishedError, match="2 of 3 cells failed"):
        make(begin(tmp_path, sheet("size: 192x192, 128x128, 64x64")), Failing())
    assert alive
    assert set(alive) == {None}


def test_only_the_cells_at_fault_stay_unmade_when_a_batch_fails(tmp_path):
    fake = SheetRenderer(poison=["bad:0.3)", "bad:0.7)"])
    folder = begin(tmp_path, sheet("W: 0.1-0.8 [8]"))
    with pytest.raises(run.UnfinishedError, match=r"2 of 8 cells failed \(W 0.3, and 1 more\): the UNet"):
        make(folder, fake)
    assert [cell.plan.strength.w for cell in folder.missing()] == [0.3, 0.7]
    assert len(fake.made) == len(set(fake.made)) == 6


def test_a_full_disk_stops_the_run_at_once_and_keeps_what_is_finished(tmp_path, monkeypatch):
    folder = begin(tmp_path, sheet("W: 0.1-0.8 [8]"))
    fake = SheetRenderer()
    reports = run.run(folder, fake, largest=4)
    next(reports)
    assert next(reports).done == 4

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(PureNegativeError, match="No space left"):
        next(reports)
    assert len(fake.batches) == 2
    assert len(folder.missing()) == 4


def test_progress_counts_cells_and_knows_the_time_left_after_the_first_batch(tmp_path):
    reports = make(begin(tmp_path, sheet("W: 0.1-0.6 [6]")), largest=2)
    assert [(report.done, report.total) for report in reports] == [(0, 6), (2, 6), (4, 6), (6, 6)]
    assert [len(report.made) for report in reports] == [0, 2, 2, 2]
    assert reports[0].seconds_left is None
    assert reports[-1].seconds_left == 0


def test_steps_are_passed_on(tmp_path):
    seen = []
    folder = begin(tmp_path, sheet("W: 0.5, 0.6"))
    for _ in run.run(folder, SheetRenderer(), steps=lambda done, total: seen.append((done, total))):
        pass
    assert seen == [(1, 2), (2, 2)]


def test_stop_ends_the_run_before_the_next_batch(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.1-0.6 [6]"))
    fake = SheetRenderer()
    list(run.run(folder, fake, largest=2, stop=lambda: len(fake.batches) == 2))
    assert len(folder.missing()) == 2


def test_an_interrupt_keeps_what_is_finished_and_the_next_run_makes_the_rest(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.1-0.6 [6]"))
    with pytest.raises(KeyboardInterrupt):
        make(folder, SheetRenderer(stop_after=4), largest=2)
    missing = folder.missing()
    assert len(missing) == 2
    fake = SheetRenderer()
    make(store.reopen(folder.path, FakeRenderer.model), fake)
    assert fake.made == [cell.request for cell in missing]


def test_a_skipped_batch_stays_unmade_and_the_others_go_on(tmp_path):
    class Skipping(SheetRenderer):
        def render(self, batch, progress=None):
            if len(self.batches) == 1 and not self.tried[1:]:
                self.tried.append(0)
                raise run.Skipped
            return super().render(batch, progress)

    folder = begin(tmp_path, sheet("W: 0.1-0.6 [6]"))
    reports = make(folder, Skipping(), largest=2)
    assert [report.note for report in reports if report.note] == ["skipped: W 0.3, and 1 more"]
    assert [cell.plan.strength.w for cell in folder.missing()] == [0.3, 0.4]


def test_a_host_may_describe_its_own_pictures_and_say_what_a_batch_must_share(tmp_path):
    folder = begin(tmp_path, sheet("W: 0.5, 0.6", "prompt: a, b"))
    fake = SheetRenderer()
    describe = lambda cell, image: f"{cell.plan.prompt}\nSteps: 2, Sampler: Euler, Size: {image.width}x{image.height}"  # noqa: E731
    list(run.run(folder, fake, key=lambda request: request.prompt, describe=describe))
    assert [[request.prompt for request in batch] for batch in fake.batches] == [["a", "a"], ["b", "b"]]
    assert folder.picture(folder.sheet.cells[0]).info["parameters"] == "a\nSteps: 2, Sampler: Euler, Size: 64x64"


def test_a_renderer_that_gives_too_few_pictures_is_told_so(tmp_path):
    class Short(SheetRenderer):
        def render(self, batch, progress=None):
            return super().render(batch, progress)[1:]

    with pytest.raises(PureNegativeError, match="0 pictures came back for 1 cells"):
        make(begin(tmp_path, sheet("W: 0.5, 0.6")), Short())
