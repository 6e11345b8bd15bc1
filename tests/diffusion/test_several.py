"""A sheet over checkpoints and VAEs on the command line: each file loaded once, each cell named after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pure_negative.cli import main
from pure_negative.diffusion import loading
from pure_negative.planning import infotext
from tests import second_checkpoint
from tests.real.pictures import difference

SMALL = ("--size", "64x64", "--steps", "2", "--seed", "5", "--rng", "cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three checkpoints; the name of one is a preset's."""
    made = tmp_path_factory.mktemp("checkpoints")
    second_checkpoint.ensure(made, "anything-v3")
    second_checkpoint.ensure(made, second_checkpoint.THIRD)
    return made


@pytest.fixture
def loaded(monkeypatch):
    """The name of each checkpoint that was loaded, in turn."""
    names, usual = [], loading.engine
    monkeypatch.setattr(
        loading, "engine", lambda options: (names.append(Path(options.checkpoint).stem), usual(options))[1]
    )
    return names


def run(out, *words) -> int:
    return main.main(["sheet", "--out", str(out), *words])


def axis(folder) -> str:
    return f"checkpoint: {folder / 'pure-negative-embedded.safetensors'}, {folder / 'anything-v3.safetensors'}"


def cells(out) -> dict[str, tuple[Image.Image, infotext.Infotext]]:
    found = {}
    for path in sorted((out / "sheet-0000" / "cells").iterdir()):
        with Image.open(path) as image:
            found[path.stem] = (image.convert("RGB"), infotext.read(image.info["parameters"]))
    return found


def test_each_cell_is_the_single_picture_of_its_checkpoint(tmp_path, folder, loaded, capsys):
    three = f"{axis(folder)}, {folder / 'third.safetensors'}"
    assert run(tmp_path, "--x", three, "--y", "W: 6[, 0.9, 0.5, 0.1", *SMALL) == 0
    assert loaded == ["pure-negative-embedded", "anything-v3", "third"]
    made = cells(tmp_path)
    assert len(made) == 12
    for column, name in enumerate(list(loaded), 1):
        for row, w in enumerate(("-6", "0.9", "0.5", "0.1"), 1):
            out = tmp_path / f"{name}-{row}"
            way = ["--brackets", w] if w == "-6" else ["--w", w]
            words = ["render", "--out", str(out), "--checkpoint", str(folder / f"{name}.safetensors"), *way, *SMALL]
            assert main.main(words) == 0
            with Image.open(next(out.glob("*.png"))) as single:
                picture, text = made[f"1-{row:02}-{column:02}"]
                assert difference(single, picture) <= 1
                assert infotext.read(single.info["parameters"]) == text
                assert text.pairs["Model"] == name


def test_the_preset_that_fits_each(tmp_path, folder, loaded, capsys):
    assert run(tmp_path, "--x", axis(folder), "--y", "preset: auto, nai", "--steps", "1", "--size", "64x64") == 0
    found = {name: text.pairs["Pure negative"].split(";")[1] for name, (_, text) in cells(tmp_path).items()}
    assert found == {
        "1-01-01": "preset=nai",
        "1-01-02": "preset=anything-v3",
        "1-02-01": "preset=nai",
        "1-02-02": "preset=nai",
    }


def test_stopped_in_the_middle_and_resumed(tmp_path, folder, loaded, monkeypatch, capsys):
    usual = loading.engine

    def stopping(options):
        if "anything" in options.checkpoint:
            raise KeyboardInterrupt
        return usual(options)

    words = ("--x", axis(folder), "--y", "W: 6[, 0.9", *SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "engine", stopping)
        assert run(tmp_path, *words) == 130
    assert sorted(cells(tmp_path)) == ["1-01-01", "1-02-01"]
    loaded.clear()
    assert run(tmp_path, "--resume", str(tmp_path / "sheet-0000")) == 0
    assert loaded == ["anything-v3"]
    assert [text.pairs["Model"] for _, text in cells(tmp_path).values()] == [
        "pure-negative-embedded",
        "anything-v3",
    ] * 2


def test_a_vae_axis(tmp_path, folder, loaded, capsys):
    own = str(folder / "anything-v3.safetensors")
    assert run(tmp_path, "--x", "VAE: none, auto", "--checkpoint", own, *SMALL) == 0
    one, other = (picture.tobytes() for picture, _ in cells(tmp_path).values())
    assert one == other
    assert loaded == ["anything-v3"] * 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--x", "checkpoint: nowhere.safetensors"], "nowhere.safetensors is not there"),
        (["--x", "checkpoint: a.safetensors", "--checkpoint", "b.ckpt"], "the axis checkpoint sets it too"),
        (["--x", "VAE: nowhere.pt"], "there is no file 'nowhere.pt'"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_made(tmp_path, capsys, words, told):
    assert run(tmp_path / "out", *words, *SMALL) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
