"""The stand-alone engine, loaded when it is asked for; importing this imports none of its libraries."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.diffusion import model_files
from pure_negative.errors import PureNegativeError
from pure_negative.planning.request import NOISE_SOURCES, Model, Request
from pure_negative.preset import requirements
from pure_negative.preset.model import Preset

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine


@dataclass(frozen=True)
class EngineOptions:
    """What the engine draws with, as a user says it.

    `checkpoint` is a path, or a name in the `models` folder; None is the embedded one. `vae` is a path, a name in the
    `models` folder, `none` for the checkpoint's own, or None for the WebUI's rule. `preset` is the one whose VAE is
    used where nothing else is said.
    """

    checkpoint: str | None = None
    noise: str = NOISE_SOURCES[0]
    vae: str | None = None
    models: str | None = None
    preset: Preset | None = None

    def path(self) -> Path | None:
        """The checkpoint's file.

        Raises:
            PureNegativeError: the models folder is none, or holds several of that name.
        """
        return model_files.checkpoint(self.checkpoint, model_files.folder(self.models))

    def vae_path(self) -> Path | None:
        """The file of the VAE that takes the place of the checkpoint's own.

        Raises:
            PureNegativeError: the models folder is none, or there is no such VAE.
        """
        models, path = model_files.folder(self.models), self.path()
        named = self.preset.vae if self.preset and path and self.vae is None else None
        wanted = model_files.preset_vae(named.name, models) if named and models else None
        return wanted or model_files.vae(self.vae, path, models)


def engine(options: EngineOptions) -> Engine:
    """The stand-alone engine with these options.

    Raises:
        PureNegativeError: its libraries are not installed, or the checkpoint cannot be read.
    """
    with _libraries():
        from pure_negative.diffusion import engine as room
    loaded = room.Engine.load(options.path(), options.noise, options.vae_path())
    _warn_of_the_vae(options, loaded.model)
    for note in loaded.notes:
        print(f"hint: {note}", file=sys.stderr)
    if options.checkpoint is None:
        print("The embedded checkpoint has random weights: its pictures are noise patterns.", file=sys.stderr)
    return loaded


def _warn_of_the_vae(options: EngineOptions, model: Model) -> None:
    """Say that a preset's VAE is not the one that is used."""
    need = options.preset.vae if options.preset and options.checkpoint else None
    if need and options.preset and not requirements.is_named(need.name, model.vae):
        used = f"{model.vae} is used instead" if model.vae else "the checkpoint's own is used instead"
        print(
            f"warning: the preset {options.preset.id} goes with the VAE {need.name}; {used}. "
            "Name its file in --vae, or put it in models/VAE of the folder that --models names.",
            file=sys.stderr,
        )


def foresee(options: EngineOptions, requests: Iterable[Request]) -> None:
    """Nothing, where the engine would take the checkpoint's file and these requests; it is not loaded for that.

    Raises:
        PureNegativeError: the file is not there or no checkpoint by its name, or a request asks for what the engine
            has not.
    """
    from pure_negative.diffusion import preflight

    if path := options.path():
        preflight.file(path)
    if vae := options.vae_path():
        preflight.weights(vae, "VAE")
    for request in requests:
        preflight.batch([request])


def token_counter(options: EngineOptions) -> Callable[[str], str]:
    """The function that writes a prompt's token count, `22/75`, by the tokenizer of the checkpoint alone.

    Raises:
        PureNegativeError: as for `engine`, except that the weights are not looked at.
    """
    with _libraries():
        from pure_negative.diffusion.token_count import counter
    return counter(options.path())


@contextlib.contextmanager
def _libraries() -> Iterator[None]:
    """Around an import of the engine: what is missing, and where it comes from."""
    try:
        yield
    except ImportError as error:
        raise PureNegativeError(
            f"render: {error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'."
        ) from None
