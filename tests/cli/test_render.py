"""Plan to pictures on disk: whole files, readable back, counted on, and one sentence where that fails."""

from __future__ import annotations

import dataclasses
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pure_negative import output
from pure_negative.cli import main
from pure_negative.diffusion import loading
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.planning import choices, infotext, plan
from pure_negative.rules import seeds
from tests.fakes import FakeRenderer, picture

ROOT = Path(__file__).parents[2]


def drawn(
    folder: Path, count: int = 3, largest: int = 2, fake: FakeRenderer | None = None, **entries: object
) -> list[Path]:
    found = plan.make(choices.read({"seed": 40, "steps": 2, **entries}))
    requests = [found.request(found.seed + offset) for offset in range(count)]
    return list(output.render(fake or FakeRenderer(), found, requests, largest, folder))


def test_each_picture_is_a_whole_file_that_says_how_it_was_made(tmp_path):
    wish = {"ratio": "4:3", "prompt": "miku, é漢🎨", "words": r"astolfo_(fate), a;b=c%, \x", "seed": 40, "steps": 2}
    found = plan.make(choices.read(wish))
    paths = drawn(tmp_path, **wish)
    assert [path.name for path in paths] == ["00000-40.png", "00001-41.png", "00002-42.png"]
    assert sorted(tmp_path.iterdir()) == paths
    for path, seed in zip(paths, (40, 41, 42), strict=True):
        with Image.open(path) as image:
            assert image.tobytes() == picture(found.request(seed)).tobytes()
            back = infotext.restore(image.text["parameters"])
        assert back is not None
        assert back.plan() == dataclasses.replace(found, seed=seed)


def test_batches_are_as_large_as_allowed_and_in_order(tmp_path):
    fake = FakeRenderer()
    drawn(tmp_path, count=5, largest=2, fake=fake)
    assert [[request.seed for request in batch] for batch in fake.batches] == [[40, 41], [42, 43], [44]]


class _Cramped(FakeRenderer):
    """A machine with memory for so many pictures at once."""

    room = 2

    def render(self, batch, progress=None):
        if len(batch) > self.room:
            raise OutOfMemory("not enough memory")
        return super().render(batch, progress)


def test_a_batch_without_memory_is_halved_and_no_picture_is_lost(tmp_path, capsys):
    fake = _Cramped()
    paths = drawn(tmp_path, count=11, largest=8, fake=fake)
    assert [path.name for path in paths] == [f"{n:05}-{40 + n}.png" for n in range(11)]
    assert [len(batch) for batch in fake.batches] == [2, 2, 2, 2, 2, 1]
    said = [line for line in capsys.readouterr().err.splitlines() if "out of memory" in line]
    assert [line.split("out of memory ")[1] for line in said] == [
        "with a batch of 8 pictures; continuing with 4",
        "with a batch of 4 pictures; continuing with 2",
    ]


def test_a_single_picture_without_memory_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(_Cramped, "room", 0)
    with pytest.raises(OutOfMemory, match="not enough memory"):
        drawn(tmp_path, fake=_Cramped())


def test_numbers_go_on_from_what_is_there(tmp_path):
    (tmp_path / "00007-1.png").touch()
    (tmp_path / "123-9.png").touch()
    (tmp_path / "notes.txt").touch()
    assert [path.name for path in drawn(tmp_path, count=2)] == ["00008-40.png", "00009-41.png"]
    assert [path.name for path in drawn(tmp_path, count=1)] == ["00010-40.png"]


def test_an_interrupt_keeps_what_is_finished(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        drawn(tmp_path, count=6, largest=2, fake=FakeRenderer(stop_after=4))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"0000{n}-{40 + n}.png" for n in range(4)]


def test_a_picture_that_can_not_be_written_is_one_sentence_and_no_file(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(
        PureNegativeError, match=r"00000-40.png: the picture can't be written: No space left on device\.$"
    ):
        drawn(tmp_path)
    assert list(tmp_path.iterdir()) == []


def links_refused(*_: object) -> None:
    """What a file system without links answers, such as that of a camera's card."""
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
def test_two_runs_into_one_folder_leave_each_other_s_pictures_alone(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr("os.link", links_refused)
    theirs: list[Path] = []

    class Slow(FakeRenderer):
        """While it makes its first picture, another program makes three of the same seeds."""

        def render(self, batch, progress=None):
            if not theirs:
                theirs.extend(drawn(tmp_path, cfg=12))
            return super().render(batch, progress)

    mine = drawn(tmp_path, cfg=8, fake=Slow())
    assert [path.name for path in theirs] == ["00000-40.png", "00001-41.png", "00002-42.png"]
    assert [path.name for path in mine] == ["00003-40.png", "00004-41.png", "00005-42.png"]
    for paths, cfg in ((theirs, "CFG scale: 12"), (mine, "CFG scale: 8")):
        for path in paths:
            with Image.open(path) as image:
                image.load()
                assert f"{cfg}," in image.text["parameters"]
    assert {path for path in tmp_path.iterdir() if path.name != ".lock"} == {*theirs, *mine}


AT_ONCE = (
    "import sys; from pathlib import Path; from tests.cli.test_render import drawn; drawn(Path(sys.argv[1]), count=25)"
)


def test_of_runs_at_once_no_two_pictures_share_a_number(tmp_path):
    runs = [subprocess.Popen([sys.executable, "-c", AT_ONCE, str(tmp_path)], cwd=ROOT) for _ in range(4)]
    assert [run.wait(120) for run in runs] == [0] * 4
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [int(name[:5]) for name in names] == list(range(100))


KILLED = """
import os, sys
from pathlib import Path
from tests.cli.test_render import drawn

def killed(*_):
    os._exit(9)

os.link = Path.rename = killed
drawn(Path(sys.argv[1]))
"""


def test_a_run_killed_before_a_picture_has_its_name_leaves_none_and_what_it_left_goes_in_time(tmp_path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False).returncode == 9
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".part"
    assert [path.name for path in drawn(tmp_path, count=1)] == ["00000-40.png"]
    assert left.exists()  # it may still be written to
    os.utime(left, (0, 0))
    (tmp_path / ".mine.part").touch()
    os.utime(tmp_path / ".mine.part", (0, 0))
    drawn(tmp_path, count=1)
    assert {path.name for path in tmp_path.iterdir()} == {"00000-40.png", "00001-40.png", ".mine.part"}


@pytest.mark.parametrize(
    ("first", "made"),
    [
        (-2, [-2, 2**64 - 1, 0]),
        (-(2**63), [-(2**63), -(2**63) + 1, -(2**63) + 2]),
        (2**53, [2**53, 2**53 + 1, 2**53 + 2]),
        (2**64 - 3, [2**64 - 3, 2**64 - 2, 2**64 - 1]),
    ],
)
def test_every_seed_is_counted_up_written_down_and_in_the_file_s_name(first, made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loading, "engine", lambda checkpoint: FakeRenderer())
    words = ["--seed", str(first), "--count", "3", "--steps", "2", "--out", str(tmp_path)]
    assert main.main(["render", *words]) == 0
    assert main.main(["render", *words]) == 0
    names = [f"{place:05}-{seed}.png" for place, seed in enumerate([*made, *made])]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name, seed in zip(names, made, strict=False):
        with Image.open(tmp_path / name) as image:
            assert infotext.restore(image.text["parameters"]).plan().seed == seed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "0"], "--count: '0' is not allowed; give a whole number from 1 to 10000"),
        (["--count", "many"], "--count"),
        (["--batch", "65"], "--batch: '65' is not allowed; give a whole number from 1 to 64"),
        (["--seed", str(seeds.HIGHEST), "--count", "2"], "is too high for 2 pictures"),
        (["--w", "0"], "greater than 0"),
        (
            ["--sampler", "Heun++"],
            "sampler: 'Heun++' is not allowed; give one that works without the WebUI: DPM++ 2M, DPM++ SDE",
        ),
        (["--scheduler", "Turbo"], "scheduler: 'Turbo' is not allowed"),
        (["--sampler", "UniPC", "--steps", "2"], "steps with UniPC: 2 is not allowed; give 3 to 1000"),
        (["--prompt", "a AND b"], "AND"),
        (["--prompt", "<hypernet:a:1>"], "<hypernet:a:1>' is an extra network"),
        (["--prompt", "<lora:a:1>"], "for the LoRA 'a' name the WebUI's folder in --models"),
        (["--emphasis", "None"], "emphasis: 'None' is not allowed"),
        (["--checkpoint", "gone.safetensors"], "gone.safetensors is not there"),
        (["--vae", "gone.pt"], "--vae: there is no file 'gone.pt'"),
        (["--models", "gone"], "--models: 'gone' holds neither models nor embeddings"),
        (["--rng", "gpu"], "--rng: 'gpu' is not allowed; give nv or cpu"),
        (["--out", "a-file/pictures"], "--out: 'a-file/pictures' can't be made"),
        (["--out", "a-file"], "--out: 'a-file' can't be made"),
        (["--out", "x" * 5000], "can't be made"),
        (["--out", "nul\x00"], "can't be made"),
    ],
)
def test_a_wrong_command_is_refused_before_anything_is_drawn(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    monkeypatch.setattr(loading, "engine", lambda checkpoint: pytest.fail("the engine was loaded"))
    assert main.main(["render", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert said in captured.err


def test_the_command_prints_the_plan_and_names_the_files(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loading, "engine", lambda checkpoint: FakeRenderer())
    assert (
        main.main(["render", "--steps", "2", "--seed", "5", "--count", "2", "--out", str(tmp_path / "new" / "dir")])
        == 0
    )
    captured = capsys.readouterr()
    assert "negative prompt: (bad:0.564), " in captured.out
    assert captured.out.endswith(f"{tmp_path}/new/dir/00000-5.png\n{tmp_path}/new/dir/00001-6.png\n")
    assert "hint: " in captured.err


def test_a_random_seed_is_fixed_and_written_down(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loading, "engine", lambda checkpoint: FakeRenderer())
    assert main.main(["render", "--steps", "2", "--count", "2", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    first, second = sorted(tmp_path.iterdir())
    seeds = []
    for path in (first, second):
        with Image.open(path) as image:
            seeds.append(int(infotext.read(image.text["parameters"]).pairs["Seed"]))
    assert seeds[1] == seeds[0] + 1
    assert 0 <= seeds[0] < 2**32
