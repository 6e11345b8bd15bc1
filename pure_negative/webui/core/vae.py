"""The VAE that a preset names, selected for a run where this WebUI has it, and the one before put back afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from pure_negative.planning.plan import Plan
from pure_negative.webui.core import refusal
from pure_negative.webui.hosts import detect
from pure_negative.webui.names import TITLE

SETTING = "sd_vae"
PART = "vae"
"""What of a plan it is among what can be left to the tab (`options.OF_HOST`)."""


def wanted(made: Plan) -> str:
    """The file to select for the plan's preset, as this WebUI lists it; empty for none."""
    if made.base.vae is None or PART in (made.choices.leave or ()):
        return ""
    return detect.current().vae_named(made.base.vae.name)


def override(p: Any, made: Plan) -> dict[str, str]:
    """The setting for one run, which the WebUI restores after it; one that the run brings already holds."""
    name = wanted(made)
    return {SETTING: name} if name and SETTING not in p.override_settings else {}


@contextlib.contextmanager
def used(p: Any, plans: Iterable[Plan]) -> Iterator[None]:
    """For runs of many batches, each of which would read the file again: select it once, if they want the same one."""
    names = {wanted(made) for made in plans}
    if len(names) > 1:
        refusal.tell(p, TITLE, "the presets here are meant for different VAEs, so the selected one is used.")
    (name,) = names if len(names) == 1 else ("",)
    from modules import shared

    before = getattr(shared.opts, SETTING, "")
    if not name or name == before or SETTING in p.override_settings:
        yield
        return
    _select(name)
    try:
        yield
    finally:
        _select(before)


def _select(name: str) -> None:
    from modules import sd_vae, shared

    shared.opts.set(SETTING, name, is_api=True, run_callbacks=False)
    sd_vae.reload_vae_weights()
