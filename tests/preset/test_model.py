"""Presets: the built-in ones hold the research's figures, a file is closed and checked, the library finds it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis
from pure_negative.rules import cfg_scale, size
from tests import strategies as draw

WORDS = "id: mine\nwords: bad, low\nw: 0.5\n"


def test_nai_is_the_revised_ten_words():
    """seeds/001: the ten words at 0.564; clip skip 2; Euler only."""
    known = library.load("nai")
    assert known.words == (
        *("bad", "comic", "cropped", "error", "extra", "low", "lowres", "normal", "speech_bubble", "worst"),
    )
    assert known.strength == emphasis.Strength(0.564)
    assert (known.sampler, known.clip_skip, known.steps) == ("Euler", 2, 48)
    assert known.cfg == cfg_scale.CfgRule(rule="nai")
    assert known.prompt is None
    assert any("150" in hint and "768" in hint and "pale" in hint for hint in known.hints)


def test_anything_v3_is_the_nine_words():
    """seeds/000: nine words at 1e-4, base 8, 768x768 18, 64 steps."""
    known = library.load("anything-v3")
    assert known.words == ("bad", "comic", "cropped", "error", "extra", "low", "lowres", "speech", "worst")
    assert known.strength == emphasis.Strength(0.0001)
    assert known.steps == 64
    assert known.cfg == cfg_scale.CfgRule(base=8, rule="area", rows=(("512x512", 8), ("768x768", 18)))


def test_every_built_in_preset_is_valid_and_says_where_it_comes_from():
    assert {"nai", "anything-v3"} <= set(library.ids())
    for name in library.ids():
        known = library.load(name)
        assert known.id == name
        assert known.source
        assert known.description


def test_a_preset_of_a_few_keys_leaves_the_rest_to_the_host():
    known = preset.read("schema: 1\n" + WORDS, "f")
    assert known == preset.Preset("mine", "mine", ("bad", "low"), emphasis.Strength(0.5))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WORDS, "schema"),
        ("schema: 2\n" + WORDS, "this version reads 'schema: 1'"),
        ("schema: १\n" + WORDS, "schema"),
        ("- a", "a map of keys and values"),
        ("", "a map of keys and values"),
        ("schema: 1\nwords: bad\nw: 1", "the key id is missing"),
        ("schema: 1\nid: con.x\nwords: bad", "that Windows does not reserve"),
        ("schema: 1\nid: mine.yaml\nwords: bad", "without .yaml"),
        ("schema: 1\nbrackets: -6\n" + WORDS, "w or brackets, not both"),
        ("schema: 1\nwordz: bad\n" + WORDS, "did you mean words?"),
        ("schema: 1\nid: ../../x\nwords: bad\nw: 1", "a short name"),
        ("schema: 1\nid: Mine\nwords: bad\nw: 1", "a short name"),
        ("schema: 1\nid: [a]\nwords: bad\nw: 1", "a short name"),
        ("schema: 1\nid: mine\nwords: bad\nw: 0", "greater than 0"),
        ("schema: 1\nid: mine\nwords: bad\nw: 1e-4000", "greater than 0"),
        ("schema: 1\nid: mine\nwords: {a: b}\nw: 1", "words"),
        ("schema: 1\nid: mine\nwords: 'a #b'\nw: 1", "words"),
        ("schema: 1\nsize: 500x500\n" + WORDS, "the nearest is 512x512"),
        ("schema: 1\nsteps: 0\n" + WORDS, "from 1 to 10000"),
        ("schema: 1\nsteps: 20.5\n" + WORDS, "steps"),
        ("schema: 1\nclip_skip: 13\n" + WORDS, "from 1 to 12"),
        ("schema: 1\nsampler: 'a, b'\n" + WORDS, "a name such as Euler"),
        ("schema: 1\ncfg: 8,5\n" + WORDS, "from 0 to 1000"),
        ("schema: 1\ncfg: {bass: 8}\n" + WORDS, "did you mean base?"),
        ("schema: 1\ncfg: {base: -1}\n" + WORDS, "from 0 to 1000"),
        ("schema: 1\ncfg: {rows: [8]}\n" + WORDS, "a map from sizes to CFG scales"),
        ("schema: 1\ncfg: {rows: {500x500: 8}}\n" + WORDS, "the nearest is 512x512"),
        ("schema: 1\ncfg: {rule: areal}\n" + WORDS, "did you mean area?"),
        ("schema: 1\nscope: all\n" + WORDS, "one of each, whole"),
        ("schema: 1\nspaces: maybe\n" + WORDS, "true or false"),
        ('schema: 1\nprompt: "a\\nNegative prompt: b"\n' + WORDS, "has a meaning in generation parameters"),
        ('schema: 1\nhints: "a\\0b"\n' + WORDS, "U+0000"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_and_what_is_allowed(text, said):
    with pytest.raises(PureNegativeError, match=r"^mine.yaml: ") as error:
        preset.read(text, "mine.yaml")
    assert said in str(error.value)
    assert str(error.value).isprintable()


@st.composite
def files(draw_from: st.DrawFn) -> dict[str, object]:
    """A preset's entries as texts under their keys."""
    entries: dict[str, object] = {
        "schema": "1",
        "id": draw_from(st.from_regex(preset.ID, fullmatch=True)),
        "words": [emphasis.escape(word) for word in draw_from(draw.word_lists)],
        "w": validate.decimal(draw_from(draw.weights)),
        "cfg": {
            "base": validate.decimal(draw_from(draw.cfg_scales)),
            "rule": draw_from(st.sampled_from(cfg_scale.RULES)),
            "rows": {
                str(key): validate.decimal(cfg)
                for key, cfg in draw_from(st.dictionaries(draw.sizes, draw.cfg_scales, max_size=3)).items()
            },
        },
        "size": str(draw_from(draw.sizes)),
        "steps": str(draw_from(st.integers(1, options.MOST_STEPS))),
        "sampler": draw_from(draw.names),
        "prompt": draw_from(draw.prompts),
        "scope": draw_from(st.sampled_from(emphasis.SCOPES)),
        "spaces": draw_from(st.sampled_from(["true", "false"])),
    }
    return entries


@given(files())
def test_a_file_reads_back_as_what_was_written(entries):
    known = preset.read(yaml.safe_dump(entries, allow_unicode=True), "f")
    assert known.id == known.name == entries["id"]
    assert [emphasis.escape(word) for word in known.words] == entries["words"]
    assert validate.decimal(known.strength.w) == entries["w"]
    rows = {str(size.read_size(key)): validate.decimal(cfg) for key, cfg in known.cfg.rows}
    assert {"base": validate.decimal(known.cfg.base), "rule": known.cfg.rule, "rows": rows} == entries["cfg"]
    assert [str(known.size), str(known.steps), known.sampler] == [entries["size"], entries["steps"], entries["sampler"]]
    assert (known.prompt, known.scope, str(known.spaces).lower()) == (
        entries["prompt"],
        entries["scope"],
        entries["spaces"],
    )


def test_texts_that_are_shown_in_a_line_are_made_one():
    known = preset.read("schema: 1\nname: >\n  My\n  model\nhints:\n  - |\n    one\n    two\n" + WORDS, "f")
    assert (known.name, known.hints) == ("My model", ("one two",))


def test_a_preset_is_found_by_its_path_and_shown_as_it_is_written(tmp_path, monkeypatch):
    text = "# a comment that stays\nschema: 1\n" + WORDS
    (tmp_path / "own.yaml").write_text("\ufeff" + text, encoding="utf-8")
    assert library.load(str(tmp_path / "own.yaml")).id == "mine"
    monkeypatch.chdir(tmp_path)
    assert library.load("own.yaml").id == "mine"
    assert library.source_text("own.yaml") == text
    assert library.source_text("nai").startswith("# The revised ten words")


def test_a_preset_that_is_not_there_names_the_nearest():
    with pytest.raises(PureNegativeError, match=r"did you mean anything-v3\?\); use one of .*anything-v3, .*nai"):
        library.load("anithing-v3")


@pytest.mark.parametrize(
    "name", ["", "..", "nai\x00.yaml", "/", "nai/../nai", "NAI", "x" * 5000 + ".yaml", "no\nsuch.yaml"]
)
def test_no_name_reaches_another_file(name):
    with pytest.raises(PureNegativeError) as error:
        library.load(name)
    assert str(error.value).isprintable()


def test_a_file_that_can_not_be_read_is_refused(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\x80\x81\x00")
    (tmp_path / "large.yaml").write_bytes(b"#" * (library.LARGEST_FILE + 1))
    (tmp_path / "folder.yaml").mkdir()
    for name, said in (
        ("binary", "not UTF-8"),
        ("large", "larger than"),
        ("folder", "no such file"),
        ("none", "no such"),
    ):
        with pytest.raises(PureNegativeError, match=rf"^{name}.yaml: .*{said}"):
            library.load(str(tmp_path / f"{name}.yaml"))
