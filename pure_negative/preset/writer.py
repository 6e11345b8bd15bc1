"""A preset as the text of its file: written anew, or into a file that is there, whose comments stay.

Lines are replaced by hand because PyYAML, which is all that the WebUI brings for YAML, drops comments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pure_negative.errors import PureNegativeError
from pure_negative.io import yaml_reader, yaml_writer
from pure_negative.io.yaml_writer import Value, Words
from pure_negative.preset import model as preset
from pure_negative.preset.model import Preset
from pure_negative.prompt import emphasis
from pure_negative.rules import cfg_scale

LONGEST_WORDS = 15_000
"""Characters of a list of words that is still written as one text."""
_PLACE = {"brackets": "w", "sizes": "size", "ratio": "size"}
"""Keys that stand in another's place."""


def write(known: Preset) -> str:
    """The file of a preset; reading it gives the same preset back.

    Raises:
        PureNegativeError: the preset holds what no file can, or is too long for one.
    """
    return _whole(known, yaml_writer.document(entries(known)))


def _whole(known: Preset, text: str) -> str:
    if preset.read(text, known.id) != known:
        raise PureNegativeError(f"{known.id}: this preset can't be saved without changing it.")
    return text


def rewrite(text: str, known: Preset) -> str:
    """The preset in a file that is there: what is the same stays as it is written, comments and order too.

    A changed value is written anew under the comment lines above its key; a comment beside or inside the old value goes
    with it. A text that is no preset, or not written a key to a line, is replaced as a whole.
    """
    try:
        if preset.read(text, known.id) == known:
            return text
        return _whole(known, _merged(text.replace("\r\n", "\n").rstrip("\n") + "\n", known))
    except PureNegativeError:
        return write(known)


def _merged(text: str, known: Preset) -> str:
    old, new = _placed(entries(preset.read(text, known.id))), _placed(entries(known))
    there: dict[str, str] = {}
    for number, (key, above, body) in enumerate(yaml_reader.blocks(text, known.id)):
        place = _PLACE.get(key, key)
        if not key or old.get(place) == new.get(place):
            there[place] = above + body
        elif place in new:
            there[place] = above + yaml_writer.block(*new[place])
        elif number == 0:
            there[place] = above
    added = [place for place in new if place not in there]
    for place in added:
        there = _inserted(there, place, yaml_writer.block(*new[place]), list(new))
    return "".join(there.values())


def _placed(found: dict[str, Value]) -> dict[str, tuple[str, Value]]:
    return {_PLACE.get(key, key): (key, value) for key, value in found.items()}


def _inserted(there: dict[str, str], place: str, text: str, order: list[str]) -> dict[str, str]:
    """A key put behind the nearest one that is written before it in a new file."""
    earlier = [key for key in order[: order.index(place)] if key in there]
    keys = list(there)
    at = keys.index(earlier[-1]) + 1 if earlier else 0
    return {**{key: there[key] for key in keys[:at]}, place: text, **{key: there[key] for key in keys[at:]}}


def entries(known: Preset) -> dict[str, Value]:
    """What the file says, key by key in the order of `preset.READERS`; what is not set is left out."""
    own = _own(known)
    found = {
        "schema": preset.SCHEMA,
        **{key: own[key] if key in own else _shared(known, key) for key in preset.READERS},
    }
    return {key: value for key, value in found.items() if value is not None}


def _own(known: Preset) -> dict[str, Value | None]:
    """The keys that a preset says in a way of its own."""
    return {
        "id": known.id,
        "name": known.name if known.name != known.id else None,
        "description": known.description or None,
        "source": _one_or_list(known.source),
        "models": _models(known.models),
        "words": _words(map(emphasis.escape, known.words)),
        **dict.fromkeys(("w", "brackets")),
        **_weight(known.strength),
        "embeddings": [_resource(each) for each in known.embeddings] or None,
        "styles": {group.name: _words(group.triggers) or "" for group in known.styles} or None,
        "starters": [_starter(each) for each in known.starters] or None,
        **dict.fromkeys(("size", "sizes", "ratio")),
        **_shape(known),
        "cfg": _cfg(known.cfg) if known.cfg else None,
        "vae": _resource(known.vae) if known.vae else None,
        "hints": list(known.hints) or None,
        "sources": dict(known.sources) or None,
    }


def _shared(known: Preset, key: str) -> Value | None:
    """An option's value as the file has it; nothing for the one that holds anyway."""
    value: Value | None = getattr(known, key)
    return None if value == getattr(Preset, key) else value


def _one_or_list(lines: tuple[str, ...]) -> Value | None:
    return lines[0] if len(lines) == 1 else list(lines) or None


def _words(texts: Iterable[str]) -> Value | None:
    words = tuple(texts)
    return Words(words) if len(", ".join(words)) <= LONGEST_WORDS and words else list(words) or None


def _weight(strength: emphasis.Strength) -> dict[str, Value | None]:
    if strength == preset.PLAIN:
        return {}
    return {"w": strength.w} if strength.brackets is None else {"brackets": strength.brackets}


def _shape(known: Preset) -> dict[str, Value | None]:
    if known.ratio is not None:
        return {"ratio": f"{known.ratio.numerator}:{known.ratio.denominator}"}
    if len(known.sizes) == 1:
        return {"size": str(known.sizes[0])}
    return {"sizes": [str(size) for size in known.sizes] or None}


def _cfg(rule: cfg_scale.CfgRule) -> Value:
    if rule.base is not None and rule.rule == "constant" and not rule.rows:
        return rule.base
    base: dict[str, Value] = {} if rule.base is None else {"base": rule.base}
    rows: dict[str, Value] = {"rows": dict(rule.rows)} if rule.rows else {}
    return {**base, "rule": rule.rule, **rows}


def _models(models: preset.Models) -> Value | None:
    found = {"names": list(models.names), "hashes": list(models.hashes)}
    return {key: texts for key, texts in found.items() if texts} or None


def _resource(resource: preset.Resource) -> Value:
    return {"name": resource.name, "where": resource.where} if resource.where else resource.name


def _starter(starter: preset.Starter) -> Value:
    return {"prompt": starter.prompt, "size": str(starter.size)} if starter.size else starter.prompt


def shown(value: Value | None) -> str:
    """A value of `entries` as a person reads it, on one line; nothing for one that is not set."""
    if value is None:
        return ""
    if isinstance(value, Words):
        return ", ".join(value.texts)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {shown(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " | ".join(map(shown, value))
    return value.replace("\n", " ") if isinstance(value, str) else yaml_writer.scalar(value)
