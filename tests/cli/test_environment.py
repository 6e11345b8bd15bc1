"""The machine as it may be: no home folder, streams that are closed or full, folders that can't be used, a full disk.

Whatever it is, a command ends in its result, or in one sentence on stderr, exit code 2 and a clean stdout.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative.cli import main
from pure_negative.diffusion import toy
from pure_negative.errors import PureNegativeError
from pure_negative.io import paths
from pure_negative.preset import library

ROOT = Path(__file__).parents[2]
HOMELESS = """
import pwd, runpy, sys
def unknown(uid):
    raise KeyError(uid)
pwd.getpwuid = unknown
runpy.run_module("pure_negative", run_name="__main__", alter_sys=True)
"""
"""The command line under a user number that the system has no entry for, as in a container."""
GONE = "import os, pathlib, sys; here = pathlib.Path(sys.argv[1]); here.mkdir(); os.chdir(here); here.rmdir()"
POSIX = pytest.mark.skipif(os.name == "nt", reason="users, streams and limits are otherwise there")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
BLANK = "schema: 1\nid: mine\nwords: bad\nw: 0.5\nsource: by hand\n"
Ran = subprocess.CompletedProcess


def environment(**variables: str) -> dict[str, str]:
    """Nothing but what Python itself needs, and these."""
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}


def homeless(folder: Path, *words: str, text: bytes = b"", **variables: str) -> Ran[bytes]:
    """A command run in a folder by a user without a home."""
    return subprocess.run(
        [sys.executable, "-c", HOMELESS, *words],
        cwd=folder,
        env=environment(**variables),
        input=text,
        capture_output=True,
        check=False,
        timeout=120,
    )


def shell(folder: Path, line: str, **variables: str) -> Ran[bytes]:
    """A shell's line in which `$P` is the command line."""
    own = {"P": f"{sys.executable} -m pure_negative", "PURE_NEGATIVE_DATA": str(folder / "data"), "HOME": str(folder)}
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment(**own | variables),
        capture_output=True,
        check=False,
        timeout=120,
    )


def is_refused(ran: Ran[bytes]) -> str:
    """The one sentence of a command that did nothing."""
    told = ran.stderr.decode()
    assert (ran.returncode, ran.stdout) == (2, b""), told
    assert told.startswith("error: ")
    assert told.count("\n") == 1
    return told


@POSIX
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan --words bad --json", '"negative_prompt": "(bad:0.564)"'),
        ("plan --preset file.yaml", "(bad:0.5)"),
        ("presets list", "anything-v3 "),
        ("presets list --user", ""),
        ("presets show nai", "id: nai"),
        ("presets styles nai", ""),
        ("presets match anything-v3.safetensors", "anything-v3 "),
        ("presets check file.yaml nai", "2 files, 0 errors"),
        ("presets schema", '"$schema"'),
        ("presets export nai --text", ""),
        ("presets import file.yaml --dry-run", ""),
        ("sheet --x W:0.5 --dry-run", "cells: 1"),
        ("yield run --count 2 --dry-run", "cells: 2"),
        ("--version", "."),
    ],
)
def test_what_needs_no_home_works_without_one(tmp_path, words, said):
    (tmp_path / "file.yaml").write_text(BLANK)
    ran = homeless(tmp_path, *words.split())
    assert ran.returncode == 0, ran.stderr.decode()
    assert said in ran.stdout.decode()
    assert not any(line.startswith("error") for line in ran.stderr.decode().splitlines())
    assert [path.name for path in tmp_path.iterdir()] == ["file.yaml"]


@POSIX
@pytest.mark.parametrize(
    "words",
    [
        "presets save mine",
        "presets import file.yaml",
        "presets undo",
        "yield table",
        "yield mark here 3",
        "yield seeds here",
        "yield judge --no-browser here",
        "yield run --marked here",
        "render",
        "sheet --x W:0.5",
        "yield run --count 1",
    ],
)
def test_what_must_write_says_where_a_folder_is_named(tmp_path, words):
    (tmp_path / "file.yaml").write_text(BLANK)
    ran = homeless(tmp_path, *words.split())
    told = [line for line in ran.stderr.decode().splitlines() if not line.startswith(("hint: ", "mine: "))]
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert len(told) == 1
    assert told[0].startswith("error: there is no home folder ")
    assert "PURE_NEGATIVE_DATA" in told[0]
    assert not any("~" in path.name for path in tmp_path.rglob("*"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The toy model, put there once."""
    return toy.ensure(tmp_path_factory.mktemp("cache")).parent


@POSIX
def test_a_named_folder_is_all_that_a_user_without_a_home_needs(tmp_path, cache):
    data = {"PURE_NEGATIVE_DATA": str(tmp_path / "data")}
    shutil.copytree(cache, tmp_path / "data" / "cache")
    assert homeless(tmp_path, "presets", "save", "mine", **data).returncode == 0
    assert (tmp_path / "data" / "presets" / "mine.yaml").is_file()
    ran = homeless(tmp_path, "render", "--steps", "1", "--size", "64x64", "--seed", "7", **data)
    assert ran.returncode == 0, ran.stderr.decode()
    assert (tmp_path / "outputs" / "00000-7.png").is_file()
    assert "data" in (tmp_path / "data" / "cache" / "pure-negative-toy.yaml").read_text()


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """This process in a folder of its own, without a home and without names of folders."""
    for name in ("HOME", "PURE_NEGATIVE_DATA", "PURE_NEGATIVE_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@POSIX
@pytest.mark.parametrize(
    "value",
    [
        '"/x"',
        "'/x'",
        '/x"',
        "$HOME/x",
        "${HOME}/x",
        "/tmp/$NAME/x",
        "$(pwd)/x",
        "%APPDATA%/x",
        "/x/%NAME%",
        "~/x",
        "~",
        "~nobody-of-that-name/x",
        "x",
        "./x",
        "../x",
        "“/x”",
    ],
)
def test_a_folder_that_is_none_is_refused_and_nothing_is_made_below_the_current_one(bare, value, monkeypatch, capsys):
    refused = f"{value!r} is not allowed; give the full path of a folder, without quotes and variables"
    monkeypatch.setenv("PURE_NEGATIVE_DATA", value)
    for words in ("plan", "presets list", "presets match x", "presets save mine", "yield table", "yield mark here 3"):
        assert main.main(words.split()) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert f"PURE_NEGATIVE_DATA: {refused}" in err
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(bare / "data"))
    monkeypatch.setenv("PURE_NEGATIVE_CACHE", value)
    with pytest.raises(PureNegativeError) as raised:
        paths.cache_folder()
    assert f"PURE_NEGATIVE_CACHE: {refused}" in str(raised.value)
    assert list(bare.iterdir()) == []


@POSIX
@pytest.mark.parametrize("variable", ["PURE_NEGATIVE_DATA", "PURE_NEGATIVE_CACHE"])
def test_a_render_refuses_it_before_anything_is_told(tmp_path, variable):
    data = {"PURE_NEGATIVE_DATA": str(tmp_path / "data"), variable: '"/x"'}
    assert is_refused(homeless(tmp_path, "render", **data)).startswith(f"error: {variable}: '\"/x\"' is not allowed")


@POSIX
@pytest.mark.parametrize("below", ["", "x"])
def test_a_file_in_the_place_of_the_folder_is_said(tmp_path, monkeypatch, capsys, below):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "file" / below))
    for words in ("presets save mine", "yield table", "yield mark here 3", "plan --preset mine", "presets undo"):
        assert main.main(words.split()) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert re.search("Not a directory|File exists", err)
        assert ("PURE_NEGATIVE_DATA" in err) == (words not in ("plan --preset mine", "presets undo"))
    assert main.main(["presets", "list", "--user"]) == 0
    assert capsys.readouterr().err.endswith("presets can't be read: Not a directory.\n")
    assert main.main(["plan", "--preset", "nai"]) == 0


@POSIX
def test_what_is_named_otherwise_counts_as_its_rules_say(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("PURE_NEGATIVE_DATA", "PURE_NEGATIVE_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for ignored in ("", "relative", "~/x", "$HOME/x", f'"{tmp_path}"'):
        monkeypatch.setenv("XDG_DATA_HOME", ignored)
        assert paths.data_folder() == tmp_path / ".local/share/pure-negative"
    monkeypatch.setenv("PURE_NEGATIVE_DATA", " ~/mine ")
    assert paths.data_folder() == tmp_path / "mine"
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "it's $5, 100 %"))
    with pytest.raises(PureNegativeError, match="without quotes and variables"):
        paths.data_folder()
    (tmp_path / "it's $5, 100 %").mkdir()
    assert paths.data_folder() == tmp_path / "it's $5, 100 %"
    monkeypatch.delenv("PURE_NEGATIVE_DATA")
    monkeypatch.setenv("HOME", "relative")
    assert library.user_folder() is None
    assert library.Library().own_ids() == []
    with pytest.raises(PureNegativeError, match="PURE_NEGATIVE_DATA"):
        library.Library().save(dataclasses.replace(library.load("nai"), id="mine"))


@FULL
@pytest.mark.parametrize(
    "words",
    ["plan", "plan --json", "presets list", "presets show nai", "presets schema", "--help", "--version", "plan --help"],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_result_that_finds_no_room_is_an_error(tmp_path, words, unbuffered):
    told = shell(tmp_path, f"$P {words} >/dev/full", PYTHONUNBUFFERED=unbuffered).stderr.decode()
    assert [line for line in told.splitlines() if not line.startswith("hint: ")] == [
        "error: stdout can't be written: No space left on device."
    ]
    assert shell(tmp_path, f"$P {words} >/dev/full 2>&1", PYTHONUNBUFFERED=unbuffered).returncode == 2


@FULL
@pytest.mark.parametrize("words", ["render", "sheet --x W:0.5", "yield run --count 1"])
def test_nothing_is_made_that_could_not_be_told_of(tmp_path, words, cache):
    ran = shell(tmp_path, f"$P {words} --steps 1 --size 64x64 >/dev/full", PURE_NEGATIVE_CACHE=str(cache))
    assert ran.returncode == 2
    assert ran.stderr.decode().splitlines()[-1] == "error: stdout can't be written: No space left on device."
    assert list((tmp_path / "outputs").rglob("*")) == []


@POSIX
@pytest.mark.parametrize("words", ["plan", "presets list", "presets save mine", "--version", "render", "plan --w 0"])
def test_a_closed_stdout_is_said_before_anything_is_done(tmp_path, words):
    told = is_refused(shell(tmp_path, f"$P {words} >&-"))
    assert told == "error: stdout is closed, so nothing can be printed; redirect it, like '> FILE'.\n"
    assert list(tmp_path.iterdir()) == []
    assert shell(tmp_path, f"$P {words} >&- 2>&- <&-").returncode == 2


@POSIX
@pytest.mark.parametrize("ending", ["2>&-", "2>/dev/full", "2>&- <&-", "2> >(exec true)"])
def test_what_is_said_beside_a_result_may_be_lost(tmp_path, ending):
    if "full" in ending and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    ran = shell(tmp_path, f"$P plan --json {ending}")
    body = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr, body["cfg_scale"]) == (0, b"", 10.5)
    assert shell(tmp_path, f"$P plan --w 0 {ending}").stdout == b""


@POSIX
def test_pictures_are_made_while_what_is_said_of_them_is_lost(tmp_path, cache):
    line = "$P render --steps 1 --size 64x64 --count 2 --batch 1 --seed 3 2>&-"
    ran = shell(tmp_path, line, PURE_NEGATIVE_CACHE=str(cache))
    assert ran.returncode == 0
    assert ran.stdout.decode().splitlines()[-2:] == ["outputs/00000-3.png", "outputs/00001-4.png"]
    for path in (tmp_path / "outputs").iterdir():
        assert path.read_bytes().endswith(b"IEND\xaeB`\x82")


@POSIX
def test_no_file_takes_the_number_of_a_closed_stream(tmp_path):
    """Whatever writes to stderr by its number would write into a preset."""
    ran = shell(tmp_path, "$P presets save mine <&- 2>&-")
    assert ran.returncode == 0
    library.load_file(tmp_path / "data" / "presets" / "mine.yaml")


@POSIX
@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("<&-", "stdin is closed; give a file, or text on stdin"),
        ("0>there", "stdin can't be read: Bad file descriptor"),
        ("</dev/null", "stdin: "),
    ],
)
def test_a_text_that_can_not_come_is_said(tmp_path, ending, said):
    assert said in is_refused(shell(tmp_path, f"$P presets import - {ending}"))


@POSIX
def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    ran = shell(tmp_path, "$P presets schema | head -c 1; echo ${PIPESTATUS[0]}")
    assert ran.stdout in (b"{0\n", b"{141\n")  # as much as the pipe holds may be written before it is closed
    assert ran.stderr == b""


@POSIX
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("plan", 0, ""),
        ("presets save mine", 0, ""),
        ("presets export nai --out x.yaml", 2, "--out: 'x.yaml' can't be written: No such file or directory."),
        ("presets check .", 2, "this folder contains no .yaml file"),
        ("render", 2, "--out: 'outputs' can't be made: No such file or directory."),
        ("sheet --x W:0.5", 2, "outputs can't be written: No such file or directory."),
        ("yield run", 2, "outputs can't be written: No such file or directory."),
        ("render --out {0}/there", 2, "the current folder can't be used: No such file or directory; go to another one"),
        ("yield mark here 3", 2, "here: the folder can't be read: No such file or directory."),
        ("ui --port 0", 2, "the current folder can't be used: No such file or directory; go to another one."),
    ],
)
def test_a_current_folder_that_is_gone(tmp_path, words, code, said):
    run = f"{GONE}; import runpy; sys.argv[1:] = {words.format(tmp_path).split()!r}; runpy.run_module('pure_negative', "
    ran = subprocess.run(
        [sys.executable, "-c", f"{run}run_name='__main__', alter_sys=True)", str(tmp_path / "gone")],
        env=environment(PURE_NEGATIVE_DATA=str(tmp_path / "data"), HOME=str(tmp_path)),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == code, ran.stderr.decode()
    assert said in ran.stderr.decode()
    assert b"Traceback" not in ran.stderr


@POSIX
@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("presets save mine", 100),
        ("presets export nai --out x.yaml", 100),
        ("presets export nai --out x.zip", 100),
        ("yield table --out x.csv", 100),
        ("render --steps 1 --size 64x64", 2_000),
        ("sheet --x W:0.5 --steps 1 --size 64x64", 8_000),
    ],
)
def test_a_disk_that_is_full_is_said_and_leaves_nothing_half_written(tmp_path, words, size, cache):
    import resource

    data = {"PURE_NEGATIVE_DATA": str(tmp_path / "data"), "PURE_NEGATIVE_CACHE": str(cache)}
    ran = subprocess.run(
        [sys.executable, "-m", "pure_negative", *words.split()],
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path), **data),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        check=False,
        timeout=120,
    )
    told = ran.stderr.decode().splitlines()[-1]
    assert ran.returncode == 2
    assert told.startswith("error: ")
    assert "File too large" in told or "disk I/O error" in told
    assert b"Traceback" not in ran.stderr
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".part", ".zip", ".csv")] == []
    for picture in (tmp_path / "outputs").rglob("*.png"):
        assert picture.read_bytes().endswith(b"IEND\xaeB`\x82")


@POSIX
def test_a_bare_user_may_look_where_nothing_is_theirs(tmp_path):
    """The folder of another user's home, as a container has it that runs under another user number."""
    if os.getuid() == 0:
        pytest.skip("rights do not bind this user")
    locked = tmp_path / "locked"
    (locked / "presets").mkdir(parents=True)
    locked.chmod(0)
    try:
        data = {"PURE_NEGATIVE_DATA": str(locked)}
        assert homeless(tmp_path, "plan", **data).returncode == 0
        assert "can't be read: Permission denied" in is_refused(homeless(tmp_path, "plan", "--preset", "mine", **data))
        assert "PURE_NEGATIVE_DATA" in is_refused(homeless(tmp_path, "presets", "save", "mine", **data))
    finally:
        locked.chmod(0o700)
