"""The options of every command that draws: with what the engine draws, beside the choices of a plan."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pure_negative.diffusion import preflight
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.io import validate
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import EARLIER_NOISE, NOISE_SOURCES, Model
from pure_negative.preset import library

if TYPE_CHECKING:
    from pure_negative.sheet.axis import Axis

_OPTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "checkpoint",
        "FILE",
        "a .safetensors or .ckpt file, or a name or hash in --models (default: a toy model, for simple scenes)",
    ),
    ("vae", "FILE", "a VAE file, a name in --models, or none (default: the preset's, or as the WebUI's Automatic)"),
    ("models", "DIR", "a WebUI's folder with models and embeddings (default: PURE_NEGATIVE_MODELS)"),
    ("device", "NAME", "cpu, cuda, cuda:1 or mps (default: a GPU where there is one that torch can use)"),
    ("precision", "fp32|bf16|fp16", "of the calculation (default: fp16 on a GPU, fp32 on the processor)"),
    ("rng", "nv|cpu", "random number generator: nv as on an NVIDIA GPU (default), or cpu as with the WebUI's CPU"),
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options to a command."""
    for name, metavar, text in _OPTIONS:
        parser.add_argument(f"--{name}", metavar=metavar, help=text)
    parser.add_argument("--lowvram", action="store_true", help="for a GPU with too little memory; slow, without LoRAs")


def read(arguments: argparse.Namespace, made: Plan | None = None, begun: Model | None = None) -> EngineOptions:
    """What was given, checked.

    Args:
        arguments: of a command that `add` was called for.
        made: the plan that is drawn, where it is known before.
        begun: what a sheet was begun with that goes on now: it holds where nothing else is given.

    Raises:
        PureNegativeError: a value is not allowed.
    """
    usual = (begun.noise or EARLIER_NOISE) if begun else NOISE_SOURCES[0]
    noise = usual if arguments.rng is None else _noise(arguments.rng)
    if arguments.precision not in (None, *preflight.PRECISIONS):
        raise validate.refuse("--precision", arguments.precision, ", ".join(preflight.PRECISIONS))
    devices = arguments.device, arguments.precision, arguments.lowvram
    return EngineOptions(arguments.checkpoint, noise, arguments.vae, arguments.models, made, *devices)


def with_preset(arguments: argparse.Namespace, chosen: Choices, axes: Sequence[Axis] = ()) -> Choices:
    """The choices, with the preset that is made for the toy where neither a checkpoint nor a preset is given."""
    given = getattr(arguments, "webui", None) or any(each.kind and each.kind.field == "checkpoint" for each in axes)
    if given or arguments.checkpoint is not None or chosen.preset is not None:
        return chosen
    return dataclasses.replace(chosen, preset=library.FOR_TOY)


def _noise(text: str) -> str:
    if text.upper() not in NOISE_SOURCES:
        raise validate.refuse("--rng", text, "nv or cpu")
    return text.upper()


def words(options: EngineOptions) -> list[str]:
    """The options on a command line that is to go on; the noise is kept in the sheet's own folder."""
    given = {
        "--checkpoint": options.checkpoint,
        "--vae": options.vae,
        "--models": options.models,
        "--device": options.device,
        "--precision": options.precision,
    }
    found = [word for name, value in given.items() if value for word in (name, value)]
    return [*found, *(["--lowvram"] if options.low_memory else [])]
