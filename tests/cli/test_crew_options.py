"""Who makes a sheet, as the command line says it: what is refused, and what goes on a command line again."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative.cli import crew_options
from pure_negative.cli import main as cli
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.sheet import batches, store
from tests.distributed.webui_server import WebUI, serving

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--x", "W: 0.1-0.8 [8]", "--y", "CFG: 3, 7", "--size", "64x64", "--steps", "2", "--seed", "5"]


def read(*words, options=None):
    parser = argparse.ArgumentParser()
    crew_options.add(parser)
    return crew_options.read(parser.parse_args(words), options or EngineOptions())


@pytest.mark.parametrize(
    ("words", "again", "count"),
    [
        ([], [], 1),
        (["--workers", "4"], ["--workers", "4"], 4),
        (["--workers", "AUTO"], ["--workers", "auto"], None),
        (["--ray", "pc1:6379"], ["--workers", "auto", "--ray", "pc1:6379"], None),
        (
            ["--webui", "http://a:b@pc2:1", "--webui", "http://pc3"],
            ["--webui", "http://pc2:1", "--webui", "http://pc3"],
            2,
        ),
        (["--workers", "2", "--webui", "http://pc3"], ["--workers", "2", "--webui", "http://pc3"], 3),
    ],
)
def test_what_is_given_goes_on_a_command_line_again_without_passwords(words, again, count):
    found = read(*words)
    assert found.words() == again
    assert found.count == count


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--workers", "0"], "--workers: '0' is not allowed"),
        (["--workers", "many"], "--workers: 'many' is not allowed; give a number, or auto"),
        (["--workers", "-1"], "--workers: '-1' is not allowed"),
        (["--workers", "99999"], "--workers: '99999' is not allowed"),
        (["--ray", " "], "--ray: ' ' is not allowed; give the address of a cluster"),
        (["--webui", "pc2"], "--webui: 'pc2' is not allowed; give the address of a WebUI"),
        (["--webui", "http://a@pc2", "--webui", "http://pc2/"], "--webui: http://pc2 is named twice"),
    ],
)
def test_what_is_not_allowed_is_told(words, told):
    with pytest.raises(PureNegativeError) as error:
        read(*words)
    assert told in str(error.value)


def test_a_checkpoint_is_nothing_that_webuis_take():
    with pytest.raises(PureNegativeError, match="--checkpoint: the WebUIs draw with what they have loaded"):
        read("--webui", "http://pc2", options=EngineOptions("a.safetensors"))
    assert read("--webui", "http://pc2", "--workers", "1", options=EngineOptions("a.safetensors")).count == 2


def test_more_workers_than_gpus_are_refused():
    assert crew_options.counted(None, 4) == 4
    assert crew_options.counted(2, 4) == 2
    assert crew_options.counted(None, 0) == 1
    assert crew_options.counted(3, 0) == 3
    with pytest.raises(PureNegativeError, match=r"--workers: 4 asked for, this machine has 2 GPUs; give 2 or auto\."):
        crew_options.counted(4, 2)


def test_without_ray_it_says_so_and_makes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert cli.main(["sheet", *SMALL, "--workers", "2", "--out", str(tmp_path)]) == 2
    assert "error: --workers: ray is not installed; " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_of_one_engine_loads_nothing_of_workers(tmp_path):
    code = "import sys; from pure_negative.cli import main; code = main.main(sys.argv[1:]); "
    code += "print(*(name for name in sys.modules if name.startswith(('ray', 'pure_negative.distributed')))); "
    words = [sys.executable, "-c", f"{code}sys.exit(code)", "sheet", *SMALL, "--out", str(tmp_path)]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == ""


def test_a_sheet_by_webuis_alone_loads_no_engine_and_goes_on(tmp_path, capsys, monkeypatch):
    from pure_negative.diffusion import loading

    def never(*_: object) -> None:
        raise AssertionError("the engine is not needed")

    monkeypatch.setattr(loading, "engine", never)
    words = ["--out", str(tmp_path), "--sampler", "DPM++ SDE"]
    with serving(WebUI(False)) as webui:
        assert cli.main(["sheet", *SMALL, *words, "--webui", webui.url]) == 0
    said = capsys.readouterr()
    assert f"{webui.url}: processor, noise NV." in said.err
    (folder,) = tmp_path.glob("sheet-*")
    (gone,) = (folder / "cells").glob("1-01-03.png")
    gone.unlink()
    with serving(WebUI(True)) as other:
        assert cli.main(["sheet", "--resume", str(folder), "--webui", other.url]) == 0
    assert gone.exists()
    assert list(store.find(folder).makers.values()) == ["1-2, 4-16", "3"]


def test_when_no_webui_is_left_it_says_how_to_go_on(tmp_path, capsys):
    def special(path, body):
        return (503, {}) if body else None

    with serving(WebUI(True, special=special)) as webui:
        words = ["--webui", webui.url.replace("://", "://anna:secret@"), "--out", str(tmp_path)]
        assert cli.main(["sheet", *SMALL, *words]) == 2
    said = capsys.readouterr().err
    assert f"error: no worker is left ({webui.url}: status 503; it was lost); 0 of 16 cells are made." in said
    assert f"--resume {tmp_path / 'sheet-0000'} --webui {webui.url}" in said
    assert "secret" not in said


def test_webuis_without_our_engine_share_batches_by_shape():
    assert crew_options._by_shape(()) is batches.shape_of
