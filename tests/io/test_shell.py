"""Command lines that are told are taken by the shell as they stand."""

from __future__ import annotations

import shlex
import sys

import pytest

from pure_negative.io import shell


def test_a_shell_gives_back_the_words(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    words = ["sheet", "--resume", "my pictures/it's $5; & more", ""]
    assert shlex.split(shell.line(words)) == ["python3", "run.py", *words]


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        (r"outputs\sheet-0000", r"outputs\sheet-0000"),
        (r"C:\my pictures\sheet-0000", r'"C:\my pictures\sheet-0000"'),
        (r"C:\R&D\sheet-0000", r'"C:\R&D\sheet-0000"'),
        ("it's", '"it\'s"'),
        ("", '""'),
    ],
)
def test_windows_has_double_quotes_alone_and_only_where_they_are_needed(monkeypatch, word, shown):
    monkeypatch.setattr(sys, "platform", "win32")
    assert shell.line(["sheet", "--resume", word]) == f"python3 run.py sheet --resume {shown}"
