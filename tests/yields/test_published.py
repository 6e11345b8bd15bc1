"""The research's own tables, entered as judgements, come out as they are printed."""

from __future__ import annotations

import pytest

from pure_negative.cli import main
from tests.yields.making import PUBLISHED, judge_published

HEAD = """\
|Dimension|Sample size|Pattern|Object or Sceneary|Malformed Human|Legit Human|Body shape|
|---|---|---|---|---|---|---|
"""
PRINTED = {
    "anything-v3": HEAD
    + """\
|1024x576|20|0|0|2|18|Normal|
|512x512|20|0|0|0|20|Normal|
""",
    "nai-standard": HEAD
    + """\
|512x512|20|4|3|5|8|Normal|
|576x768|20|0|2|5|13|Thicc|
|1024x576|20|0|12|4|4|Normal|
|576x1024|20|0|2|2|16|Mixed|
|768x768|15|1|4|7|3|Normal|
""",
}


@pytest.mark.parametrize("preset", PUBLISHED)
def test_a_published_table_comes_out_as_printed(preset, judgements, tmp_path, capsys):
    judge_published(judgements, tmp_path)
    assert main.main(["yield", "table", "--only", f"preset={preset}", "--format", "md"]) == 0
    out, err = capsys.readouterr()
    assert out == PRINTED[preset]
    assert "preset" not in err


def test_both_together_say_what_they_add_up(judgements, tmp_path, capsys):
    judge_published(judgements, tmp_path)
    assert main.main(["yield", "table", "--format", "md"]) == 0
    out, err = capsys.readouterr()
    assert "|512x512|40|4|3|5|28|Normal|\n" in out
    assert "several values of preset (anything-v3, nai-standard)" in err
    assert "several values of w (0.0001, 0.9)" in err
    assert main.main(["yield", "table", "--by", "preset,w,size", "--format", "md"]) == 0
    assert "|nai-standard|0.9|768x768|15|1|4|7|3|Normal|\n" in capsys.readouterr().out
