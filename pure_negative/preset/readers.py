"""What a preset is put together from: its small records, and the reader that checks each value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, entries, validate
from pure_negative.prompt import emphasis, typed_text
from pure_negative.rules import cfg_scale, size

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
RESERVED = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))))
"""What Windows takes for a device whatever ending follows, so that no file can have it for a name."""
PLAIN = emphasis.Strength(1.0, 0)
"""No bracket at all: what words without a weight have."""

MOST_TRIGGERS = 2_000
HASH = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True)
class Models:
    """The checkpoints a preset is for: patterns of their names (`*` stands for anything), and hashes of their files."""

    names: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """A file a preset needs beside the checkpoint: its name without folder, and where to get it."""

    name: str
    where: str = ""


@dataclass(frozen=True)
class StyleGroup:
    """Trigger words of a model, under the heading its card gives them."""

    name: str
    triggers: tuple[str, ...]


@dataclass(frozen=True)
class Starter:
    """A positive prompt to begin with, and the size it was published at."""

    prompt: str
    size: size.Size | None = None


def read_id(value: object, where: str = "id") -> str:
    """A preset's id, which is also its file's name: allow-listed, and nothing Windows takes for a device."""
    if isinstance(value, str) and ID.fullmatch(value):
        if value.partition(".")[0] not in RESERVED and not value.endswith((".yaml", ".yml")):
            return value
        raise validate.refuse(
            where, value, "a name without .yaml at its end that Windows does not reserve, as it does con"
        )
    raise validate.refuse(where, value, "a short name of lowercase letters, digits, '-', '_' and '.', like my-model")


def read_cfg(value: object, where: str) -> float:
    """A CFG scale, 0 to 1000."""
    return validate.number(value, where, 0, cfg_scale.HIGHEST)


def read_grid_size(value: object, where: str) -> size.Size:
    """A size whose sides are multiples of 64 px already: a preset says what it means, nothing is snapped."""
    found = size.read_size(value, where)
    if found.wish:
        raise PureNegativeError(f"{where}: {found.wish} is not a multiple of 64 px; the nearest is {found}.")
    return found


def read_sizes(value: object, where: str) -> tuple[size.Size, ...]:
    """The recommended sizes, the first of them the default; repeats dropped."""
    sizes = dict.fromkeys(read_grid_size(item, where) for item in entries.read_list(value, where))
    if not sizes:
        raise validate.refuse(where, value, "a list of sizes like 512x768")
    return tuple(sizes)


def read_cfg_rule(value: object, where: str) -> cfg_scale.CfgRule:
    """How size comes to CFG scale; a plain number holds at every size."""
    if not isinstance(value, dict):
        return cfg_scale.CfgRule(read_cfg(value, where), "constant")
    return cfg_scale.CfgRule(**entries.read_each(value, CFG_READERS, where))


def _read_rows(value: object, where: str) -> tuple[tuple[str, float], ...]:
    rows = entries.read_map(value, where, "a map from sizes to CFG scales, like 768x768: 18")
    found = {str(read_grid_size(key, where)): read_cfg(cfg, f"{where}: {key.strip()}") for key, cfg in rows.items()}
    if len(found) < len(rows):
        raise PureNegativeError(f"{where}: a size appears twice; keep one.")
    return tuple(found.items())


CFG_READERS: Mapping[str, entries.Reader] = {
    "base": read_cfg,
    "rule": lambda value, where: validate.choice(value, where, cfg_scale.RULES),
    "rows": _read_rows,
}


def read_models(value: object, where: str) -> Models:
    """Name patterns and hashes."""
    found = entries.read_map(value, where, "a map with names and hashes")
    return Models(**entries.read_each(found, MODEL_READERS, where))


def _read_patterns(value: object, where: str) -> tuple[str, ...]:
    patterns = tuple(entries.read_name(item, where) for item in entries.read_list(value, where))
    for pattern in patterns:
        if not pattern.strip("* ._-"):
            raise validate.refuse(where, pattern, "a checkpoint's name, with * for what may differ, like anything-v3*")
    return patterns


def _read_hashes(value: object, where: str) -> tuple[str, ...]:
    return tuple(_read_hash(item, where) for item in entries.read_list(value, where))


def _read_hash(value: object, where: str) -> str:
    if isinstance(value, str) and HASH.fullmatch(value.strip().lower()):
        return value.strip().lower()
    raise validate.refuse(where, value, "a checkpoint's hash as the WebUI shows it, 8 to 64 hex digits")


MODEL_READERS: Mapping[str, entries.Reader] = {"names": _read_patterns, "hashes": _read_hashes}


def read_resource(value: object, where: str) -> Resource:
    """A file's name, or a map of its name and where to get it."""
    if not isinstance(value, dict):
        return Resource(entries.read_file_name(value, where))
    found = entries.read_each(value, RESOURCE_READERS, where)
    if "name" not in found:
        raise PureNegativeError(f"{where}: the key name is missing.")
    return Resource(**found)


RESOURCE_READERS: Mapping[str, entries.Reader] = {"name": entries.read_file_name, "where": entries.read_line}


def read_embeddings(value: object, where: str) -> tuple[Resource, ...]:
    """The embeddings whose names go into the negative prompt, unweighted and before the words."""
    found = tuple(read_resource(item, where) for item in entries.read_list(value, where))
    for name in (resource.name for resource in found):
        if hidden := characters.invisible(name):
            raise validate.refuse(where, name, f"the name without {', '.join(hidden)}, which cannot be seen")
    typed_text.read_embedding_names([resource.name for resource in found], where)
    return found


def read_styles(value: object, where: str) -> tuple[StyleGroup, ...]:
    """Groups of trigger words by their headings."""
    groups = entries.read_map(value, where, "a map from headings to trigger words, like 'Version 1': by wlop, impasto")
    named = {entries.read_name(name, where): listed for name, listed in groups.items()}
    if len(named) < len(groups):
        raise PureNegativeError(f"{where}: a heading appears twice; keep one.")
    return tuple(StyleGroup(name, _triggers(listed, f"{where}: {name}")) for name, listed in named.items())


def _triggers(value: object, where: str) -> tuple[str, ...]:
    texts = [validate.text(item, where, 100_000) for item in entries.read_list(value, where, MOST_TRIGGERS)]
    parts = (" ".join(part.split()) for text in texts for part in text.split(","))
    triggers = tuple(dict.fromkeys(filter(None, parts)))
    if not 0 < len(triggers) <= MOST_TRIGGERS or max(map(len, triggers)) > entries.LONGEST_NAME:
        raise validate.refuse(where, value, f"1 to {MOST_TRIGGERS} triggers of up to {entries.LONGEST_NAME} characters")
    return triggers


def read_starters(value: object, where: str) -> tuple[Starter, ...]:
    """Positive prompts, each alone or in a map with its size."""
    return tuple(_starter(item, where) for item in entries.read_list(value, where))


def _starter(value: object, where: str) -> Starter:
    given = value if isinstance(value, dict) else {"prompt": value}
    found = entries.read_each(given, STARTER_READERS, where)
    if not found.get("prompt"):
        raise validate.refuse(where, value, "a prompt, or a map with prompt and size")
    return Starter(**found)


STARTER_READERS: Mapping[str, entries.Reader] = {"prompt": typed_text.read_prompt, "size": read_grid_size}
