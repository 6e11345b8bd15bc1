"""The JSON Schema of a preset's file, for editors; made from the same bounds the readers hold to."""

from __future__ import annotations

import json
from typing import Any

from pure_negative.preset import model as preset
from pure_negative.preset import readers
from pure_negative.prompt import emphasis
from pure_negative.prompt import template as prompt_format
from pure_negative.rules import cfg_scale, size

DIALECT = "http://json-schema.org/draft-07/schema#"
_SIZE = {"type": "string", "pattern": r"^\s*[0-9]{1,6}\s*[x×X*]\s*[0-9]{1,6}\s*$"}
_LINE = {"type": "string", "maxLength": readers.LONGEST_LINE}
_NAME = {"type": "string", "minLength": 1, "maxLength": readers.LONGEST_LINE}
_PROMPT = {"type": "string", "maxLength": readers.LONGEST_PROMPT}
_WORDS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _number(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def _above(high: float | None = None) -> dict[str, Any]:
    return {"type": "number", "exclusiveMinimum": 0, **({} if high is None else {"maximum": high})}


def _whole(low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high}


def _one_of(names: tuple[str, ...]) -> dict[str, Any]:
    return {"enum": list(names)}


def _one_or_list(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "items": item, "maxItems": readers.MOST_LINES}]}


def _closed(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False}


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values, "maxProperties": readers.MOST_LINES}


def _resource() -> dict[str, Any]:
    return {"oneOf": [_NAME, _closed({"name": _NAME, "where": _LINE}, ("name",))]}


def _cfg() -> dict[str, Any]:
    scale = _number(0, cfg_scale.HIGHEST)
    rows = {
        "type": "object",
        "propertyNames": _SIZE,
        "additionalProperties": scale,
        "maxProperties": readers.MOST_LINES,
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
    """Key → its schema and what it is for."""
    return {
        "schema": _said({"const": preset.SCHEMA}, "The version of this format."),
        "id": _said(_id(), "The short name, which is also the file's."),
        "name": _said(_LINE, "The name that is shown."),
        "description": _said(_LINE, "What the preset is for, in a sentence."),
        "source": _said(_one_or_list(_LINE), "Where the preset as a whole comes from."),
        "models": _said(_models(), "The checkpoints it is for: name patterns (* stands for anything), file hashes."),
        **_negative(),
        **_positive(),
        **_numbers(),
        "vae": _said(_resource(), "The VAE it goes with, and where to get it."),
        "hints": _said(_one_or_list(_LINE), "What to know when using it."),
        "sources": _said(
            {**_map(_LINE), "propertyNames": _one_of(tuple(preset.READERS))}, "Key → where it comes from."
        ),
    }


def _said(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"description": text, **schema}


def _negative() -> dict[str, dict[str, Any]]:
    count = _whole(-emphasis.MOST_BRACKETS, emphasis.MOST_BRACKETS)
    return {
        "words": _said(_WORDS, "The negative words, separated by commas or as a list."),
        "w": _said(_above(), "The weight of every word, above 0."),
        "brackets": _said(count, "The weight as a bracket count: -6 is six '['; 0, or no weight at all, is none."),
        "embeddings": _said(_one_or_list(_resource()), "Embeddings, put before the words without a weight."),
        "scope": _said(_one_of(emphasis.SCOPES), "Each word in a bracket of its own, or the whole list in one."),
        "notation": _said(_one_of(emphasis.NOTATIONS), "How the weight is written."),
        "spaces": _said({"type": "boolean"}, "Turn '_' in the words into spaces."),
        "join": _said(_one_of(readers.JOINS), "How the words join a negative prompt that is typed already."),
    }


def _positive() -> dict[str, dict[str, Any]]:
    template = {
        "type": "string",
        "maxLength": prompt_format.LONGEST,
        "pattern": r"^[^{}]*(\{style\}[^{}]*)?\{prompt\}[^{}]*(\{style\}[^{}]*)?$",
    }
    style = {"type": "string", "maxLength": prompt_format.LONGEST_STYLE}
    return {
        "prompt": _said(_PROMPT, "The positive prompt where none is typed."),
        "prompt_format": _said(
            template, "Where the typed prompt and the style go: {prompt} once, {style} at most once."
        ),
        "style": _said(style, "What goes into {style} where nothing is chosen."),
        "styles": _said(_map(_WORDS), "Heading → trigger words to choose {style} from."),
        "starters": _said(
            _one_or_list(_starter()), "Positive prompts to begin with, each with its size if it has one."
        ),
        "ladder": _said({"type": "boolean"}, "Weigh the typed tags by importance: 1.0, 0.95, 0.91, …"),
    }


def _numbers() -> dict[str, dict[str, Any]]:
    sizes = {"type": "array", "items": _SIZE, "minItems": 1, "maxItems": readers.MOST_LINES}
    ratio = {"oneOf": [{"type": "string"}, {"type": "number", "exclusiveMinimum": 0}]}
    sampler = {"type": "string", "minLength": 1, "maxLength": 62, "not": {"pattern": r"[,:;\"'{}<>|\\\[\]]"}}
    return {
        "size": _said(_SIZE, "Width x height in pixels, multiples of 64."),
        "sizes": _said({"oneOf": [_SIZE, sizes]}, "The recommended sizes, the first the default."),
        "ratio": _said(ratio, f"An aspect ratio in place of a size, up to {size.WIDEST}:1 either way."),
        "size_rule": _said(_one_of(size.RULES), "From ratio to size."),
        "cfg": _said(_cfg(), "The CFG scale: one at every size, or a base at 512x512, a rule and rows."),
        "cfg_factor": _said(_above(readers.HIGHEST_FACTOR), "A factor on the recommended CFG scale."),
        "steps": _said(_whole(1, readers.MOST_STEPS), "Sampling steps."),
        "sampler": _said(sampler, "The sampler's name."),
        "scheduler": _said(sampler, "The schedule type."),
        "clip_skip": _said(_whole(1, readers.HIGHEST_CLIP_SKIP), "Clip skip; 1 skips nothing."),
        "emphasis": _said(_one_of(readers.EMPHASES), "The emphasis mode."),
    }


def schema() -> dict[str, Any]:
    """The whole JSON Schema."""
    closed = _closed(properties(), ("schema", "id"))
    never_both = [{"not": {"required": list(pair)}} for pair in preset.EXCLUSIVE]
    return {"$schema": DIALECT, "title": "A preset of sd-webui-pure-negative", **closed, "allOf": never_both}


def text() -> str:
    """The JSON Schema as the text of its file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
