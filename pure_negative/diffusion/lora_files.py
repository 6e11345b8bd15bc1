"""The LoRAs of a WebUI's folder, by the names that a prompt may give them; no weights are read, torch is not needed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pure_negative.diffusion import digest, safetensors_header
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

ENDINGS = (".pt", ".ckpt", ".safetensors")
_SHORT_HASH = 12
_SHOWN = 20


def find(name: str, folder: Path | None) -> Path:
    """The file of a LoRA: by the name of the file without its ending, else by the name that its trainer gave it.

    Args:
        name: as the prompt has it; capitals count, as they do in the WebUI.
        folder: `models/Lora` of a WebUI.

    Raises:
        PureNegativeError: there is none, or there are several of that name.
    """
    if folder is None:
        raise PureNegativeError(
            f"prompt: for the LoRA {validate.shown(name)} name the WebUI's folder in --models, which has models/Lora."
        )
    known = {path.stem: path for path in files(folder)}
    if name in known:
        return known[name]
    called = [path for path in known.values() if safetensors_header.metadata(path).get("ss_output_name") == name]
    if len(called) == 1:
        return called[0]
    raise PureNegativeError(f"prompt: there is no LoRA {validate.shown(name)} in {folder}{_others(known)}.")


def _others(known: Iterable[str]) -> str:
    names = sorted(known, key=str.casefold)
    more = f" and {len(names) - _SHOWN} others" if len(names) > _SHOWN else ""
    return f"; there are {validate.one_line(', '.join(names[:_SHOWN]))}{more}" if names else ""


def files(folder: Path) -> list[Path]:
    """Every file that may hold a LoRA, those in folders within too."""
    found = (Path(root, name) for root, _, names in sorted(os.walk(folder, followlinks=True)) for name in sorted(names))
    return [path for path in found if path.suffix.lower() in ENDINGS]


def short_hash(path: Path) -> str:
    """The hash that the WebUI shows of a LoRA: what its trainer noted, else that of the tensors alone."""
    noted = safetensors_header.metadata(path).get("sshs_model_hash")
    return (noted or digest.sha256(path, safetensors_header.end(path)))[:_SHORT_HASH]
