"""The JSON Schema of a preset's file, for editors; made from the same bounds the readers hold to."""

from __future__ import annotations

import json
from typing import Any

from pure_negative import options
from pure_negative.io import entries
from pure_negative.preset import model as preset
from pure_negative.preset import readers
from pure_negative.prompt import typed_text
from pure_negative.rules import cfg_scale

DIALECT = "http://json-schema.org/draft-07/schema#"
_SIZE = {"type": "string", "pattern": r"^\s*[0-9]{1,6}\s*[x×X*]\s*[0-9]{1,6}\s*$"}
_LINE = {"type": "string", "maxLength": entries.LONGEST_LINE}
_NAME = {"type": "string", "minLength": 1, "maxLength": entries.LONGEST_LINE}
_PROMPT = {"type": "string", "maxLength": typed_text.LONGEST_PROMPT}
_WORDS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _number(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def _one_of(names: tuple[str, ...]) -> dict[str, Any]:
    return {"enum": list(names)}


def _one_or_list(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "items": item, "maxItems": entries.MOST_LINES}]}


def _closed(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values, "maxProperties": entries.MOST_LINES}


def _resource() -> dict[str, Any]:
    return {"oneOf": [_NAME, _closed({"name": _NAME, "where": _LINE}, ("name",))]}


def _cfg() -> dict[str, Any]:
    scale = _number(0, cfg_scale.HIGHEST)
    rows = {
        "type": "object",
        "propertyNames": _SIZE,
        "additionalProperties": scale,
        "maxProperties": entries.MOST_LINES,
    }
    return {"oneOf": [scale, _closed({"base": scale, "rule": _one_of(cfg_scale.RULES), "rows": rows})]}


def _starter() -> dict[str, Any]:
    prompt = {**_PROMPT, "minLength": 1}
    return {"oneOf": [prompt, _closed({"prompt": prompt, "size": _SIZE}, ("prompt",))]}


def _models() -> dict[str, Any]:
    hashes = {"type": "string", "pattern": r"^\s*[0-9a-fA-F]{8,64}\s*$"}
    return _closed({"names": _one_or_list(_NAME), "hashes": _one_or_list(hashes)})


def _id() -> dict[str, Any]:
    devices = "|".join(sorted(readers.RESERVED))
    return {
        "type": "string",
        "pattern": f"^{readers.ID.pattern}$",
        "not": {"anyOf": [{"pattern": rf"^({devices})(\.|$)"}, {"pattern": r"\.ya?ml$"}]},
    }


def properties() -> dict[str, dict[str, Any]]:
    """Key → its schema and what it is for, in the order in which a file is written."""
    own = {**_about(), **_negative(), **_positive(), **_numbers()}
    shared = {key: _said(dict(each.values.schema), _sentence(each)) for key, each in options.shared().items()}
    found = {key: own[key] if key in own else shared[key] for key in preset.READERS}
    return {"schema": _said({"const": preset.SCHEMA}, "The version of this format."), **found}


def _sentence(option: options.Option) -> str:
    text = option.preset_help or option.help
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('…') else '.'}"


def _said(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"description": text, **schema}


def _about() -> dict[str, dict[str, Any]]:
    return {
        "id": _said(_id(), "The short name, also the name of the file."),
        "name": _said(_LINE, "The display name."),
        "description": _said(_LINE, "What the preset is for, in a sentence."),
        "source": _said(_one_or_list(_LINE), "Where the preset as a whole comes from."),
        "models": _said(_models(), "The checkpoints it is for: name patterns (* stands for anything), file hashes."),
        "vae": _said(_resource(), "The VAE to use with it, and where to get it."),
        "hints": _said(_one_or_list(_LINE), "Hints for its users."),
        "sources": _said(
            {**_map(_LINE), "propertyNames": _one_of(tuple(preset.READERS))}, "Key → where it comes from."
        ),
    }


def _negative() -> dict[str, dict[str, Any]]:
    weight, count, _ = options.table()["strength"].spellings
    return {
        "words": _said(_WORDS, "The negative words, separated by commas or as a list."),
        "w": _said(dict(weight.values.schema), "The weight of every word, above 0."),
        "brackets": _said(
            dict(count.values.schema), "The weight as a bracket count: -6 is six '['; 0, or no weight at all, is none."
        ),
        "embeddings": _said(_one_or_list(_resource()), "Embeddings, put before the words without a weight."),
    }


def _positive() -> dict[str, dict[str, Any]]:
    return {
        "styles": _said(_map(_WORDS), "Heading → trigger words to choose {style} from."),
        "starters": _said(_one_or_list(_starter()), "Example prompts to start from, each with a size if it needs one."),
    }


def _numbers() -> dict[str, dict[str, Any]]:
    sizes = {"type": "array", "items": _SIZE, "minItems": 1, "maxItems": entries.MOST_LINES}
    return {
        "size": _said(_SIZE, "Width x height in pixels, multiples of 64."),
        "sizes": _said({"oneOf": [_SIZE, sizes]}, "The recommended sizes; the first is the default."),
        "cfg": _said(_cfg(), "The CFG scale: one at every size, or a base at 512x512, a rule and rows."),
    }


def schema() -> dict[str, Any]:
    """The whole JSON Schema."""
    closed = _closed(properties(), ("schema", "id"))
    never_both = [{"not": {"required": list(pair)}} for pair in preset.EXCLUSIVE]
    return {"$schema": DIALECT, "title": "A preset of sd-webui-pure-negative", **closed, "allOf": never_both}


def text() -> str:
    """The JSON Schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
