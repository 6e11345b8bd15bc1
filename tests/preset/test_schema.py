"""The JSON Schema in docs is the code's own, and says of a file what the reader says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from pure_negative.errors import PureNegativeError
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.preset import schema as preset_schema
from pure_negative.preset import writer as preset_writer
from tests.preset import drawing

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = preset_schema.schema()
TYPES = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def has_type(value: Any, name: str) -> bool:
    """JSON Schema's types; a whole float is an integer there."""
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return has_type(value, "number") and float(value).is_integer()
    return isinstance(value, TYPES[name])


def is_valid(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value fits a schema, as far as ours goes into the standard; an unknown keyword is an error."""
    checks = {
        "type": lambda name: has_type(value, name),
        "const": lambda wanted: value == wanted,
        "enum": lambda allowed: value in allowed,
        "pattern": lambda pattern: not isinstance(value, str) or re.search(pattern, value, re.ASCII) is not None,
        "minLength": lambda low: not isinstance(value, str) or len(value) >= low,
        "maxLength": lambda high: not isinstance(value, str) or len(value) <= high,
        "minimum": lambda low: value >= low,
        "maximum": lambda high: value <= high,
        "exclusiveMinimum": lambda low: value > low,
        "minItems": lambda low: len(value) >= low,
        "maxItems": lambda high: len(value) <= high,
        "maxProperties": lambda high: len(value) <= high,
        "items": lambda inner: all(is_valid(item, inner) for item in value),
        "required": lambda keys: not isinstance(value, dict) or all(key in value for key in keys),
        "propertyNames": lambda inner: all(is_valid(key, inner) for key in value),
        "properties": lambda inner: all(is_valid(value[key], inner[key]) for key in value if key in inner),
        "oneOf": lambda options: sum(is_valid(value, option) for option in options) == 1,
        "anyOf": lambda options: any(is_valid(value, option) for option in options),
        "allOf": lambda options: all(is_valid(value, option) for option in options),
        "not": lambda inner: not is_valid(value, inner),
        "additionalProperties": lambda inner: (
            all(key in schema.get("properties", {}) for key in value)
            if inner is False
            else all(is_valid(item, inner) for item in value.values())
        ),
    }
    rules = {key: rule for key, rule in schema.items() if key not in ("$schema", "title", "description")}
    if "type" in rules and not checks["type"](rules["type"]):
        return False
    return all(checks[key](rule) for key, rule in rules.items())


def test_the_committed_schema_is_current():
    assert (DOCS / "preset.schema.json").read_text(encoding="utf-8") == preset_schema.text()
    assert json.loads(preset_schema.text()) == SCHEMA


def test_every_key_is_in_the_schema_with_a_word_about_it():
    assert set(SCHEMA["properties"]) == {"schema", *preset.READERS}
    assert all(entry["description"] for entry in SCHEMA["properties"].values())


@pytest.mark.parametrize("name", library.Library().built_in_ids())
def test_the_built_in_presets_are_valid(name):
    assert is_valid(yaml.safe_load(library.source_text(name)), SCHEMA)


@settings(max_examples=max(20, settings.default.max_examples // 6))
@given(drawing.presets())
def test_every_preset_we_write_is_valid(known):
    assert is_valid(yaml.safe_load(preset_writer.write(known)), SCHEMA)


WRONG = [
    *("schema: 2\nid: mine", "schema: 1", "schema: 1\nid: Mine", "schema: 1\nid: con", "schema: 1\nid: a.yaml"),
    *("w: 0", "w: [1]", "brackets: 500", "brackets: 1.5", "words: {a: b}", "words: []", "scope: all", "join: over"),
    *(
        "spaces: maybe",
        "size: 5",
        "sizes: []",
        "steps: 0",
        "steps: 10001",
        "clip_skip: 13",
        "cfg: 1001",
        "cfg: {bass: 1}",
    ),
    *(
        "cfg: {rule: areal}",
        "cfg: {rows: {big: 3}}",
        "cfg_factor: 0",
        "sampler: 'a,b'",
        "emphasis: None",
        "hints: {a: b}",
    ),
    *("models: {files: [a]}", "models: {hashes: [xyz]}", "vae: {where: here}", "vae: {name: a, url: b}", "styles: [a]"),
    *("starters: [{size: 512x512}]", "prompt_format: best", "prompt_format: '{promt}'", "sources: {wordz: here}"),
    *("new: 1", "w: 1\nbrackets: 2", "size: 512x512\nratio: '1:1'", "prompt_format: '{prompt} {'"),
]


@pytest.mark.parametrize("text", WRONG)
def test_what_the_reader_refuses_the_schema_refuses_too(text):
    text = text if text.startswith("schema") else f"schema: 1\nid: mine\n{text}"
    with pytest.raises(PureNegativeError):
        preset.read(text, "f")
    assert not is_valid(yaml.safe_load(text), SCHEMA)


def test_the_docs_tell_of_every_key():
    text = (DOCS / "presets.md").read_text(encoding="utf-8")
    keys = text.partition("<!-- table: stand-alone -->")[0]  # the table of built-in presets comes last
    rows = set(re.findall(r"^\| `(\w+)` \|", keys, re.MULTILINE))
    assert rows == {"schema", *preset.READERS}


def test_the_examples_in_the_docs_are_presets():
    text = (DOCS / "presets.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        assert preset.problems(example, "example") == []
        assert is_valid(yaml.safe_load(example), SCHEMA)
