"""The `sheet` command: what it says beforehand, what it makes, how it goes on, what it refuses."""

from __future__ import annotations

import dataclasses

import pytest
from PIL import Image

from pure_negative.cli import main
from pure_negative.diffusion import loading
from pure_negative.planning import infotext
from pure_negative.sheet import definition, store, timing
from pure_negative.sheet.draw import finish
from tests.sheet.making import SheetRenderer, sheet

SMALL = ["--size", "64x64", "--steps", "2", "--seed", "7"]


@pytest.fixture
def no_engine(monkeypatch):
    monkeypatch.setattr(loading, "engine", lambda checkpoint: pytest.fail("the engine was loaded"))


def run(tmp_path, *words: str) -> int:
    return main.main(["sheet", "--out", str(tmp_path), *words])


def test_a_sheet_from_the_command_line(tmp_path, fake, capsys):
    assert run(tmp_path, "--x", "W: 6[, 0.9", "--y", "CFG: 8, 10.5", *SMALL) == 0
    out = capsys.readouterr().out.splitlines()
    folder = tmp_path / "sheet-0000"
    assert out[-4:] == [str(folder / name) for name in ("cells", "sheet.png", "maps.png", "index.html")]
    assert sorted(path.name for path in (folder / "cells").iterdir()) == [
        "1-01-01.png",
        "1-01-02.png",
        "1-02-01.png",
        "1-02-02.png",
    ]
    assert fake.made == [cell.request for cell in sheet("W: 6[, 0.9", "CFG: 8, 10.5", preset="toy").cells]


def test_a_dry_run_tells_all_and_makes_nothing(tmp_path, no_engine, capsys):
    axes = ["--x", "W: 0.01-1 [100]", "--y", "CFG: 1-100", "--size", "512x512"]
    assert run(tmp_path / "out", *axes, "--dry-run") == 0
    out, err = capsys.readouterr()
    assert "cells: 10000\n" in out
    assert "batches: 1250" in out
    assert "work: 320000 sampling steps" in out
    assert "known after the first batch" in out
    assert "too large for one picture" in err
    assert "At CFG scale 1 the negative prompt has no effect" in err
    assert "(100 of 10000 cells)" in err
    assert not (tmp_path / "out").exists()


def test_a_sheet_that_goes_on_is_planned_once_and_no_finished_picture_is_read(tmp_path, fake, monkeypatch):
    assert run(tmp_path, "--x", "W: 0.1-0.9 [9]", *SMALL) == 0
    folder = tmp_path / "sheet-0000"
    for number in (3, 7):
        (folder / "cells" / f"1-01-{number:02}.png").unlink()
    planned, read = [], []
    make, whole = definition.make_plan, store._is_whole
    monkeypatch.setattr(definition, "make_plan", lambda *given: planned.append(given) or make(*given))
    monkeypatch.setattr(store, "_is_whole", lambda path: read.append(path) or whole(path))
    assert main.main(["sheet", "--resume", str(folder)]) == 0
    assert [":0.3)" in request.negative_prompt for request in fake.made[9:]] == [True, False]
    assert len(planned) == 9 + 1  # the cells, and the base choices
    assert read == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--x", "prompt: a, [b|c], d"], "[b|c]"),
        (["--x", "prompt: a, b, <lora:missing>"], "missing"),
        (["--x", "W: 0.1-0.9 [9]", "--y", "sampler: Euler, Bogus"], "Bogus"),
    ],
)
def test_a_single_cell_that_the_engine_can_not_make_is_refused_beforehand(tmp_path, no_engine, capsys, words, named):
    assert run(tmp_path, *words, *SMALL) == 2
    assert named in capsys.readouterr().err


def test_the_time_is_known_beforehand_from_an_earlier_sheet(tmp_path, fake, capsys):
    folder = tmp_path / "sheet-0000"
    assert run(tmp_path, "--x", "W: 0.5, 0.6", *SMALL) == 0
    timing.write(folder, timing.Timing(10.0, 64 * 64 * 4 / 1e6, 64 * 64 / 1e6, SheetRenderer.model.hash))
    capsys.readouterr()
    assert run(tmp_path, "--x", "W: 0.1-0.8 [8]", *SMALL, "--dry-run") == 0
    assert "time: about 40 s, judging by an earlier sheet" in capsys.readouterr().out


@pytest.mark.parametrize(("size", "told"), [("64x64", "10 s"), ("128x192", "4 min"), ("256x256", "11 min")])
def test_the_time_is_that_of_the_nearest_size_known(tmp_path, fake, capsys, size, told):
    for number, (width, seconds) in enumerate(((64, 10.0), (128, 155.0))):
        (tmp_path / f"sheet-000{number}").mkdir()
        area = width * width / 1e6
        timing.write(tmp_path / f"sheet-000{number}", timing.Timing(seconds, area * 2, area, SheetRenderer.model.hash))
    assert run(tmp_path, "--x", "W: 0.5", "--size", size, "--steps", "2", "--dry-run") == 0
    assert f"time: about {told}, judging by an earlier sheet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "spoken"), [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (7_199, "2 h"), (7_801, "2 h 11 min")]
)
def test_durations_are_spoken(seconds, spoken):
    assert timing.spoken(seconds) == spoken


def test_an_interrupted_sheet_says_how_to_go_on_and_goes_on(tmp_path, fake, capsys):
    fake.stop_after = 4
    assert run(tmp_path, "--x", "W: 0.1-0.8 [8]", *SMALL, "--batch", "2") == 130
    folder = tmp_path / "sheet-0000"
    assert f"to continue: python3 run.py sheet --resume {folder}" in capsys.readouterr().err
    fake.stop_after = None
    assert main.main(["sheet", "--resume", str(folder), "--dry-run"]) == 0
    assert "cells: 8, 4 already generated" in capsys.readouterr().out
    assert main.main(["sheet", "--resume", str(folder)]) == 0
    assert len(fake.made) == len(set(fake.made)) == 8
    assert (folder / "sheet.png").is_file()


@pytest.mark.parametrize("seed", ["-9223372036854775808", "-5", "6687881544318117707", "18446744073709551615"])
def test_a_stopped_sheet_of_any_seed_goes_on(tmp_path, fake, seed):
    fake.stop_after = 1
    assert run(tmp_path, "--x", "W: 6[, 0.9", *SMALL[:4], "--seed", seed, "--batch", "1") == 130
    fake.stop_after = None
    assert main.main(["sheet", "--resume", str(tmp_path / "sheet-0000")]) == 0
    assert [request.seed for request in fake.made] == [int(seed)] * 2


def test_a_stopped_sheet_over_seeds_goes_on(tmp_path, fake):
    seeds = "-9223372036854775808, -5--3, 9007199254740993, 18446744073709551613-18446744073709551615"
    fake.stop_after = 1
    assert run(tmp_path, "--x", f"seed: {seeds}", *SMALL[:4], "--batch", "1") == 130
    fake.stop_after = None
    assert main.main(["sheet", "--resume", str(tmp_path / "sheet-0000")]) == 0
    made = [-(2**63), -5, -4, -3, 2**53 + 1, 2**64 - 3, 2**64 - 2, 2**64 - 1]
    assert [request.seed for request in fake.made] == made


@pytest.fixture
def asked(monkeypatch):
    """The options of each engine that was asked for."""
    found = []

    def engine(options):
        found.append(options)
        renderer = SheetRenderer()
        renderer.model = dataclasses.replace(renderer.model, noise=options.noise)
        return renderer

    monkeypatch.setattr(loading, "engine", engine)
    return found


@pytest.mark.parametrize(("given", "noise"), [([], "NV"), (["--rng", "nv"], "NV"), (["--rng", "CPU"], "CPU")])
def test_a_sheet_goes_on_with_the_noise_it_was_begun_with(tmp_path, asked, given, noise, capsys):
    assert run(tmp_path, "--x", "W: 0.5, 0.6", *SMALL, *given) == 0
    folder = tmp_path / "sheet-0000"
    (first, second) = sorted((folder / "cells").iterdir())
    with Image.open(first) as image:
        assert infotext.read(image.text["parameters"]).pairs["RNG"] == noise
    second.unlink()
    assert main.main(["sheet", "--resume", str(folder)]) == 0
    assert [options.noise for options in asked] == [noise, noise]
    second.unlink()
    other = {"NV": "cpu", "CPU": "nv"}[noise]
    assert main.main(["sheet", "--resume", str(folder), "--rng", other]) == 2
    assert f"noise source was '{noise}', now '{other.upper()}'" in capsys.readouterr().err


def test_resuming_with_the_same_axes_goes_on_and_with_others_is_refused(tmp_path, fake, capsys):
    axes = ["--x", "W: 0.5, 0.6", "--size", "64x64", "--steps", "2"]
    assert run(tmp_path, *axes) == 0
    folder = str(tmp_path / "sheet-0000")
    assert main.main(["sheet", "--resume", folder, *axes]) == 0
    assert len(fake.made) == 2
    assert main.main(["sheet", "--resume", folder, *axes, "--steps", "3"]) == 2
    assert "steps was '2', now '3'" in capsys.readouterr().err
    assert main.main(["sheet", "--resume", folder, "--steps", "3"]) == 2
    assert "leave the other options out" in capsys.readouterr().err


def test_cells_that_can_not_be_made_are_told_and_the_rest_is_drawn(tmp_path, fake, capsys):
    fake.poison = ["bad:0.6)"]
    assert run(tmp_path, "--x", "W: 0.5, 0.6, 0.7", *SMALL) == 2
    out, err = capsys.readouterr()
    assert "1 of 3 cells failed (W 0.6)" in err
    assert str(tmp_path / "sheet-0000" / "sheet.png") in out
    with Image.open(tmp_path / "sheet-0000" / "sheet.png") as image:
        image.load()


def test_a_second_run_keeps_off_until_the_first_has_drawn_its_sheet(tmp_path, fake, capsys, monkeypatch):
    drawing, codes = finish.finish, []

    def finishing(*given, **named):
        codes.append(main.main(["sheet", "--resume", str(tmp_path / "sheet-0000")]))
        return drawing(*given, **named)

    monkeypatch.setattr(finish, "finish", finishing)
    assert run(tmp_path, "--x", "W: 0.5, 0.6", *SMALL) == 0
    assert codes == [2]
    out, err = capsys.readouterr()
    assert "another process is generating this sheet; wait for it or stop it." in err
    assert out.splitlines()[-1] == str(tmp_path / "sheet-0000" / "index.html")


def test_what_the_engine_has_not_is_known_before_it_is_loaded(tmp_path, no_engine, capsys):
    assert run(tmp_path, "--x", "sampler: Euler, DPM magic", *SMALL) == 2
    assert "sampler: 'DPM magic' is not allowed; give one that works without the WebUI" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_scan_brings_its_axes_and_its_size(tmp_path, no_engine, capsys):
    assert run(tmp_path, "--scan", "cfg-steps-768", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "columns: CFG 4.5, CFG 6.75" in out
    assert "rows: steps 48, steps 64, steps 96" in out
    assert "batches: 12" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--checkpoint", "nope.safetensors"], "nope.safetensors is not there; give a .safetensors or .ckpt file."),
        (["--checkpoint", "nope.ckpt"], "nope.ckpt is not there"),
        (
            ["--y", "sampler: Euler, Foo"],
            "sampler: 'Foo' is not allowed; give one that works without the WebUI: DPM++ 2M, ",
        ),
        (["--scheduler", "Foo"], "scheduler: 'Foo' is not allowed; give one that works without the WebUI: Automatic, "),
        (["--prompt", "a AND b"], "AND"),
    ],
)
@pytest.mark.parametrize("dry", [["--dry-run"], []])
@pytest.mark.parametrize("command", [["sheet", "--x"], ["yield", "run", "--z"]])
def test_what_the_engine_would_refuse_is_refused_before(
    tmp_path, no_engine, capsys, monkeypatch, command, dry, words, said
):
    monkeypatch.chdir(tmp_path)
    assert main.main([*command, "W: 0.5, 0.6", *dry, *words]) == 2
    assert said in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_finished_sheet_is_taken_up_without_the_engine(tmp_path, fake, monkeypatch, capsys):
    assert run(tmp_path, "--x", "W: 0.5, 0.6", *SMALL) == 0
    folder = tmp_path / "sheet-0000"
    (folder / "sheet.png").unlink()
    monkeypatch.setattr(loading, "engine", lambda options: pytest.fail("the engine was loaded"))
    capsys.readouterr()
    assert main.main(["sheet", "--resume", str(folder)]) == 0
    assert str(folder / "sheet.png") in capsys.readouterr().out
    assert (folder / "sheet.png").is_file()


def test_a_finished_yield_run_is_taken_up_without_the_engine(tmp_path, fake, monkeypatch, capsys):
    words = ["--count", "2", *SMALL[:4], "--out", str(tmp_path)]
    assert main.main(["yield", "run", *words]) == 0
    monkeypatch.setattr(loading, "engine", lambda options: pytest.fail("the engine was loaded"))
    capsys.readouterr()
    assert main.main(["yield", "run", "--resume", str(tmp_path / "yield-0000")]) == 0
    assert capsys.readouterr().out.endswith(f"{tmp_path / 'yield-0000'}\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "at least one axis"),
        (["--x", "W: 0"], "--x: W: '0' is not allowed"),
        (["--x", "W: 1", "--batch", "0"], "--batch"),
        (["--x", "W: 1", "--large", "tiny"], "--large"),
        (["--scan", "w-cgf"], "did you mean w-cfg"),
        (["--x", "W: 6[", "--w", "0.5"], "--w: the axis W sets it too; give only one of them"),
        (["--x", "W: 6[", "--brackets", "-2"], "--brackets: the axis W sets it too"),
        (["--scan", "w-cfg", "--step", "0.5"], "--step: the axis W sets it too"),
        (["--y", "ratio: 4:3", "--size", "512x512"], "--size: the axis ratio sets it too"),
        (["--z", "CFG: 8", "--cfg-factor", "2"], "--cfg-factor: the axis CFG sets it too"),
        (["--x", "clip skip: 1, 2", "--clip-skip", "1"], "--clip-skip: the axis clip skip sets it too"),
        (["--scan", "w-cfg", "--x", "W: 1"], "give one or the other"),
        (["--resume", "nowhere"], "nowhere: there is no such folder"),
        (["--x", "W: 1", "--resume", ""], ".: there is no sheet.yaml in it; give the folder of a sheet or"),
    ],
)
def test_a_wrong_command_is_one_sentence(tmp_path, no_engine, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, *words) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path, fake, capsys):
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file", "--x", "W: 0.5", *SMALL) == 2
    assert "can't be written" in capsys.readouterr().err


def test_a_full_disk_while_drawing_is_one_sentence_and_every_cell_is_kept(tmp_path, fake, capsys, monkeypatch):
    from pure_negative.sheet.draw import heatmaps

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(heatmaps, "draw", full)
    assert run(tmp_path, "--x", "W: 0.5, 0.6", *SMALL) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert store.reopen(tmp_path / "sheet-0000", fake.model).missing() == []
