"""`run.py` on a machine with nothing but Python: the environment it makes, mends and leaves alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent.parent / "run.py"
OTHER = """#!/bin/sh
echo "pip 9.0 from elsewhere (python 2.7)"
"""
"""The interpreter of an environment that another Python made."""
WATCHED = """#!/bin/sh
echo "$@" >>{log}
echo "pip 9.0 from here (python {release})"
"""


INSTALLED = "installing requirements.txt …\ninstalling requirements-vocabulary.txt …\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with nothing to install, whose command line says that it ran, and in which Python."""
    shutil.copy(RUN, tmp_path / "run.py")
    for name in ("requirements.txt", "requirements-vocabulary.txt"):
        (tmp_path / name).touch()
    (tmp_path / "pure_negative").mkdir()
    (tmp_path / "pure_negative" / "__main__.py").write_text("import sys; print('ran in', sys.prefix)")
    return tmp_path


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(tree / "run.py"), *(words or ("plan",))]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=300)


def interpreter(tree: Path) -> Path:
    return tree / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stand_in(tree: Path, text: str) -> None:
    """A small program in the place of the environment's interpreter."""
    interpreter(tree).parent.mkdir(parents=True)
    interpreter(tree).write_text(text)
    interpreter(tree).chmod(0o755)


def test_an_environment_whose_making_was_broken_off_is_made_anew(tree):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tree / ".venv")], check=True)
    first, second = run(tree), run(tree)
    assert first.stderr == f"setting up .venv …\n{INSTALLED}"
    assert second.stderr == ""
    assert first.stdout == second.stdout == f"ran in {tree / '.venv'}\n"
    assert (first.returncode, second.returncode) == (0, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="an interpreter can't be a script there")
@pytest.mark.parametrize("found", [OTHER, "no program"])
def test_an_environment_of_another_python_is_made_anew(tree, found):
    stand_in(tree, found)
    ran = run(tree)
    assert ran.stderr == f"setting up .venv …\n{INSTALLED}"
    assert (ran.returncode, ran.stdout) == (0, f"ran in {tree / '.venv'}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="an interpreter can't be a script there")
def test_what_is_set_up_is_used_at_once(tree):
    release = "{}.{}".format(*sys.version_info)
    stand_in(tree, WATCHED.format(log=tree / "log", release=release))
    assert run(tree).stderr == INSTALLED
    alone = [line for line in (tree / "log").read_text().splitlines() if "--no-deps" in line]
    assert [Path(line.split()[-1]).name for line in alone] == ["requirements-vocabulary.txt"]
    (tree / "log").unlink()
    assert run(tree).stderr == ""
    assert (tree / "log").read_text() == "-m pure_negative plan\n"


DRIVER = """#!/bin/sh
echo "{said}"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="an interpreter can't be a script on Windows; a Mac has no CUDA")
@pytest.mark.parametrize(
    ("said", "build", "told"),
    [
        ("NVIDIA GeForce RTX 3060, 591.44, 8.6", "cu130", "installed for the NVIDIA GeForce RTX 3060"),
        ("NVIDIA GeForce RTX 3060, 551.61, 8.6", "cu126", "its driver 551.61 (cu126)"),
        ("NVIDIA GeForce GTX 1060 6GB, 591.44, 6.1", "cu126", "GTX 1060"),
        ("NVIDIA GeForce RTX 5090, 572.16, 12.0", "", "the driver 572.16 of the NVIDIA GeForce RTX 5090 is too old"),
        ("NVIDIA GeForce GTX 1060 6GB, 470.42, 6.1", "", "too old for torch 2.13.0; update it"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the driver", "", "no NVIDIA GPU was found"),
        ("Some GPU, unknown, N/A", "", "too old"),
    ],
)
def test_torch_is_the_build_that_the_gpu_s_driver_takes(tree, tmp_path, monkeypatch, said, build, told):
    release = "{}.{}".format(*sys.version_info)
    stand_in(tree, WATCHED.format(log=tree / "log", release=release))
    (tree / "requirements.txt").write_text("PyYAML==6.0.3\ntorch==2.13.0\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "nvidia-smi").write_text(DRIVER.format(said=said))
    (programs / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setenv("PURE_NEGATIVE_TORCH_INDEX", "http://torch.example/whl/")
    assert told in run(tree).stderr
    installed = [line for line in (tree / "log").read_text().splitlines() if "torch==2.13.0" in line]
    assert len(installed) == bool(build)
    assert all(f"torch==2.13.0+{build} --index-url " in line and line.endswith(f"/{build}") for line in installed)
    (tree / "log").unlink()
    assert run(tree).stderr == ""
    (programs / "nvidia-smi").write_text(DRIVER.format(said="NVIDIA H100, 600.01, 9.0"))
    assert (run(tree).stderr == "") == (build == "cu130")


@pytest.mark.skipif(sys.platform != "linux", reason="an interpreter can't be a script on Windows; a Mac has no CUDA")
@pytest.mark.parametrize(("capability", "told"), [("8.6", ""), ("6.1", "set PURE_NEGATIVE_TORCH_INDEX to the address")])
def test_without_an_index_the_usual_torch_is_installed(tree, tmp_path, monkeypatch, capability, told):
    release = "{}.{}".format(*sys.version_info)
    stand_in(tree, WATCHED.format(log=tree / "log", release=release))
    (tree / "requirements.txt").write_text("torch==2.13.0\n")
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "nvidia-smi").write_text(DRIVER.format(said=f"Some GPU, 591.44, {capability}"))
    (tmp_path / "programs" / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "programs"), os.environ["PATH"]]))
    monkeypatch.delenv("PURE_NEGATIVE_TORCH_INDEX", raising=False)
    said = run(tree).stderr
    assert told in said
    assert ("CUDA" in said) == bool(told)
    assert "--index-url" not in (tree / "log").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed otherwise there")
@pytest.mark.parametrize("option", ["--workers", "--workers=2", "--ray"])
def test_what_workers_need_is_installed_only_when_they_are_asked_for(tree, option):
    (tree / "requirements-workers.txt").touch()
    subprocess.run([sys.executable, "-m", "venv", str(tree / ".venv")], check=True)
    assert run(tree, "sheet", "--webui", "http://pc2:7860").stderr == INSTALLED
    assert run(tree, "sheet", option, "auto").stderr == "installing requirements-workers.txt …\n"
    assert run(tree, "sheet", option, "auto").stderr == ""


def test_what_it_says_never_comes_on_stdout(tree):
    stand_in(tree, WATCHED.format(log=tree / "log", release="{}.{}".format(*sys.version_info)))
    line = f"{sys.executable} {tree / 'run.py'} plan 2>&-"
    ran = subprocess.run(["bash", "-c", line], cwd=tree, capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert {line[:13] for line in ran.stdout.splitlines()} == {"pip 9.0 from "}  # of its interpreter


@pytest.mark.skipif(sys.platform == "win32", reason="an interpreter can't be a script there")
def test_a_tree_that_can_not_be_written_is_one_sentence(tree):
    stand_in(tree, WATCHED.format(log=tree / "log", release="{}.{}".format(*sys.version_info)))
    mark = tree / ".venv" / "requirements.txt.sha256"
    mark.mkdir()
    ran = run(tree)
    assert (ran.returncode, ran.stderr.splitlines()[1:]) == (2, [f"error: setting up failed: {mark}: Is a directory."])
