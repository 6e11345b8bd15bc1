"""Where the files are that a picture is made with: a checkpoint, a VAE, embeddings, as the WebUI keeps them.

Nothing here reads weights or needs torch.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pure_negative.diffusion import digest as digests
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.preset import requirements

FOLDER_VARIABLE = "PURE_NEGATIVE_MODELS"
"""The environment variable that names a WebUI's folder where `--models` doesn't."""
CHECKPOINTS = (".safetensors", ".ckpt")
WEIGHTS = (".ckpt", ".pt", ".safetensors")
"""The endings of VAEs, in the order in which the WebUI looks for them."""
EMBEDDINGS = (".pt", ".bin", ".safetensors")
NO_VAE = "none"
"""Instead of a VAE's file: the one in the checkpoint."""
_LARGEST_JSON = 1 << 20


@dataclass(frozen=True)
class ModelsFolder:
    """A WebUI's folder: `models/Stable-diffusion`, `models/VAE`, `models/Lora` and `embeddings` in it."""

    root: Path

    @property
    def checkpoints(self) -> Path:
        return self.root / "models" / "Stable-diffusion"

    @property
    def embeddings(self) -> Path:
        return self.root / "embeddings"

    @property
    def loras(self) -> Path:
        return self.root / "models" / "Lora"

    def vaes(self) -> dict[str, Path]:
        """Every VAE by the name that the WebUI's settings have for it, in the order in which it looks."""
        patterns = [(self.checkpoints, f"*.vae{ending}") for ending in WEIGHTS]
        patterns += [(self.root / "models" / "VAE", f"*{ending}") for ending in WEIGHTS]
        return _by_name(path for folder, pattern in patterns for path in sorted(folder.rglob(pattern)))


def folder(given: str | None) -> ModelsFolder | None:
    """The folder given, else the one that the environment names, else none.

    Raises:
        PureNegativeError: it is no folder of a WebUI.
    """
    name = given or os.environ.get(FOLDER_VARIABLE, "").strip()
    if not name:
        return None
    found = ModelsFolder(Path(name).expanduser())
    if not any(path.is_dir() for path in (found.root / "models", found.embeddings)):
        source = "--models" if given else FOLDER_VARIABLE
        raise PureNegativeError(
            f"{source}: {validate.shown(name)} holds neither models nor embeddings; give the WebUI's own folder."
        )
    return found


def checkpoint(given: str | None, models: ModelsFolder | None) -> Path | None:
    """The checkpoint's file: the path given, or the one of that name, title or hash in the models folder.

    None is none given.

    Raises:
        PureNegativeError: the name is of several files.
    """
    if not given:
        return None
    path = Path(given)
    if models is None or path.exists():
        return path
    found = [each for ending in CHECKPOINTS for each in sorted(models.checkpoints.rglob(f"*{ending}"))]
    name, digest = _titled(given)
    named = [each for each in found if name in (each.name, each.stem, each.relative_to(models.checkpoints).as_posix())]
    if len(named) > 1 and digest:
        named = [each for each in named if digests.sha256(each).startswith(digest)]
    if len(named) > 1:
        raise PureNegativeError(
            f"--checkpoint: {validate.shown(given)} names {len(named)} files in {models.checkpoints}; give a path."
        )
    return named[0] if named else _by_hash(given, found) or path


_TITLE = re.compile(r"(.+?)\s*\[([0-9a-fA-F]{8,64})\]\s*")
_HASH = re.compile(r"[0-9a-fA-F]{10,64}")


def _titled(given: str) -> tuple[str, str]:
    """The name and the hash of a title as the WebUI's list has it, `model.safetensors [0123456789]`; else no hash."""
    match = _TITLE.fullmatch(given)
    return (match[1], match[2].lower()) if match else (given, "")


def _by_hash(given: str, found: Sequence[Path]) -> Path | None:
    """The checkpoint with this hash, or its first ten digits: among those whose hash is known, then among the others.

    Each is read whole for that once.
    """
    if not _HASH.fullmatch(given):
        return None
    for known in (True, False):
        for path in found:
            if (digests.known(path) if known else digests.sha256(path)).startswith(given.lower()):
                return path
    return None


def vae(given: str | None, checkpoint: Path | None, models: ModelsFolder | None) -> Path | None:
    """The VAE's file that replaces the checkpoint's own, or None for that one.

    Args:
        given: a path, a name in the models folder, `none`; None chooses as the WebUI's setting `Automatic` does: what
            the checkpoint's card says, else the first VAE whose name begins with the checkpoint's.
        checkpoint: its file; None is the toy.
        models: a WebUI's folder.

    Raises:
        PureNegativeError: there is no such file.
    """
    if given is not None:
        return None if given.lower() == NO_VAE else _named_vae(given, models)
    if checkpoint is None:
        return None
    known = {} if models is None else models.vaes()
    chosen = _card(checkpoint).get("vae")
    if chosen == "None":
        return None
    if isinstance(chosen, str) and chosen in known:
        return known[chosen]
    near = (path for ending in WEIGHTS for path in sorted(checkpoint.parent.glob(f"*.vae{ending}")))
    stem = checkpoint.name.rsplit(".", 1)[0]
    return next((path for path in (*near, *known.values()) if path.name.startswith(stem) and path != checkpoint), None)


def preset_vae(name: str, models: ModelsFolder) -> Path | None:
    """The VAE that a preset names, in the models folder; the ending and capitals don't matter."""
    return next((path for known, path in models.vaes().items() if requirements.is_named(name, known)), None)


def embeddings(folder: Path | None) -> list[Path]:
    """Every file that may hold an embedding, those in folders within too; of one name the last counts."""
    if folder is None:
        return []
    found: dict[str, Path] = {}
    for root, _, names in sorted(os.walk(folder, followlinks=True)):
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() in EMBEDDINGS and path.is_file() and path.stat().st_size:
                found[path.stem] = path
    return list(found.values())


def _named_vae(given: str, models: ModelsFolder | None) -> Path:
    if Path(given).is_file():
        return Path(given)
    known = {} if models is None else models.vaes()
    for name, path in known.items():
        if given in (name, path.stem):
            return path
    if models is None:
        raise PureNegativeError(f"--vae: there is no file {validate.shown(given)}; give a path, or {NO_VAE}.")
    there = ", ".join(known) or "none"
    raise PureNegativeError(
        f"--vae: there is no file {validate.shown(given)}, and no VAE of that name among those in {models.root}: "
        f"{validate.one_line(there)}."
    )


def _card(checkpoint: Path) -> dict[str, object]:
    """What the user noted of a checkpoint in the WebUI, in the `.json` of its name."""
    path = checkpoint.with_suffix(".json")
    try:
        if path.stat().st_size > _LARGEST_JSON:
            return {}
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _by_name(paths: Iterable[Path]) -> dict[str, Path]:
    """The last file of each name, at the place of the first, as the WebUI keeps them."""
    found: dict[str, Path] = {}
    for path in paths:
        found[path.name] = path
    return found
