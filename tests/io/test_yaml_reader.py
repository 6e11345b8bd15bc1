"""YAML from strangers: texts, lists and maps, and one sentence for everything else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import yaml_reader

plain = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufeff\ufffe\uffff"), max_size=12
)
documents = st.dictionaries(
    plain,
    st.recursive(
        plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3), max_leaves=8
    ),
    max_size=5,
)


@pytest.mark.parametrize(
    "text", ["16:9", "no", "1e-4", "0x10", "2023-01-24", "~", "null", "1_000", "0b1", ".inf", "010"]
)
def test_a_plain_scalar_is_the_text_it_is_written_with(text):
    assert yaml_reader.load(f"key: {text}", "f") == {"key": text}


@given(documents)
def test_any_document_of_texts_lists_and_maps_reads_back(document):
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    assert yaml_reader.load(text, "f") == document


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n...\n"])
def test_an_empty_document_is_nothing(text):
    assert yaml_reader.load(text, "f") in (None, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [b, b]\nc: *x", "anchors and aliases"),
        ("a: &x b", "anchors and aliases"),
        ("a: *x", "anchors and aliases"),
        ("a: !!python/object/apply:os.system ['true']", "tag"),
        ("a: !!python/name:os.system", "tag"),
        ("a: !!str b", "tag"),
        ("! a", "tag"),
        ("!!set {a}", "tag"),
        ("a: 1\na: 2", "appears twice"),
        ("[a]: b", "a key must be a plain word"),
        ("? {a: b}\n: c", "a key must be a plain word"),
        ("--- a\n--- b", "2 YAML documents"),
        ("[" * 9 + "]" * 9, "nested too deep"),
        ("{a: " * 20_000, "nested too deep"),
        ("- a\n" * 30_000, "too many entries"),
        ("#" * (yaml_reader.LARGEST + 1), "characters are too many"),
        ("a: b: c", "not readable YAML"),
        ("a: 'b", "not readable YAML"),
        ("\tb", "not readable YAML"),
        ("a: \x00", "not readable YAML"),
        ("a: \ud800", "not readable YAML"),
        ("%YAML 9.9\n--- a", "not readable YAML"),
        ("a: [b", "not readable YAML"),
    ],
)
def test_what_a_preset_has_no_use_for_is_refused(text, said):
    with pytest.raises(PureNegativeError, match=r"^f: ") as error:
        yaml_reader.load(text, "f")
    assert said in str(error.value)
    assert str(error.value).isprintable()


def test_the_billion_laughs_are_not_told():
    lines = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    with pytest.raises(PureNegativeError, match="anchors and aliases"):
        yaml_reader.load("\n".join(lines), "f")


def test_a_merge_key_is_a_key_like_any_other():
    assert yaml_reader.load("<<: {a: b}", "f") == {"<<": {"a": "b"}}
