"""What the tick does to a run, in `before_process`."""

from __future__ import annotations

from typing import Any

from pure_negative.choices import Choices
from pure_negative.panel import values
from pure_negative.webui import apply, axes, axis_values, host_axes, settings, upscale
from pure_negative.webui.host import WebuiHost
from pure_negative.webui.hosts import which
from pure_negative.webui.tick import TITLE
from pure_negative.webui.ticked import ticked


def start(p: Any, args: tuple[Any, ...]) -> None:
    """Put the plan on the run, if it is ours and its checkpoint takes a negative prompt; else the run is left alone.

    The img2img that another script (ADetailer) makes of our picture with all scripts on is not ours: what it is given
    is a part of the picture, with the picture's negative prompt.

    Raises:
        PureNegativeError: it can't be done; the run must not go on.
    """
    from modules.processing import StableDiffusionProcessingTxt2Img

    if not isinstance(p, StableDiffusionProcessingTxt2Img):
        return
    chosen = choices_of(p, args)
    if chosen is None:
        return
    if reason := which.current().aside(p):
        p.comment(f"{TITLE}: {reason}")
        return
    warn(p, apply.apply(p, chosen))


def choices_of(p: Any, args: tuple[Any, ...]) -> Choices | None:
    """This run's choices: the arguments', with an X/Y/Z cell's values over them; None for a run that is not ours.

    A sheet's cell that the gallery's upscale button makes larger brings its own.
    """
    if getattr(p, axes.OWN_RUN, False):
        return None
    if (upscaled := getattr(p, upscale.PLAN, None)) is not None:
        return upscaled  # type: ignore[no-any-return]
    cell = getattr(p, axes.ATTRIBUTE, None)
    chosen = axis_values.applied(ticked(args), cell) if cell else _chosen(args)
    return None if chosen is None else host_axes.applied(p, chosen)


def _chosen(args: tuple[Any, ...]) -> Choices | None:
    """The arguments' choices; None where the tick is off."""
    chosen = values.read(args, settings.preset())
    return None if chosen is None else settings.filled(chosen)


def warn(p: Any, plans: list[Any]) -> None:
    """Warnings go under the gallery, each once."""
    for text in [*plans[0].warnings, *WebuiHost().disabling(plans[0])]:
        p.comment(f"{TITLE}: {text}")
