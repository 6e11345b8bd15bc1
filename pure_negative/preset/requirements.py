"""What a preset needs beside the checkpoint, and which of it a host lacks."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from pure_negative.preset.model import Preset, Resource

FOLDERS = {"embedding": "embeddings", "VAE": "models/VAE"}
"""Kind of file → the folder it belongs in, inside the WebUI's (seeds/004, *How to Use It*)."""
_ENDING = re.compile(r"\.(safetensors|ckpt|pt|pth|bin)$", re.IGNORECASE)


@dataclass(frozen=True)
class Need:
    """One file: `embedding` or `VAE`, its name, and where to get it."""

    kind: str
    name: str
    where: str = ""

    @property
    def folder(self) -> str:
        """Where it belongs, inside the WebUI's folder."""
        return FOLDERS[self.kind]

    def __str__(self) -> str:
        source = f" ({self.where})" if self.where else ""
        return f"{self.kind} {self.name}{source}, to be put into the folder {self.folder}"


def needs(known: Preset) -> list[Need]:
    """Everything the preset names."""
    vae = [_need("VAE", known.vae)] if known.vae else []
    return [*(_need("embedding", each) for each in known.embeddings), *vae]


def _need(kind: str, resource: Resource) -> Need:
    return Need(kind, resource.name, resource.where)


def missing(known: Preset, embeddings: Collection[str], vaes: Collection[str]) -> list[Need]:
    """What the preset names and a host that has these embeddings and VAEs lacks; endings and case don't matter."""
    there = {"embedding": {_bare(name) for name in embeddings}, "VAE": {_bare(name) for name in vaes}}
    return [need for need in needs(known) if _bare(need.name) not in there[need.kind]]


def is_named(name: str, file: str) -> bool:
    """Whether a file is the one a preset names; endings and case don't matter."""
    return _bare(name) == _bare(file)


def _bare(name: str) -> str:
    return _ENDING.sub("", name).casefold()
