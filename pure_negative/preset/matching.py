"""Whether a preset is for a checkpoint: by its hash, or by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pure_negative.preset.readers import Models

_ENDING = re.compile(r"\.(safetensors|ckpt|pth?|bin)$")
_HASH_BEHIND = re.compile(r"\s*\[[0-9a-f]{6,64}\]$")
_SHORTEST_HASH = 8
_BY_HASH = 10_000


def score(models: Models, name: str, hashes: Sequence[str] = ()) -> int:
    """How well the models fit a checkpoint, 0 for not at all: a hash above every name, then the longest pattern.

    Args:
        models: a preset's.
        name: the checkpoint's as the WebUI shows it; a folder, an ending and a hash in brackets are dropped.
        hashes: the checkpoint's, short or whole, of the old or the new kind.
    """
    if any(_same(known, given.strip().lower()) for known in models.hashes for given in hashes):
        return _BY_HASH
    plain = simplified(name)
    return max((_spelled_out(pattern) for pattern in models.names if fits(pattern, plain)), default=0)


def _same(one: str, other: str) -> bool:
    """Whether one hash is the beginning of the other, as the WebUI shortens them."""
    return min(len(one), len(other)) >= _SHORTEST_HASH and (one.startswith(other) or other.startswith(one))


def simplified(name: str) -> str:
    """A checkpoint's bare name: small letters, and `-` for spaces and underscores."""
    bare = re.split(r"[\\/]", name.strip().lower())[-1]
    bare = _ENDING.sub("", _HASH_BEHIND.sub("", bare))
    return re.sub(r"[\s_-]+", "-", bare)


def fits(pattern: str, plain: str) -> bool:
    """Whether a simplified name fits a pattern, in which `*` stands for anything; in time linear in both."""
    first, *others = re.sub(r"[\s_-]+", "-", pattern.lower()).split("*")
    if not others:
        return plain == first
    if not plain.startswith(first):
        return False
    at = len(first)
    for part in others[:-1]:
        found = plain.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(plain) - at >= len(others[-1]) and plain.endswith(others[-1])


def _spelled_out(pattern: str) -> int:
    return len(pattern.replace("*", ""))
