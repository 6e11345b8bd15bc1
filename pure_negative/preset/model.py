"""A preset: one model's words, weight, size, CFG scale, steps and sampler, as a closed, checked YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.io import entries, validate, yaml_reader
from pure_negative.preset import readers
from pure_negative.preset.readers import ID, PLAIN, Models, Resource, Starter, StyleGroup, read_id
from pure_negative.prompt import emphasis
from pure_negative.rules import cfg_scale, size

__all__ = ["ID", "PLAIN", "Models", "Resource", "Starter", "StyleGroup", "read_id"]

SCHEMA = 1
"""Goes up when a reader of the old number would misread a file of the new one."""


@dataclass(frozen=True)
class Preset(options.Shared):
    """What one YAML file says. None, and empty words, mean: left to the other controls (in the WebUI, its own).

    `strength` is `PLAIN` where the file gives no weight: the words then stand without brackets. `source` says where the
    preset as a whole comes from, `sources` where the value of a key does.
    """

    id: str
    name: str
    words: tuple[str, ...] = ()
    strength: emphasis.Strength = PLAIN
    description: str = ""
    source: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    models: Models = field(default_factory=Models)
    vae: Resource | None = None
    embeddings: tuple[Resource, ...] = ()
    scope: str = field(default="each", kw_only=True)
    notation: str = field(default="weight", kw_only=True)
    spaces: bool = field(default=False, kw_only=True)
    styles: tuple[StyleGroup, ...] = ()
    starters: tuple[Starter, ...] = ()
    ladder: bool = field(default=False, kw_only=True)
    sizes: tuple[size.Size, ...] = ()
    cfg: cfg_scale.CfgRule | None = None
    hints: tuple[str, ...] = ()

    @property
    def size(self) -> size.Size | None:
        """The first of the recommended sizes, which is the default."""
        return self.sizes[0] if self.sizes else None


def read(text: str, where: str) -> Preset:
    """The preset in a YAML text; `where` names the text in errors.

    Raises:
        PureNegativeError: with the key at fault, and what is allowed there.
    """
    found: dict[str, Any] = {}
    for problem in _read_each(text, where, found):
        raise problem
    return _assemble(found)


def problems(text: str, where: str) -> list[str]:
    """Everything that is wrong with a YAML text, a sentence for each key at fault; none for a preset."""
    return [str(problem) for problem in _read_each(text, where, {})]


def _read_each(text: str, where: str, found: dict[str, Any]) -> list[PureNegativeError]:
    """Read every key into `found`, and return what was wrong on the way."""
    try:
        entries = _entries(text, where)
    except PureNegativeError as error:
        return [error]
    read_all = (_read_into(found, key, value, where) for key, value in entries.items())
    wrong = [problem for problem in read_all if problem]
    wrong += [PureNegativeError(f"{where}: give {' or '.join(keys)}, not both.") for keys in _both(entries)]
    if "id" not in entries:
        wrong.append(PureNegativeError(f"{where}: the key id is missing."))
    return wrong


def _read_into(found: dict[str, Any], key: str, value: object, where: str) -> PureNegativeError | None:
    try:
        found |= entries.read_each({key: value}, READERS, where)
    except PureNegativeError as error:
        return error
    return None


def _entries(text: str, where: str) -> dict[str, Any]:
    document = yaml_reader.load(text, where)
    if not isinstance(document, dict):
        raise PureNegativeError(f"{where}: a preset is a map of keys and values, like 'w: 0.564'.")
    entries = dict(document)
    if "schema" not in entries:
        raise PureNegativeError(f"{where}: the key schema is missing; this version reads 'schema: {SCHEMA}'.")
    version = entries.pop("schema")
    if validate.whole(version, f"{where}: schema", 0, 1_000_000) != SCHEMA:
        shown = validate.shown(version)
        raise PureNegativeError(f"{where}: schema: {shown} is not known; this version reads 'schema: {SCHEMA}'.")
    return entries


EXCLUSIVE = (("w", "brackets"), ("size", "sizes"), ("size", "ratio"), ("sizes", "ratio"))
"""Pairs of keys that say the same thing in two ways."""


def _both(entries: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [pair for pair in EXCLUSIVE if pair[0] in entries and pair[1] in entries]


def _assemble(found: dict[str, Any]) -> Preset:
    for key in ("w", "brackets"):
        if key in found:
            found["strength"] = found.pop(key)
    if "size" in found:
        found["sizes"] = (found.pop("size"),)
    found["name"] = found.get("name") or found["id"]
    return Preset(**found)


def _read_sources(value: object, where: str) -> tuple[tuple[str, str], ...]:
    named = entries.read_map(value, where, "a map from keys of this preset to where their values come from")
    for key in named:
        entries.check_key(key, READERS, where)
    return tuple((key, entries.read_line(text, f"{where}: {key}")) for key, text in named.items())


_FIRST: Mapping[str, entries.Reader] = {
    "id": read_id,
    "name": entries.read_line,
    "description": entries.read_line,
    "source": entries.read_lines,
    "models": readers.read_models,
    "words": emphasis.read_words,
    "w": emphasis.read_w,
    "brackets": emphasis.read_brackets,
    "embeddings": readers.read_embeddings,
}
_BEHIND: Mapping[str, Mapping[str, entries.Reader]] = {
    "style": {"styles": readers.read_styles, "starters": readers.read_starters},
    "ladder": {"size": readers.read_grid_size, "sizes": readers.read_sizes},
    "size_rule": {"cfg": readers.read_cfg_rule},
}
"""A shared option → the preset's own keys that stand behind it in a file."""
_LAST: Mapping[str, entries.Reader] = {
    "vae": readers.read_resource,
    "hints": entries.read_lines,
    "sources": _read_sources,
}


def _readers() -> Mapping[str, entries.Reader]:
    found = dict(_FIRST)
    for name, option in options.shared().items():
        found |= {name: option.values.read, **_BEHIND.get(name, {})}
    return {**found, **_LAST}


READERS = _readers()
"""Key → reader, in the order in which a file is written; the one list of what a preset may say beside `schema`."""
