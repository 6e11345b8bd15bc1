"""The command line: results on stdout, hints on stderr, and exit 2 with one sentence for a wrong command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative import __version__
from pure_negative.cli import main
from pure_negative.preset import library

ROOT = Path(__file__).parents[2]


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main.main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_stands_on_stdout_alone(capsys):
    code, out, err = run(capsys, "plan", "--preset", "nai", "--ratio", "4:3", "--json")
    body = json.loads(out)
    assert code == 0
    assert (body["width"], body["height"], body["cfg_scale"]) == (576, 384, 10.5)
    assert body["negative_prompt"].startswith("(bad:0.564), (comic:0.564)")
    assert all(line.startswith(("hint: ", "warning: ")) for line in err.splitlines())


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ("--ratio 16:9", {"width": 640, "height": 384}),
        ("--size 768x768", {"cfg_scale": 24}),
        ("--preset anything-v3 --size 768x768", {"cfg_scale": 18}),
        ("--size 576x768", {"cfg_scale": 24}),
        ("--size 768x576", {"cfg_scale": 18}),
        ("--w 0.82 --size 512x512", {"cfg_scale": 12}),
        ("--w 1e-16 --words bad", {"negative_prompt": "(bad:0.0000000000000001)"}),
        ("--brackets -6 --notation bracket --words bad,low", {"negative_prompt": "[[[[[[bad]]]]]], [[[[[[low]]]]]]"}),
        ("--step -2 --notation novelai --words bad", {"negative_prompt": "[[bad]]"}),
        ("--step 2 --notation novelai --words bad", {"negative_prompt": "{{bad}}"}),
        ("--w 0.9 --scope whole --words bad,low", {"negative_prompt": "(bad, low:0.9)"}),
        ("--words a_b --spaces", {"negative_prompt": "(a b:0.564)"}),
        ("--prompt miku,1girl --ladder", {"prompt": "(miku:1.0), (1girl:0.95)"}),
        ("--ratio 4:3 --size-rule closest", {"width": 576, "height": 448}),
        ("--cfg 7.25 --steps 2000 --seed 9", {"cfg_scale": 7.25, "steps": 2000, "seed": 9}),
        ("--cfg-factor 2", {"cfg_scale": 21}),
        ("--seed -1 --sampler DDIM --scheduler Karras", {"seed": -1, "sampler_name": "DDIM", "scheduler": "Karras"}),
        ("--clip-skip 1", {"override_settings": {"CLIP_stop_at_last_layers": 1}}),
    ],
)
def test_choices(arguments, values, capsys):
    code, out, _ = run(capsys, "plan", *arguments.split(), "--json")
    assert code == 0
    body = json.loads(out)
    assert {key: body[key] for key in values} == values


def test_a_plan_for_the_eye(capsys):
    _, out, err = run(capsys, "plan", "--words", "bad", "--size", "500x512")
    assert [line.strip() for line in out.splitlines()] == [
        "preset: nai",
        "prompt: (none)",
        "negative prompt: (bad:0.564)",
        "size: 512x512",
        "CFG scale: 10.5",
        "steps: 48",
        "sampler: Euler, schedule type Automatic",
        "clip skip: 2",
        "seed: random",
    ]
    assert "hint: Size 500x512 is not a multiple of 64 px; rounded to 512x512.\n" in err


def test_warnings_stand_on_stderr(capsys):
    _, out, err = run(capsys, "plan", "--cfg", "1")
    assert "warning: At CFG scale 1 the negative prompt has no effect" in err
    assert "warning" not in out


def test_presets_are_listed_and_shown(capsys):
    code, out, err = run(capsys, "presets", "list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == library.ids()
    code, out, _ = run(capsys, "presets", "show", "anything-v3")
    assert code == 0
    assert out == (library.folder() / "anything-v3.yaml").read_text(encoding="utf-8")


def test_presets_are_checked(capsys, tmp_path):
    right, wrong = tmp_path / "right.yaml", tmp_path / "wrong\n.yaml"
    right.write_text("schema: 1\nid: right\nwords: bad\nw: 0.5\n")
    wrong.write_text("schema: 1\nid: wrong\nwords: bad\nw: 0\n")
    code, out, err = run(capsys, "presets", "check", str(right))
    assert (code, out) == (0, "1 files, 0 errors, 1 warnings\n")
    assert err == f"warning: {right}: there is no 'source': say where the values come from.\n"
    code, out, err = run(capsys, "presets", "check", str(right), str(wrong))
    assert (code, out) == (2, "2 files, 1 errors, 1 warnings\n")
    assert err.count("\n") == 2
    assert "wrong\\n.yaml: w: '0' is not allowed" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["plan", "--colour", "red"], "unrecognized arguments: --colour red"),
        (["plan", "a\nb\x1b[31m"], "a\\nb\\x1b[31m"),
        (["plan", "--w"], "expected one argument"),
        (["plan", "--w", "0"], "command line: --w: '0' is not allowed; W must be greater than 0"),
        (["plan", "--w", "1e400"], "command line: --w: '1e400' is not allowed"),
        (["plan", "--w", "1", "--brackets", "-2"], "give only one of --w and --brackets"),
        (["plan", "--ratio", "1:1", "--size", "512x512"], "give only one of --ratio and --size"),
        (["plan", "--cfg", "8", "--cfg-factor", "2"], "give only one of --cfg and --cfg-factor"),
        (["plan", "--clip-skip", "0"], "command line: --clip-skip: '0' is not allowed; give a whole number"),
        (["plan", "--ratio", "0:1"], "ratio"),
        (["plan", "--size", "big"], "size"),
        (["plan", "--words", "(bad:0.9)"], "has its own weight"),
        (["plan", "--words", "BREAK"], "BREAK"),
        (["plan", "--preset", "niai"], "did you mean nai?"),
        (["plan", "--preset", "no\u2028such.yaml"], "preset"),
        (["plan", "--notation", "bracket", "--w", "1e-16"], "use the notation 'weight'"),
        (["plan", "--seed", str(2**64)], "from -9223372036854775808 to 18446744073709551615"),
        *(
            (
                ["plan", "--step", step],
                f"step: '{step}' is not allowed; give W above 0 like 0.9, or whole brackets up to 400: "
                "-6 for six '[', 6 for six '{'.",
            )
            for step in ("-1.5", "500", "-401", "abc", "0")
        ),
        (["plan", "--steps", "९"], "steps"),
        (["plan", "--prompt", "\udcff"], "U+DCFF"),
        (["presets", "show", "x"], "is not a preset"),
        (["presets", "check", ""], "no such file"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_exit_2(arguments, said, capsys):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert err[:-1].isprintable()
    assert said in err


def fresh(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_the_module_runs_in_any_locale_and_prints_utf_8():
    found = fresh("-m", "pure_negative", "plan", "--words", "é漢🎨", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert found.returncode == 0
    assert "(é漢🎨:0.564)" in found.stdout.decode()
    assert "512²" in found.stderr.decode()


def test_the_version_is_the_package_s():
    assert fresh("-m", "pure_negative", "--version").stdout.decode().strip() == __version__


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
def test_a_reader_that_has_seen_enough_is_no_error():
    read, write = os.pipe()
    os.close(read)
    arguments = [sys.executable, "-m", "pure_negative", "presets", "list"]
    found = subprocess.run(arguments, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (found.returncode, found.stderr) == (141, b"")


@pytest.mark.parametrize("command", ["render", "sheet --x W:0.5"])
def test_a_library_that_is_not_installed_is_named(command):
    code = "import sys; sys.modules['PIL'] = sys.modules['torch'] = None; "
    code += "from pure_negative.cli import main; sys.exit(main.main"
    found = fresh("-c", f"{code}({command.split()!r}))")
    assert found.returncode == 2
    errors = [line for line in found.stderr.decode().splitlines() if not line.startswith("hint: ")]
    assert len(errors) == 1
    assert re.search(r"^error: .*(PIL|torch)\S* is not installed; run 'python3 run.py'", errors[0])


def test_an_interrupt_is_said_in_a_line(monkeypatch, capsys):
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_run", interrupted)
    assert run(capsys, "plan") == (130, "", "interrupted; finished pictures are kept.\n")


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        (["--ratio", "16：9"], {"width": 640, "height": 384}),
        (["--size", "７６８＊５１２", "--cfg", "７．５"], {"width": 768, "height": 512, "cfg_scale": 7.5}),
        (["--steps", "２０", "--seed", "－１", "--w", "０．５", "--words", "bad"], {"steps": 20, "seed": -1}),
        (["--step", "－６", "--words", "bad"], {"negative_prompt": "(bad:0.564)"}),
        (["--words", "bad，low、wor\u00adst", "--w", "0.5"], {"negative_prompt": "(bad:0.5), (low:0.5), (worst:0.5)"}),
    ],
)
def test_what_an_input_method_types_is_what_is_meant(arguments, values, capsys):
    code, out, _ = run(capsys, "plan", "--json", *arguments)
    assert code == 0
    assert json.loads(out).items() >= values.items()


def test_what_was_read_otherwise_is_a_warning(capsys):
    _, out, err = run(capsys, "plan", "--words", "bad，lo\u200bw", "--json")
    warned = [line for line in err.splitlines() if line.startswith("warning: command line: --words: ")]
    assert ["U+200B" in line for line in warned] == [True, False]
    assert "'，'" in warned[1]
    assert json.loads(out)["negative_prompt"] == "(bad:0.564), (low:0.564)"


@pytest.mark.parametrize("words", ["((bad)), [low]", "bad:1.2", "1.5::bad::", "{{{bad}}}", "-bad"])
def test_another_program_s_weight_is_one_sentence(words, capsys):
    code, out, err = run(capsys, "plan", f"--words={words}")
    assert (code, out) == (2, "")
    assert err.startswith("error: command line: --words: ")
    assert "write bad and give the weight of all words as W" in err
    assert err.count("\n") == 1


def test_a_refusal_is_in_the_shell_s_language(monkeypatch, capsys):
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert main.main(["plan", "--w", "heavy"]) == 2
    out, err = capsys.readouterr()
    assert (out, "--w" in err, "は使えません" in err) == ("", True, True)
    monkeypatch.setenv("LC_ALL", "C")
    assert main.main(["plan", "--w", "heavy"]) == 2
    assert "is not allowed" in capsys.readouterr().err
