"""What the tick does to a run, in `before_process`."""

from __future__ import annotations

from typing import Any

from pure_negative.panel import values
from pure_negative.planning.choices import Choices
from pure_negative.webui import names
from pure_negative.webui.core import apply, comments, refusal, settings
from pure_negative.webui.core.script_args import ticked
from pure_negative.webui.hosts import detect
from pure_negative.webui.xyz import native_axes, other_scripts
from pure_negative.webui.xyz import values as axis_values


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
    other_scripts.begin(p)
    asked = choices_of(p, args)
    if asked is None:
        return
    if reason := detect.current().aside(p):
        refusal.tell(p, names.TITLE, reason)
        return
    chosen, kept = other_scripts.applied(p, asked), other_scripts.kept(p)
    plans = apply.apply(p, chosen, other_scripts.for_hires(p, asked))
    for name, value in kept.items():
        setattr(p, name, value)
    other_scripts.made(p, plans)
    comments.warn(p, plans)
    for line in other_scripts.lines(p, asked, chosen, plans):
        refusal.tell(p, names.TITLE, line)


def prepare(p: Any, args: tuple[Any, ...]) -> None:
    """While the run is set up, and only if it will be ours: see to it that what other scripts set on it is known.

    Our own scripts' runs are left alone: what they do is all ours.

    Raises:
        PureNegativeError: the arguments can't be read; `start` will say so.
    """
    from modules.processing import StableDiffusionProcessingTxt2Img

    if not isinstance(p, StableDiffusionProcessingTxt2Img):
        return
    plotted = any(label.startswith(names.AXIS_PREFIX) for label in native_axes.chosen_labels(p))
    chosen = values.read(args, ticked=plotted)
    script = native_axes.chosen_script(p)
    ours = type(script).__module__.startswith(f"{__name__.partition('.')[0]}.")
    if chosen is not None and not ours:
        other_scripts.watch(p, chosen.seed, script is not None)


def choices_of(p: Any, args: tuple[Any, ...]) -> Choices | None:
    """This run's choices: the arguments', with an X/Y/Z cell's values over them; None for a run that is not ours.

    A sheet's cell that the gallery's upscale button makes larger brings its own.
    """
    if getattr(p, names.OWN_RUN, False):
        return None
    if (upscaled := getattr(p, names.UPSCALED, None)) is not None:
        return upscaled  # type: ignore[no-any-return]
    cell = getattr(p, names.AXIS_VALUES, None)
    chosen = axis_values.applied(ticked(args), cell) if cell else _chosen(args)
    return None if chosen is None else native_axes.applied(p, chosen)


def _chosen(args: tuple[Any, ...]) -> Choices | None:
    """The arguments' choices; None where the tick is off."""
    chosen = values.read(args, settings.preset())
    return None if chosen is None else settings.filled(chosen)
