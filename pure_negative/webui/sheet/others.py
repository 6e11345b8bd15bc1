"""A sheet that other WebUIs make too: this one is a worker among them, in a thread of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from pure_negative.distributed import address, webui_worker
from pure_negative.distributed.webui_worker import ThreadWorker
from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext
from pure_negative.sheet import crew
from pure_negative.sheet.crew import Order, Picture
from pure_negative.sheet.team import Hand, Team
from pure_negative.webui import names
from pure_negative.webui.batch import batch_noise, negative_weights
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core import device, settings

WHERE = f"{names.SHEET}: Also use"
OWN = "this WebUI"


def team(p: Any, renderer: WebuiRenderer, dropped: Callable[[], bool]) -> Team:
    """This WebUI and those that its settings name.

    Args:
        p: the run.
        renderer: what makes its pictures here.
        dropped: whether the run was interrupted, so that nobody waits for pictures from elsewhere.

    Raises:
        PureNegativeError: the run has settings that the others would not know, or one of them can't be used.
    """
    _check(p, renderer)
    texts = settings.also_use()
    if not texts:
        raise PureNegativeError(f"{WHERE}: no other WebUI is named in Settings > Pure negative.")
    noise = device.noise_of(p)
    model = dataclasses.replace(renderer.model, noise=noise)
    known = device.facts()
    hand = Hand(OWN, known["device"], known["precision"], model, known["vae"])
    own = ThreadWorker(hand, lambda orders: _pictures(renderer, orders))
    others = [webui_worker.connect(address.read(text, WHERE), model, noise) for text in texts]
    return Team([own, *others], lambda _: renderer.key, dropped)


def _check(p: Any, renderer: WebuiRenderer) -> None:
    """Refuse a run in which the others would draw something else: they know its cells, and nothing beside."""
    requests = renderer.plans
    if any(request.checkpoint or request.vae or request.host for request in requests):
        raise PureNegativeError(
            f"{WHERE}: other WebUIs know no axes of this one's own; leave that axis out, or untick it."
        )
    beside = {
        "hires fix": p.enable_hr,
        "styles": p.styles,
        "a variation seed": p.subseed_strength,
        "tiling": p.tiling,
        "restore faces": p.restore_faces,
        "a refiner": p.refiner_checkpoint not in (None, "", "None", "none"),
        "Dynamic Prompts": any(map(renderer.is_drawn, requests)),
        "NegPiP": negative_weights.is_on(p),
        "CADS": batch_noise.drawn(p),
    }
    found = next((what for what, value in beside.items() if value), "")
    if found:
        raise PureNegativeError(f"{WHERE}: other WebUIs draw without {found}; turn off one of the two.")


def _pictures(renderer: WebuiRenderer, orders: Sequence[Order]) -> tuple[Picture, ...]:
    images = renderer.render([order.request for order in orders])
    crew.check_count(images, len(orders))
    return tuple(Picture(_text(renderer, order), image) for order, image in zip(orders, images, strict=True))


def _text(renderer: WebuiRenderer, order: Order) -> str:
    """What the WebUI wrote; of cells with equal requests each names its own choices."""
    made = infotext.pack(renderer.plans[order.request])
    return renderer.infotexts[order.request].replace(made, order.packed)
