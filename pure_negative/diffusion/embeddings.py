"""Textual inversion embeddings: words of a prompt that stand for vectors, found as the WebUI finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion import digest, model_files, tensor_file
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

_SHORT_HASH = 12
Tokenize = Callable[[str], list[int]]
"""A text's token ids, without start, end and padding."""


@dataclass(frozen=True)
class Embedding:
    """One embedding: its name, its vectors [vectors, width] in float32, and the first digits of its file's SHA-256.

    Of SDXL's two text models CLIP's numbers come first in each vector.
    """

    name: str
    vectors: Tensor
    hash: str


@dataclass(frozen=True)
class _Known:
    """One that is in the folder, not read yet, and the tokens of its name."""

    ids: list[int]
    path: Path


class Embeddings:
    """Those of a folder that fit a text encoder of this width; a file is read when a prompt first names it.

    `notes` says of every file that was named and can't be used why that is.
    """

    def __init__(self, folder: Path | None, width: int, tokenize: Tokenize) -> None:
        self._width = width
        self._read: dict[Path, Embedding | None] = {}
        self._by_first: dict[int, list[_Known]] = {}
        self.notes: list[str] = []
        for path in model_files.embeddings(folder):
            if ids := tokenize(path.stem):
                self._by_first.setdefault(ids[0], []).append(_Known(ids, path))
        for known in self._by_first.values():
            known.sort(key=lambda each: -len(each.ids))

    def at(self, tokens: Sequence[int], place: int) -> tuple[Embedding, int] | None:
        """The embedding whose name begins at this token, the longest name first, and how many tokens that is."""
        for known in self._by_first.get(tokens[place], ()):
            length = len(known.ids)
            if list(tokens[place : place + length]) == known.ids and (found := self._opened(known.path)):
                return found, length
        return None

    def named(self, name: str) -> Embedding | None:
        """The usable embedding of that name; capitals don't matter."""
        paths = (each.path for known in self._by_first.values() for each in known)
        same = (path for path in paths if path.stem.casefold() == name.casefold())
        return next((found for path in same if (found := self._opened(path))), None)

    def _opened(self, path: Path) -> Embedding | None:
        if path not in self._read:
            try:
                self._read[path] = read(path, self._width)
            except PureNegativeError as error:
                self.notes.append(f"an embedding is not used: {error}")
                self._read[path] = None
        return self._read[path]


def read(path: Path, width: int) -> Embedding:
    """The embedding in a file, in any of the layouts that the WebUI reads.

    Raises:
        PureNegativeError: the file is none, or is for a text encoder of another width.
    """
    safe = path.suffix.lower() == ".safetensors"
    content = tensor_file.read(path) if safe else tensor_file.unpickled(path)
    vectors = _vectors(content, path)
    vectors = vectors.detach().float()
    vectors = vectors.unsqueeze(0) if vectors.dim() == 1 else vectors
    if vectors.dim() != 2 or not len(vectors):
        raise PureNegativeError(f"{path} holds no embedding: its tensor is no list of vectors.")
    if vectors.shape[1] != width and _is_for_both(content):
        raise PureNegativeError(f"{path} is for another model: it is an embedding for SDXL.")
    if vectors.shape[1] != width:
        raise PureNegativeError(f"{path} is for another model: its vectors are {vectors.shape[1]} wide, not {width}.")
    return Embedding(path.stem, vectors, digest.sha256(path)[:_SHORT_HASH])


def _vectors(content: Any, path: Path) -> Tensor:
    """The one tensor in an embedding's file, of which each layout keeps it elsewhere."""
    if not isinstance(content, dict):
        raise PureNegativeError(f"{path} holds no embedding.")
    if _is_for_both(content):
        return _side_by_side(content["clip_l"], content["clip_g"], path)
    inner = content.get("string_to_param", content)
    entries = getattr(inner, "_parameters", inner)
    if not isinstance(entries, dict) or not all(isinstance(each, Tensor) for each in entries.values()):
        raise PureNegativeError(f"{path} holds no embedding.")
    if len(entries) != 1:
        raise PureNegativeError(f"{path} holds {len(entries)} tensors; an embedding has one.")
    (vectors,) = entries.values()
    return torch.as_tensor(vectors)


def _is_for_both(content: Any) -> bool:
    """Whether it has vectors for each of SDXL's text models."""
    return isinstance(content, dict) and {"clip_g", "clip_l"} <= content.keys()


def _side_by_side(first: Any, second: Any, path: Path) -> Tensor:
    if not all(isinstance(each, Tensor) and each.dim() == 2 for each in (first, second)) or len(first) != len(second):
        raise PureNegativeError(f"{path} holds no embedding: clip_l and clip_g must be lists of as many vectors.")
    return torch.cat([first.float(), second.float()], dim=1)


def hashes(used: Iterable[Embedding]) -> str:
    """What the infotext says of the embeddings that a prompt uses, each once, as the WebUI writes it."""
    named = {each.name: each.hash for each in used}
    return ", ".join(f"{name.replace(':', '').replace(',', '')}: {short}" for name, short in named.items())


def missing(names: Iterable[str], known: Embeddings) -> list[str]:
    """Those of these names that no usable embedding has."""
    return [validate.one_line(name) for name in names if known.named(name) is None]
