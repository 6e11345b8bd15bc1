"""The `yield` command: what it makes, how it goes on, what it hands from level to level, what it refuses."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative.cli import main
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import store as sheets
from pure_negative.yields import seed_search
from pure_negative.yields.db.store import Judgements
from tests.sheet.making import SheetRenderer
from tests.sheet.making import make as make_cells
from tests.yields.making import enter, imagined, judge_published, opened, run_of, without_matplotlib

pytestmark = pytest.mark.usefixtures("user_folder")

SMALL = ["--size", "64x64", "--steps", "2"]


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "outputs"


def make(out: Path, *words: str) -> int:
    return main.main(["yield", "run", "--out", str(out), *words])


def told(capsys) -> str:
    return str(capsys.readouterr().out)


def seeds(folder: Path) -> list[int]:
    return [cell.plan.seed for cell in sheets.find(folder).sheet.cells]


def test_a_run_is_twenty_pictures_of_one_plan_in_batches(out, fake, capsys):
    assert make(out, *SMALL, "--seed", "100") == 0
    assert told(capsys).splitlines()[-1] == str(out / "yield-0000")
    assert [request.seed for request in fake.made] == list(range(100, 120))
    assert len(fake.batches) == 1
    assert len({request.negative_prompt for request in fake.made}) == 1
    with Judgements() as judgements:
        assert opened(judgements, out / "yield-0000").pictures == 20


def test_given_seeds_and_another_axis(out, fake):
    assert make(out, *SMALL, "--seeds", "3, 5, 7-9, 5", "--y", "W: 6[, 0.9") == 0
    assert [request.seed for request in fake.made] == [3, 5, 7, 8, 9] * 2


ENDS = [-(2**63), -5, 2**53 + 1, 6687881544318117707, 2**64 - 2]


@pytest.mark.parametrize("seed", ENDS)
def test_a_run_of_any_seed_is_made_judged_marked_and_carried_on(out, fake, capsys, seed):
    assert make(out, *SMALL, "--seed", str(seed), "--count", "2") == 0
    run = out / "yield-0000"
    assert [request.seed for request in fake.made] == seeds(run) == [seed, seed + 1]
    capsys.readouterr()
    assert main.main(["yield", "mark", str(run), f"{seed},{seed + 1}"]) == 0
    assert told(capsys) == f"{seed}, {seed + 1}\n"
    assert main.main(["yield", "mark", str(run), str(seed), "--undo"]) == 0
    assert make(out, "--marked", str(run)) == 0
    assert seeds(out / "yield-0001") == [seed + 1]
    assert make(out, *SMALL, "--seeds", f"{seed}, {seed + 1}") == 0
    assert seeds(out / "yield-0002") == [seed, seed + 1]


def test_a_run_counted_up_past_minus_one_has_no_random_seed(out, fake, capsys):
    assert make(out, *SMALL, "--seed", "-2", "--count", "3") == 0
    assert [request.seed for request in fake.made] == seeds(out / "yield-0000") == [-2, 2**64 - 1, 0]
    with Judgements() as judgements:
        entries = judgements.entries(opened(judgements, out / "yield-0000").id)
    assert [entry.seed for entry in entries] == [-2, 2**64 - 1, 0]


def test_a_picture_that_the_webui_counted_up_to_minus_one_is_carried_on_as_itself(out, fake, judgements, tmp_path):
    run = enter(judgements, tmp_path, [imagined(seed) for seed in (-2, -1, 0)])
    for entry in judgements.entries(run.id):
        judgements.mark("Ada", entry.key, True)
    assert judgements.marked(run.id) == [-2, 2**64 - 1, 0]


def test_a_run_past_the_last_seed_is_refused_before_anything_is_made(out, fake, capsys):
    assert make(out, *SMALL, "--seed", str(2**64 - 2), "--count", "3") == 2
    assert "18446744073709551614 is too high for 3 pictures" in capsys.readouterr().err
    assert not out.exists()
    assert fake.made == []


def test_a_stopped_run_goes_on(out, fake, capsys):
    fake.stop_after = 4
    assert make(out, *SMALL, "--seed", "1", "--batch", "4") == 130
    assert "yield run --resume" in capsys.readouterr().err
    fake.stop_after = None
    assert main.main(["yield", "run", "--resume", str(out / "yield-0000")]) == 0
    assert sorted(request.seed for request in fake.made) == list(range(1, 21))


def test_the_search_for_seeds_from_level_to_level(out, fake, capsys):
    assert make(out, "--level", "1", "--size", "64x64", "--seed", "1", "--dry-run") == 0
    assert "cells: 256\n" in told(capsys)
    assert make(out, "--level", "1", "--size", "64x64", "--seed", "1", "--count", "6") == 0
    steps = [fake.made[-1].steps]
    for folder, marked in (("yield-0000", "2,4-6"), ("yield-0001", "4,6"), ("yield-0002", "6")):
        assert main.main(["yield", "mark", str(out / folder), marked]) == 0
        assert make(out, "--marked", str(out / folder)) == 0
        steps.append(fake.made[-1].steps)
    assert steps == [48, 256, 512, 1024]
    assert [seeds(out / f"yield-000{number}") for number in range(4)] == [[1, 2, 3, 4, 5, 6], [2, 4, 5, 6], [4, 6], [6]]
    main.main(["yield", "mark", str(out / "yield-0003"), "6"])
    assert make(out, "--marked", str(out / "yield-0003")) == 2
    assert "the last level has 1024 steps" in capsys.readouterr().err
    assert make(out, "--marked", str(out / "yield-0003"), "--steps", "1536") == 0
    assert fake.made[-1].steps == 1536


def test_a_judge_in_another_case_is_no_second_one(out, capsys):
    run = str(run_of(out, 3))
    for judge in ("Ann", "ann", " ANN "):
        assert main.main(["yield", "mark", run, "1-2", "--judge", judge]) == 0
    assert main.main(["yield", "mark", run, "2", "--judge", "aNN", "--undo"]) == 0
    with Judgements() as judgements:
        assert judgements.names() == ["Ann"]
        assert judgements.marked(1) == [1]


def test_the_next_level_keeps_what_was_left_to_the_host_s_own_controls(out, fake):
    tab = Tab(prompt="a cat", negative_prompt="blurry", width=192, height=128, cfg=11.0, sampler="Euler a", clip_skip=2)
    left = Choices(preset="nai", leave=("size", "cfg", "steps", "sampler", "clip_skip"))
    first = sheets.create(out, seed_search.plan(left, (1, 2, 3), tab=tab), SheetRenderer.model, "yield")
    make_cells(first)
    assert main.main(["yield", "mark", str(first.path), "2"]) == 0
    assert make(out, "--marked", str(first.path)) == 0
    before = next(cell.request for cell in first.sheet.cells if cell.request.seed == 2)
    assert fake.made == [dataclasses.replace(before, steps=48)]
    assert (before.prompt, before.width, before.cfg_scale, before.sampler) == ("a cat", 192, 11.0, "Euler a")


def test_marked_seeds_are_a_list_for_every_seed_box(out, capsys):
    run = run_of(out, 9)
    assert main.main(["yield", "mark", str(run), "9,2-3", "--judge", "Ada"]) == 0
    assert told(capsys) == "2, 3, 9\n"
    assert main.main(["yield", "mark", str(run), "3", "--judge", "Ada", "--undo"]) == 0
    assert main.main(["yield", "seeds", str(run)]) == 0
    assert told(capsys).splitlines()[-1] == "2, 9"
    assert main.main(["yield", "mark", str(run), "5", "--judge", "Bea"]) == 0
    assert main.main(["yield", "mark", str(run), "5", "--judge", "Bea", "--undo"]) == 0
    assert main.main(["yield", "seeds", str(run), "--judge", "Ada"]) == 0
    assert told(capsys).splitlines()[-1] == "2, 9"


@pytest.fixture
def by_judges(judgements, out):
    """A run that Ann, ann and Bob have judged and marked."""
    run = run_of(out, 3)
    for entry in judgements.entries(opened(judgements, run).id):
        for judge, seed, judged in (("Ann", 1, 1), ("ann", 2, 4), ("Bob  Roe", 3, 2)):
            judgements.judge(judge, entry.key, judged)
            judgements.mark(judge, entry.key, entry.seed == seed)
    return run


@pytest.mark.parametrize(
    ("judge", "seed", "judged"),
    [("Ann", 1, "pattern"), ("ann", 2, "legit_human"), (" Bob Roe ", 3, "object_or_scenery"),
     ("bob roe", 3, "object_or_scenery")],
)  # fmt: skip
def test_a_judge_is_one_judge_wherever_the_name_is_given(by_judges, out, fake, capsys, judge, seed, judged):
    assert main.main(["yield", "seeds", str(by_judges), "--judge", judge]) == 0
    assert told(capsys) == f"{seed}\n"
    assert main.main(["yield", "table", "--judge", judge, "--format", "csv"]) == 0
    head, row = (line.split(",") for line in told(capsys).splitlines())
    assert dict(zip(head, row, strict=True))[judged] == "3"
    assert make(out, "--marked", str(by_judges), "--judge", judge) == 0
    assert [request.seed for request in fake.made] == [seed]


@pytest.mark.parametrize("judge", ["ANN", "Ana", "", "x" * 61])
def test_a_judge_who_is_not_known_is_refused_with_those_who_are(by_judges, out, capsys, judge):
    for words in (["seeds", str(by_judges)], ["table"], ["run", "--marked", str(by_judges), "--out", str(out)]):
        assert main.main(["yield", *words, "--judge", judge]) == 2
        refused = capsys.readouterr().err
        assert "error: --judge: " in refused
        assert len(judge.strip()) not in range(1, 60) or "give one of Ann, Bob Roe, ann" in refused


def test_without_any_judge_none_is_known(out, capsys):
    assert main.main(["yield", "seeds", str(run_of(out, 2)), "--judge", "Ann"]) == 2
    assert "--judge: 'Ann' is not known; nobody has judged or marked anything yet." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "0"], "--count: '0' is not allowed; give a whole number from 1 to 1000"),
        (["--count", "1001"], "from 1 to 1000"),
        (
            ["--seeds", "x"],
            "error: --seeds: 'x' is not allowed; give seeds from -9223372036854775808 to",
        ),
        (
            ["--seeds", "1, -2--1"],
            "error: --seeds: '-1' is not allowed; give seeds from -9223372036854775808 to",
        ),
        (
            ["--seeds", "5-"],
            "error: --seeds: '5-' is not allowed; give seeds from -9223372036854775808 to",
        ),
        (["--seeds", "1," * 1001], "1000 at most"),
        (["--seeds", "-1"], "except -1, which stands for a random one"),
        (["--seeds", ""], "except -1, which stands for a random one"),
        (["--seeds", "1,2", "--count", "5"], "leave --seed and --count out"),
        (["--level", "5"], "--level: '5' is not allowed; give a whole number from 1 to 4"),
        (["--level", "1", "--steps", "9"], "--level sets --steps itself"),
        (["--seed", str(2**64 - 1)], "is too high for 20 pictures"),
        (["--level", "1", "--y", "steps: 4"], "--level: the steps axis sets the steps too; give one or the other."),
        (["--level", "2", "--z", "steps: 4, 8"], "--level: the steps axis sets the steps too; give one or the other."),
        (["--marked", "none"], "the folder can't be read"),
        (["--marked", "none", "--w", "0.9"], "leave the other options out"),
        (["--resume", "none", "--seeds", "1"], "leave the other options out"),
        (["--resume", "none"], "there is no such folder to resume"),
        (["--resume", "."], ".: there is no sheet.yaml in it; give the folder of a sheet or of a yield run"),
        (["--y", "seed: 1, 2"], "the axis seed is used twice"),
        (["--y", "W: 6[, 2[", "--w", "0.9"], "--w: the axis W sets it too; give only one of them"),
    ],
)
def test_a_run_that_can_not_be_is_refused_in_a_sentence(out, capsys, words, said):
    assert make(out, *words) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["table", "--by", "colour"], "give one of preset, checkpoint, w, size, cfg, steps"),
        (["table", "--by", ","], "one or more of"),
        (["table", "--format", "xls"], "give one of text, md, csv, svg"),
        (["table", "--judge", "Zoe"], "--judge: 'Zoe' is not allowed; give one of author"),
        (["table", "--only", "w"], "a column and its value, like w=0.9"),
        (["table", "--only", "w=much"], "--only w: 'much' is not allowed"),
        (["table", "none"], "the folder can't be read"),
        (["table", "--out", "no/such/place"], "can't be written"),
        (["table", "--out", "chart.jpg"], "'chart.jpg' is not allowed; give a name ending in .txt, .md, .csv, .svg"),
        (["table", "--out", "chart.png", "--format", "svg"], "a name in .png is for png, but --format is svg"),
        (["table", "--out", "z.pdf", "--format", "csv"], "a name in .pdf is for pdf, but --format is csv"),
        (["table", "--out", "z.svg", "--format", "text"], "a name in .svg is for svg, but --format is text"),
        (["table", "--format", "png"], "give one of text, md, csv, svg"),
        (["mark", "none", "1"], "the folder can't be read"),
        (["judge", "none"], "the folder can't be read"),
        (["judge", "--port", "x"], "--port: 'x' is not allowed"),
        (["judge", "--judge", ""], "give a name of 1 to 60 characters"),
    ],
)
def test_what_can_not_be_counted_is_refused_in_a_sentence(judgements, tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    judge_published(judgements, tmp_path)
    assert main.main(["yield", *words]) == 2
    assert said in capsys.readouterr().err


def test_marking_a_seed_that_is_not_there_marks_nothing(out, capsys):
    run = run_of(out, 14)
    for wanted, said in (
        ("2, 80", "80 is not in this folder; its pictures have 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … 14 (14 seeds)."),
        ("80, 90", "80, 90 are not in this folder; its pictures have"),
        ("100-200", "100, 101, 102, 103, 104, 105, 106, 107, 108, 109, … 200 (101 seeds) are not in this folder"),
        ("abc", "'abc' is not allowed; give seeds from -9223372036854775808 to"),
    ):
        assert main.main(["yield", "mark", str(run), wanted]) == 2
        assert f"error: seeds: {said}" in capsys.readouterr().err
    main.main(["yield", "seeds", str(run)])
    assert told(capsys) == "\n"


def test_before_anybody_has_judged_it_is_said(judgements, capsys):
    for name in ("Ada", ""):
        assert main.main(["yield", "table", "--judge", name]) == 2
        assert "--judge: nobody has judged anything yet; 'yield judge FOLDER' opens" in capsys.readouterr().err
    assert main.main(["yield", "table", "--only", "w=0.9"]) == 0
    assert "nothing has been judged yet" in capsys.readouterr().err


def test_only_takes_any_of_several_values_of_a_column(judgements, tmp_path, capsys):
    judge_published(judgements, tmp_path)
    many = ["--only", "size=512x512", "--only", "size=768x768", "--only", "preset=nai-standard"]
    assert main.main(["yield", "table", "--by", "preset,size", *many, "--format", "csv"]) == 0
    rows = [line.split(",")[:2] for line in told(capsys).splitlines()[1:]]
    assert rows == [["nai-standard", "512x512"], ["nai-standard", "768x768"]]
    assert main.main(["yield", "table", "--only", "w=0.123"]) == 0
    assert "nothing judged matches --only w=0.123" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "head"),
    [("c.svg", "<"), ("c.CSV", "size,sample,"), ("c.md", "|Dimension|"), ("c.txt", "Dimension "), ("c", "Dimension ")],
)
def test_a_file_is_written_in_the_format_its_name_ends_in(judgements, tmp_path, capsys, name, head):
    judge_published(judgements, tmp_path)
    assert main.main(["yield", "table", "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(head)
    assert main.main(["yield", "table", "--format", "md", "--out", str(tmp_path / "c.log")]) == 0
    assert (tmp_path / "c.log").read_text(encoding="utf-8").startswith("|Dimension|")


def test_csv_has_the_intervals_and_only_picks_rows(judgements, tmp_path, capsys):
    judge_published(judgements, tmp_path)
    words = ["--by", "w,size", "--only", "w=0.9", "--only", "size=512×512"]
    assert main.main(["yield", "table", *words, "--format", "csv"]) == 0
    head, row = (line.split(",") for line in told(capsys).splitlines())
    found = dict(zip(head, row, strict=True))
    assert (found["w"], found["size"], found["sample"], found["legit_human"]) == ("0.9", "512x512", "20", "8")
    assert (found["legit_human_share"], found["legit_human_low"], found["legit_human_high"]) == (
        "0.4000",
        "0.2188",
        "0.6134",
    )
    assert main.main(["yield", "table", *words]) == 0
    assert "8 (22-61 %)" in told(capsys)


def test_the_chart_as_svg_holds_its_text_and_is_the_same_each_time(judgements, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    judge_published(judgements, tmp_path)
    command = ["yield", "table", "--by", "w,size", "--format", "svg"]
    assert main.main(command) == 0
    out = told(capsys)
    assert "<svg" in out
    assert all(text in out for text in ("W 0.9, 576x1024", "Malformed human", "n 15"))
    assert main.main(command) == 0
    assert told(capsys) == out


def test_a_png_of_the_chart(judgements, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    judge_published(judgements, tmp_path)
    assert main.main(["yield", "table", "--out", str(tmp_path / "chart.png")]) == 0
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_without_matplotlib_a_chart_is_refused_in_a_sentence(judgements, tmp_path, capsys, monkeypatch, form):
    without_matplotlib(monkeypatch)
    assert main.main(["yield", "table", "--out", str(tmp_path / f"chart.{form}")]) == 2
    told = f"error: {form}: matplotlib is not installed; run 'python3 run.py', or pip install 'pure-negative[plot]'."
    assert told in capsys.readouterr().err
    assert not (tmp_path / f"chart.{form}").exists()


def test_the_table_needs_neither_pillow_nor_numpy(judgements, tmp_path):
    judge_published(judgements, tmp_path)
    code = "import sys; sys.modules |= {'PIL': None, 'numpy': None, 'tqdm': None, 'matplotlib': None}\n"
    code += "from pure_negative.cli import main; sys.exit(main.main(['yield', 'table', '--format', 'md']))"
    root = Path(__file__).parent.parent.parent
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "|768x768|15|" in ran.stdout


def test_progress_is_what_was_judged_of_each_run(judgements, tmp_path):
    first, second = imagined(1), imagined(2)
    whole = judgements.register(tmp_path / "whole", [(first, tmp_path / "1.png"), (second, tmp_path / "2.png")])
    judgements.judge("Ada", first.key, 1)
    judgements.judge("Ada", first.key, 2)
    part = judgements.register(tmp_path / "part", [(first, tmp_path / "1.png")])
    assert (judgements.judged(whole.id, "Ada"), judgements.judged(part.id, "Ada")) == (1, 1)
    judgements.judge("Ada", second.key, 2)
    judgements.undo("Ada")
    judgements.undo("Ada")
    assert (judgements.judged(whole.id, "Ada"), judgements.judged(part.id, "Ada")) == (1, 1)
    judgements.undo("Ada")
    assert (judgements.judged(whole.id, "Ada"), judgements.judged(part.id, "Ada")) == (0, 0)
