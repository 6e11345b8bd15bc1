"""Loads the stand-alone engine on demand; importing this module does not import torch and diffusers."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.diffusion import lora_files, model_files
from pure_negative.errors import PureNegativeError
from pure_negative.io import paths
from pure_negative.language.current import say
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import NOISE_SOURCES, Request
from pure_negative.preset import families, library, requirements
from pure_negative.prompt import syntax

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine


@dataclass(frozen=True)
class EngineOptions:
    """What the engine draws with, as a user says it.

    `checkpoint` is a path, or a name in the `models` folder; None is the toy. `vae` is a path, a name in the
    `models` folder, `none` for the checkpoint's own, or None for the WebUI's rule. `plan` is what is drawn, where that
    is known: its preset's VAE is used where nothing else is said, and what it needs and is not there is said.
    `device` and `precision` are those that `devices` knows; None is the best there is; `low_memory` is
    for a device whose memory does not take the whole model.
    """

    checkpoint: str | None = None
    noise: str = NOISE_SOURCES[0]
    vae: str | None = None
    models: str | None = None
    plan: Plan | None = None
    device: str | None = None
    precision: str | None = None
    low_memory: bool = False

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
        named = self.plan.base.vae if self.plan and path and self.vae is None else None
        wanted = model_files.preset_vae(named.name, models) if named and models else None
        return wanted or model_files.vae(self.vae, path, models)

    def embeddings_path(self) -> Path | None:
        """The folder of embeddings.

        Raises:
            PureNegativeError: the models folder is none.
        """
        models = model_files.folder(self.models)
        return models.embeddings if models else None

    def loras_path(self) -> Path | None:
        """The folder of LoRAs.

        Raises:
            PureNegativeError: the models folder is none.
        """
        models = model_files.folder(self.models)
        return models.loras if models else None


def prepare(options: EngineOptions) -> None:
    """Have a place for the toy where it is the one to use, before anything is told or loaded.

    Raises:
        PureNegativeError: there is none.
    """
    if options.checkpoint is None:
        with _libraries():
            from pure_negative.diffusion import toy
        toy.ensure()


def engine(options: EngineOptions) -> Engine:
    """The stand-alone engine with these options.

    Raises:
        PureNegativeError: its libraries are not installed, or the checkpoint cannot be read.
    """
    with _libraries():
        from pure_negative.diffusion import devices
        from pure_negative.diffusion import engine as room
    folders = options.embeddings_path(), options.loras_path()
    target = devices.Target.of(options.device, options.precision, options.low_memory)
    loaded = room.Engine.load(options.path(), options.noise, options.vae_path(), *folders, target)
    loaded.say = lambda text: print(f"hint: {say(text)}", file=sys.stderr)
    print(say(loaded.device), file=sys.stderr)
    for text in _unlike(options.plan, loaded, options.checkpoint is not None) if options.plan else ():
        print(f"warning: {say(text)}", file=sys.stderr)
    for note in loaded.notes:
        print(f"hint: {say(note)}", file=sys.stderr)
    if options.checkpoint is None:
        print(
            say("Without a checkpoint, a toy model draws small simple scenes; give a real one with --checkpoint FILE."),
            file=sys.stderr,
        )
    return loaded


def devices() -> tuple[int, int]:
    """How many GPUs the engine could draw on, and how many threads of the processor it takes.

    Raises:
        PureNegativeError: its libraries are not installed.
    """
    with _libraries():
        from pure_negative.diffusion import devices as found
    return found.gpus(), found.threads()


def _unlike(made: Plan, loaded: Engine, whole: bool) -> list[str]:
    """What of the plan goes with another checkpoint, or with what is not there."""
    for text in (made.prompt, made.negative_prompt):
        loaded.chunks(text)  # reads the embeddings in it, which may be of no use
    loaded.open_loras(made.prompt)
    found = missing(made, loaded.lacks(made.embeddings), loaded.model.vae if whole else None)
    if not whole:
        return found
    other = library.Library().misfit(made.base, loaded.model.name, loaded.model.hash)
    return [*filter(None, (other, families.unlike(made.preset, loaded.family))), *found]


def missing(made: Plan, embeddings: Iterable[str], vae: str | None) -> list[str]:
    """What a plan asks for and does not get, a sentence for each.

    Args:
        made: the plan.
        embeddings: the names of those that are not there.
        vae: the name of the VAE that is used, "" for the checkpoint's own; None is the toy, too small
            for any other.
    """
    found = [
        f"The embedding {name} is not there, so its name is plain text and the picture is another one; put its file "
        "into embeddings of the folder that --models names."
        for name in embeddings
    ]
    need = made.base.vae
    if need and vae is not None and not requirements.is_named(need.name, vae):
        used = vae or "the checkpoint's own"
        found.append(
            f"The preset {made.preset} goes with the VAE {need.name}; {used} is used instead. Name its file in --vae, "
            "or put it into models/VAE of the folder that --models names."
        )
    return found


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
    foreseen = list(requests)
    preflight.singly(foreseen)
    for prompt in dict.fromkeys(request.prompt for request in foreseen):
        refuse_missing_loras(options, prompt)


def refuse_missing_loras(options: EngineOptions, prompt: str) -> None:
    """Nothing, where every LoRA of a prompt is there.

    Raises:
        PureNegativeError: one is not.
    """
    for each in syntax.loras(syntax.without_comments(prompt)):
        lora_files.find(each.name, options.loras_path())


def check(options: EngineOptions) -> None:
    """Nothing, where the engine would load these files; it is not loaded for that.

    Raises:
        PureNegativeError: as for `engine`.
    """
    path = options.path()
    if path is None:
        return
    with _libraries():
        from pure_negative.diffusion import checkpoint
    checkpoint.check(path, options.vae_path())


def token_counter(options: EngineOptions) -> Callable[[str], str]:
    """The function that writes a prompt's token count, `22/75`, by the tokenizer of the checkpoint alone.

    Raises:
        PureNegativeError: as for `engine`, except that the weights are not looked at.
    """
    with _libraries():
        from pure_negative.diffusion.token_count import counter
    return counter(options.path(), options.embeddings_path())


@contextlib.contextmanager
def _libraries() -> Iterator[None]:
    """Around an import of the engine: what is missing, and where it comes from."""
    paths.refuse_gone_folder()
    paths.settle("HF_HOME", "huggingface")
    try:
        with _collected_seldom():
            yield
    except ImportError as error:
        raise PureNegativeError(
            f"render: {error.name} is not installed; run 'python3 run.py', or pip install 'pure-negative[render]'."
        ) from None


@contextlib.contextmanager
def _collected_seldom() -> Iterator[None]:
    """Around the first import of the libraries, whose objects stay: the garbage collector takes them for old, unseen.

    It would look through them again and again, which is a sixth of the time until an engine is there.
    """
    if "diffusers" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # and back again, to the oldest
        gc.unfreeze()
        gc.enable()
