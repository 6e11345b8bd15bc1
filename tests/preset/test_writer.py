"""A preset's file: what is written reads back, and a file that is there keeps what did not change."""

from __future__ import annotations

import dataclasses

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import yaml_reader, yaml_writer
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Preset
from pure_negative.prompt import emphasis
from tests.preset import drawing

fewer = settings(max_examples=max(20, settings.default.max_examples // 6))
"""A whole preset takes long to draw."""


@fewer
@given(drawing.presets())
def test_what_is_written_reads_back_the_same(known):
    text = preset_writer.write(known)
    assert preset.read(text, "f") == known
    assert preset_writer.write(preset.read(text, "f")) == text


@fewer
@given(drawing.presets())
def test_a_program_that_guesses_types_reads_the_texts_we_wrote(known):
    """PyYAML's own loader turns `no`, `1e3` and `16:9` into other things where they are not quoted."""
    loaded = yaml.safe_load(preset_writer.write(known))
    for key in ("id", "name", "description", "prompt", "prompt_format", "style", "sampler"):
        value = getattr(known, key)
        assert loaded.get(key, value) == value
    assert list(loaded.get("sources", {}).items()) == list(known.sources)
    assert loaded.get("models", {}).get("names", []) == list(known.models.names)


@given(st.text(max_size=40))
def test_a_text_of_any_signs_is_written_so_that_it_comes_back(text):
    try:
        yaml_reader.load(f"a: {yaml_writer.scalar(text)}", "f")
    except PureNegativeError:
        assert any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)
        return
    assert yaml_reader.load(f"a: {yaml_writer.scalar(text)}", "f") == {"a": text}


def test_backslashes_survive():
    known = Preset("mine", "mine", prompt="astolfo_\\(fate\\) \\\\ \\n", hints=("a\\b",), words=("back\\slash", "(a)"))
    again = preset.read(preset_writer.write(known), "f")
    assert (again.prompt, again.hints, again.words) == (known.prompt, known.hints, known.words)


COMMENTED = """\
# Found on a rainy day.

schema: 1
id: mine   # short
# The words of my aunt.
words: bad, low
# As weak as can be.
w: 0.5

# Only these two.
sizes: [512x512, 768x512]
cfg:
  rule: nai   # inside
hints:
  - one
  # between
  - two
# The end.
"""


def changed(text: str, **changes: object) -> str:
    """The file after a change to its preset."""
    return preset_writer.rewrite(text, dataclasses.replace(preset.read(text, "f"), **changes))


def test_a_file_that_says_the_same_already_is_not_touched():
    for text in (COMMENTED, COMMENTED.replace("\n", "\r\n"), COMMENTED.rstrip("\n"), "{schema: 1, id: mine}"):
        assert changed(text) == text


def test_a_changed_value_keeps_the_comments_around_it():
    text = changed(COMMENTED, strength=emphasis.Strength(0.25), steps=20)
    assert text == COMMENTED.replace("w: 0.5\n", "w: 0.25\n").replace(
        "  rule: nai   # inside\n", "  rule: nai   # inside\nsteps: 20\n"
    )


def test_a_removed_value_goes_with_its_comment():
    assert changed(COMMENTED, sizes=()) == COMMENTED.replace("\n# Only these two.\nsizes: [512x512, 768x512]\n", "")


def test_another_spelling_of_the_same_key_takes_its_place():
    assert "# As weak as can be.\nbrackets: -6\n" in changed(COMMENTED, strength=emphasis.read_brackets(-6))
    text = changed(COMMENTED, sizes=(), ratio=preset.read("schema: 1\nid: a\nratio: 16:9", "f").ratio)
    assert "# Only these two.\nratio: '16:9'\n" in text
    assert "sizes" not in text


@fewer
@given(drawing.presets(), drawing.presets())
def test_any_file_can_be_rewritten_to_any_preset(old, new):
    text = "# mine\n" + preset_writer.write(old)
    again = preset_writer.rewrite(text, new)
    assert preset.read(again, "f") == new
    assert again.startswith("# mine\n")


@pytest.mark.parametrize("name", library.Library().built_in_ids())
def test_the_built_in_files_are_written_the_way_we_write(name):
    text = library.source_text(name)
    written = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert preset_writer.write(library.load(name)) == written


def test_a_preset_that_no_file_can_hold_is_refused():
    with pytest.raises(PureNegativeError, match="can't be saved"):
        preset_writer.write(Preset("mine", "two  spaces"))


def test_without_libyaml_the_same_is_read(monkeypatch):
    monkeypatch.delattr(yaml, "CSafeLoader")
    for name in ("nai", "anime-illust-diffusion"):
        assert preset_writer.write(preset.read(library.source_text(name), "f")) in library.source_text(name)
    with pytest.raises(PureNegativeError, match="anchors and aliases"):
        yaml_reader.load("a: &b c", "f")
