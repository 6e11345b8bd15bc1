"""Checks of requests and the checkpoint's file before the model is loaded; needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import SHARED, Request
from pure_negative.prompt.syntax import refuse_unsupported, without_comments
from pure_negative.rules import schedule_type, seeds

SAMPLERS = schedule_type.SAMPLERS
"""The WebUI's names of the samplers that the engine has."""
SCHEDULERS = (schedule_type.AUTOMATIC, *schedule_type.SCHEDULES)
"""The WebUI's "Schedule type" labels that the engine knows."""
EMPHASES = ("Original", "No norm")
"""The WebUI's emphasis options that the engine knows."""
PRECISIONS = ("fp32", "bf16", "fp16")
"""What the UNet can calculate in."""
CHECKPOINTS = (".safetensors", ".ckpt")
WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")
_GRID = 64
"""Pixels: 8 of the VAE times three halvings of the UNet."""
_MOST_STEPS = 100_000
_STEPS_OF = {"DDIM": (2, 1000), "DDIM CFG++": (2, 1000), "PLMS": (2, 1000), "UniPC": (3, 1000)}
"""The least and the most of steps that these can take: of 1000 timesteps, the first is where they end."""


def file(path: Path) -> None:
    """Refuse what is no checkpoint by its name, before anything of it is read."""
    if path.is_dir():
        raise PureNegativeError(f"{path} is a folder; give a .safetensors or .ckpt file.")
    if path.suffix.lower() not in CHECKPOINTS:
        raise PureNegativeError(
            f"{path} is not a .safetensors or .ckpt file; other checkpoint formats are not supported."
        )
    if not path.is_file():
        raise PureNegativeError(f"{path} is not there; give a .safetensors or .ckpt file.")


def weights(path: Path, what: str) -> None:
    """Refuse what is no file of weights by its name, before anything of it is read."""
    if path.suffix.lower() not in WEIGHTS:
        raise PureNegativeError(f"{path} is no {what} by its name; give a .safetensors, .pt or .ckpt file.")
    if not path.is_file():
        raise PureNegativeError(f"{path} is {'a folder' if path.is_dir() else 'not there'}; give a {what}'s file.")


def batch(requests: Sequence[Request]) -> None:
    """Nothing, where these can be made together.

    Raises:
        PureNegativeError: they differ in what they must share, or ask for what the engine has not.
    """
    for name in SHARED:
        values = {getattr(each, name) for each in requests}
        if len(values) > 1:
            raise PureNegativeError(
                f"the pictures of one batch must share their {name.replace('_', ' ')}; "
                f"these have {validate.shown(sorted(values))}."
            )
    singly(requests)


def singly(requests: Sequence[Request]) -> None:
    """Nothing, where each of these can be made; what many of them have in common is looked at once.

    Raises:
        PureNegativeError: one asks for what the engine has not.
    """
    for shared in {tuple(getattr(each, name) for name in SHARED): each for each in requests}.values():
        _check_shared(shared)
    for each in requests:
        validate.number(each.cfg_scale, "CFG scale")
        if seeds.read(each.seed, "seed") == seeds.RANDOM:
            raise validate.refuse("seed", each.seed, "a seed; -1 stands for a random one and can't be used here")
    for prompt, negative_prompt in dict.fromkeys((each.prompt, each.negative_prompt) for each in requests):
        refuse_unsupported(without_comments(prompt), without_comments(negative_prompt))


def _check_shared(request: Request) -> None:
    validate.whole(request.steps, "steps", 1, _MOST_STEPS)
    has("sampler", request.sampler, SAMPLERS)
    has("scheduler", request.scheduler, SCHEDULERS)
    _check_steps(request)
    has("emphasis", request.emphasis, EMPHASES)
    for side in (request.width, request.height):
        if side < _GRID or side % _GRID:
            raise PureNegativeError(
                f"size: {request.width}×{request.height} is not allowed; give multiples of {_GRID}."
            )


def _check_steps(request: Request) -> None:
    """Refuse what leaves a sampler of timesteps without a step to take, as the WebUI does in other words."""
    low, high = _STEPS_OF.get(request.sampler, (1, _MOST_STEPS))
    if not low <= request.steps <= high:
        raise validate.refuse(f"steps with {request.sampler}", request.steps, f"{low} to {high}")


def has(what: str, name: str, known: Sequence[str]) -> None:
    """Refuse a name that is none of the engine's own."""
    if name not in known:
        raise validate.refuse(what, name, f"one that works without the WebUI: {', '.join(known)}")
