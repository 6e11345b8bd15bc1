"""The WebUI's checkpoints and VAEs by the names that a sheet's axes give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import Model
from pure_negative.sheet.axis import Axis
from pure_negative.webui.hosts import detect

CHECKPOINT = "sd_model_checkpoint"
VAE = "sd_vae"
"""The settings that name them."""
LOADED = (CHECKPOINT, "sd_checkpoint_hash")
"""The settings that the WebUI changes itself when it loads a checkpoint."""


def record(name: str) -> Any:
    """The WebUI's record of a checkpoint by its title, its name or a part of it, as the X/Y/Z plot finds it.

    Raises:
        PureNegativeError: there is none.
    """
    from modules import sd_models

    found = sd_models.get_closet_checkpoint_match(name)
    if found is None:
        raise PureNegativeError(f"checkpoint: {validate.shown(name)} is not among the WebUI's checkpoints.")
    return found


def model(name: str = "") -> Model:
    """A checkpoint for an infotext; "" is the loaded one.

    Raises:
        PureNegativeError: there is none of that name.
    """
    from pure_negative.webui.core.host import WebuiHost

    if not name:
        return WebuiHost().model() or Model("none", "")
    info = record(name)
    # The WebUI takes a checkpoint's hash when it first loads it; a sheet is begun before.
    return Model(info.name_for_extra, info.shorthash or info.calculate_shorthash() or "")


def vae(name: str) -> str:
    """A VAE as the WebUI's setting has it.

    Raises:
        PureNegativeError: there is none of that name.
    """
    usual, known = "Automatic" if name.casefold() == "auto" else name, vaes()
    if not known:
        where = detect.current().name
        raise PureNegativeError(
            f"VAE: {where} chooses a VAE together with text encoders, so a sheet has no axis of it."
        )
    return validate.choice(usual, "VAE", known)


def check(axes: Iterable[Axis]) -> None:
    """See that all files that axes name are there.

    Raises:
        PureNegativeError: one is not.
    """
    for each in axes:
        for value in each.values:
            if each.name == "checkpoint":
                record(value.text)
            elif each.name == "VAE":
                vae(value.text)


def vaes() -> list[str]:
    """Every VAE there is to choose by its setting; none where the host has no such setting."""
    return detect.current().vaes()


def names() -> list[str]:
    """Every checkpoint there is to choose."""
    from modules import sd_models

    return sorted(sd_models.checkpoints_list, key=str.casefold)
