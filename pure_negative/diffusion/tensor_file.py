"""The tensors in a file of weights, `.safetensors` or one of torch's own pickles; no code in a file is ever run."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

_CODE = ("Unsupported global", "Unsupported class", "Trying to", "Can only")
"""How torch's weights-only loader begins what it says of a pickle that wants to run something."""
_SAFE = (2, 6)
"""Before this version of torch, its weights-only loader could be made to run code (CVE-2025-32434)."""
_DAMAGED = (SafetensorError, OSError, ValueError, KeyError, OverflowError)


def read(path: Path) -> dict[str, Tensor]:
    """Every tensor by its name, on the CPU, in the file's own precision.

    Raises:
        PureNegativeError: the file is damaged, or holds what torch's weights-only loader does not take.
    """
    if path.suffix.lower() == ".safetensors":
        return _safetensors(path)
    content = unpickled(path)
    inner = content.get("state_dict", content) if isinstance(content, Mapping) else None
    if not isinstance(inner, Mapping):
        raise PureNegativeError(f"{path} holds no tensors by name, so it is no file of weights.")
    return {str(name): tensor.detach() for name, tensor in inner.items() if isinstance(tensor, Tensor)}


def outline(path: Path) -> dict[str, Tensor]:
    """Every tensor's name, shape and precision, with nothing in it where that can be told without reading it.

    Raises:
        PureNegativeError: as for `read`.
    """
    if path.suffix.lower() != ".safetensors":
        return read(path)
    try:
        with safe_open(path, framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            return {name: _empty(each) for name, each in slices.items()}
    except _DAMAGED as error:
        raise _refused(path, error) from None


def _empty(known: Any) -> Tensor:
    whole = "F" in known.get_dtype()
    return torch.empty(known.get_shape(), dtype=torch.float16 if whole else torch.int64, device="meta")


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        found: dict[str, Tensor] = load_file(path)
        return found
    except _DAMAGED as error:
        raise _refused(path, error) from None


_INSTEAD = (
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; download it from the model's page"),
    (b"<", "a web page, not the file itself; download it again, logged in if the site asks for it"),
    (b"PK\x03\x04", "a file of torch's under another name; let it end in .ckpt"),
    (b"\x80", "a file of torch's under another name; let it end in .ckpt"),
)


def _refused(path: Path, error: Exception) -> PureNegativeError:
    """What a file that is no `.safetensors` is, as far as its first bytes tell."""
    instead = _instead(path)
    if instead and (path.suffix.lower() == ".safetensors" or not instead.startswith("a file of torch's")):
        return PureNegativeError(f"{path} is {instead}.")
    return PureNegativeError(f"{path} is damaged or no {path.suffix} file: {first_line(error)}.")


def _instead(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip()
    except OSError:
        return ""
    return next((what for beginning, what in _INSTEAD if start.startswith(beginning)), "")


def unpickled(path: Path) -> Any:
    """What a pickle of torch's holds: tensors and plain values alone.

    Raises:
        PureNegativeError: it is none, or names anything that could run.
    """
    if tuple(int(part) for part in torch.__version__.split(".")[:2]) < _SAFE:
        raise PureNegativeError(f"{path} is a pickle, which torch {torch.__version__} can't read safely; update torch.")
    try:
        with torch.serialization.safe_globals([torch.nn.ParameterDict]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other protocols than torch's own, which it reads or refuses
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        detail = str(error).partition("WeightsUnpickler error:")[2] or str(error)
        if not any(sign in first_line(ValueError(detail)) for sign in _CODE):
            raise _refused(path, ValueError("it is no pickle of torch's")) from None
        raise PureNegativeError(
            f"{path} holds more than weights, and might run code when it is opened; give a .safetensors file."
        ) from None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, AttributeError, TypeError, IndexError) as error:
        raise _refused(path, error) from None


def first_line(error: Exception) -> str:
    """What a library says of an error, short enough for one sentence."""
    return validate.one_line((str(error).strip().splitlines() or [type(error).__name__])[0]).rstrip(".")
