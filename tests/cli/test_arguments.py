"""Values that begin with a minus belong to the option before them; an option without a value takes none."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.cli import main
from pure_negative.cli.arguments import Parser, with_values_joined

MINUS = ("-6", "-1e-16", "-x", "---", "--words", "--spaces", "-6[, 2[", "-")


def parser() -> argparse.ArgumentParser:
    top = Parser(prog="program")
    below = top.add_subparsers(dest="command").add_parser("make")
    below.add_argument("--words")
    below.add_argument("--only", action="append")
    below.add_argument("--spaces", action="store_true")
    return top


# Older Pythons drop a value that is `--` alone.
@given(st.text(max_size=10).filter(lambda text: text != "--") | st.sampled_from(MINUS))
def test_any_value_is_the_options_own(value):
    made = parser()
    argv = with_values_joined(made, ["make", "--words", value, "--only", value, "--spaces", "--only", "b"])
    found = made.parse_args(argv)
    assert (found.words, found.only, found.spaces) == (value, [value, "b"], True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--prompt -x", '"prompt": "-x"'),
        ("--style -a --prompt-format {style},{prompt} --prompt b", '"prompt": "-a, b"'),
        ("--brackets -6 --words bad --notation bracket", "[[[[[[bad]]]]]]"),
        ("--step -6 --words bad --notation bracket", "[[[[[[bad]]]]]]"),
        ("--prompt --spaces --words a_b", '"prompt": "--spaces"'),
    ],
)
def test_the_command_line_takes_them(capsys, words, said):
    assert main.main(["plan", "--json", *words.split()]) == 0
    assert said in capsys.readouterr().out


def test_a_value_that_is_wrong_is_named_and_one_that_is_missing_asked_for(capsys):
    assert main.main(["plan", "--w", "-1e-16"]) == 2
    assert "'-1e-16' is not allowed" in capsys.readouterr().err
    assert main.main(["plan", "--w"]) == 2
    assert "argument --w: expected one argument" in capsys.readouterr().err
