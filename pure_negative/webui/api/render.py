"""The route that makes cells of a sheet for another machine: a batch of requests in, pictures with infotexts out.

It is there only where the WebUI has its own API (`--api`), and waits in the same queue as everything that draws.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pure_negative import output
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import http_body, validate
from pure_negative.planning import infotext
from pure_negative.planning.request import NOISE_SOURCES, Request
from pure_negative.rules import seeds
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Order, Skipped
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.core import device, samplers
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import detect

LARGEST_BODY = 4_000_000
"""Bytes of one request: 64 pictures with prompts of several thousand words each."""
_LONGEST = 100_000
_WHERE = "render"
_KEYS = ("pictures", "hash", "noise")

_Reader = Callable[[Any, str], Any]


def _line(longest: int) -> _Reader:
    return lambda value, where: validate.text(value, where, longest)


def _whole(low: int, high: int) -> _Reader:
    return lambda value, where: validate.whole(value, where, low, high)


_READERS: Mapping[str, _Reader] = {
    "prompt": _line(_LONGEST),
    "negative_prompt": _line(_LONGEST),
    "width": _whole(64, 4096),
    "height": _whole(64, 4096),
    "cfg_scale": validate.number,
    "steps": _whole(1, 1000),
    "sampler": _line(100),
    "scheduler": _line(100),
    "seed": seeds.read,
    "clip_skip": _whole(1, 12),
    "emphasis": _line(100),
    "packed": _line(_LONGEST),
}
"""The keys of one picture; all must be there."""


class _Renderer(WebuiRenderer):
    """Makes requests of which only the compact field of their infotext is known, not the plan behind it."""

    def __init__(self, p: Any, orders: Sequence[Order]) -> None:
        super().__init__(p, ())
        self._packed = {order.request: order.packed for order in orders}

    def packed(self, request: Request) -> str:
        return self._packed[request]

    def hires_negative(self, _: Request) -> str:
        return ""


def renderer() -> Any:
    """The route: a body as `answer` takes it, JSON by its type too, so that no page elsewhere can send one unasked."""
    from fastapi import Request as Asked
    from fastapi.responses import JSONResponse
    from starlette.concurrency import run_in_threadpool

    async def make(request: Any) -> Any:
        try:
            _check_type(request.headers.get("content-type", ""))
            data = await http_body.collect(request.stream(), LARGEST_BODY)
            status, found = await run_in_threadpool(answer, http_body.from_json(data))
        except PureNegativeError as error:
            status, found = 422, {"detail": str(error)}
        return JSONResponse(found, status_code=status)

    make.__annotations__["request"] = Asked
    return make


def _check_type(kind: str) -> None:
    if kind.partition(";")[0].strip() != "application/json":
        raise PureNegativeError(f"{_WHERE}: the request must be of the type application/json.")


def answer(body: Any) -> tuple[int, dict[str, Any]]:
    """The status and the answer to a body: 409 where another checkpoint is loaded, 503 where the user dropped it here.

    Raises:
        PureNegativeError: the body is not one of this route.
    """
    orders, digest, noise = read(body)
    try:
        with _queue():
            detect.current().ready()
            model = WebuiHost().model()
            if model is None or model.hash != digest:
                loaded = f"{model.name} [{model.hash}]" if model else "no checkpoint"
                return 409, {"detail": f"{loaded} is loaded, not [{digest}]"}
            return 200, {"pictures": _pictures(orders, noise)}
    except OutOfMemory as error:
        return 500, {"detail": f"out of memory: {error}"}
    except Skipped:
        return 503, {"detail": "it was skipped or interrupted there"}


def read(body: Any) -> tuple[list[Order], str, str]:
    """The pictures that are asked for, the checkpoint's hash, and where their noise comes from.

    Raises:
        PureNegativeError: a key is missing, or its value not allowed.
    """
    if not isinstance(body, dict) or set(body) != set(_KEYS) or not isinstance(body["pictures"], list):
        raise PureNegativeError(f"{_WHERE}: the request must be an object with the keys {', '.join(_KEYS)}.")
    if not 1 <= len(body["pictures"]) <= batches.LARGEST:
        raise PureNegativeError(f"{_WHERE}: give 1 to {batches.LARGEST} pictures.")
    orders = [_order(each, f"{_WHERE}: picture {number}") for number, each in enumerate(body["pictures"], 1)]
    digest = validate.text(body["hash"], f"{_WHERE}: hash", 100)
    return orders, digest, validate.choice(body["noise"], f"{_WHERE}: noise", NOISE_SOURCES)


def _order(entry: Any, where: str) -> Order:
    if not isinstance(entry, dict) or set(entry) != set(_READERS):
        raise PureNegativeError(f"{where} must be an object with the keys {', '.join(_READERS)}.")
    found = {key: read_value(entry[key], f"{where}: {key}") for key, read_value in _READERS.items()}
    if found["seed"] == seeds.RANDOM:
        raise validate.refuse(f"{where}: seed", found["seed"], "a seed that is not random")
    packed = found.pop("packed")
    request = Request(**found)
    samplers.check(request)
    return Order(request, packed)


def _pictures(orders: Sequence[Order], noise: str) -> list[dict[str, str]]:
    """The pictures, those together in one run that may be."""
    with _processing(noise) as p:
        made = _Renderer(p, orders)
        groups: dict[Any, list[int]] = {}
        for place, order in enumerate(orders):
            groups.setdefault(made.key(order.request), []).append(place)
        found: dict[int, dict[str, str]] = {}
        for places in groups.values():
            images = made.render([orders[place].request for place in places])
            found |= {place: _picture(made, orders[place], image) for place, image in zip(places, images, strict=True)}
    return [found[place] for place in range(len(orders))]


def _picture(made: _Renderer, order: Order, image: Any) -> dict[str, str]:
    text = made.infotexts[order.request].replace(made.packed(order.request), order.packed)
    if infotext.FIELD not in text:
        text = f"{text}, {infotext.FIELD}: {order.packed}"
    return {"png": base64.b64encode(output.png(image.convert("RGB"), text)).decode(), "text": text}


@contextlib.contextmanager
def _queue() -> Iterator[None]:
    """One at a time with everything else that draws, shown as a job of the WebUI's."""
    from modules import shared
    from modules.call_queue import queue_lock

    with queue_lock:
        shared.state.begin(job="pure_negative_render")
        try:
            yield
        finally:
            shared.state.end()
            shared.total_tqdm.clear()


@contextlib.contextmanager
def _processing(noise: str) -> Iterator[Any]:
    """A run as the WebUI's own API makes it, with the scripts that are always on; nothing of it is saved here."""
    from modules import processing, scripts, shared

    runner = scripts.scripts_txt2img
    with contextlib.closing(processing.StableDiffusionProcessingTxt2Img(sd_model=shared.sd_model)) as p:
        p.is_api = True
        p.outpath_samples, p.outpath_grids = shared.opts.outdir_txt2img_samples, shared.opts.outdir_txt2img_grids
        p.do_not_save_samples = p.do_not_save_grid = True
        p.override_settings = {device.NOISE: noise}
        p.scripts = runner
        p.script_args = (0, *(getattr(each, "value", None) for each in runner.inputs[1:]))
        yield p
