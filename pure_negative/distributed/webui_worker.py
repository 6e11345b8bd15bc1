"""Another WebUI as a worker: by our own route where it has this extension, else cell by cell by its own API."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import io
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pure_negative import options, output
from pure_negative.distributed.address import Address, SilentError
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import infotext
from pure_negative.planning.request import Model, Request
from pure_negative.sheet import crew
from pure_negative.sheet.crew import Answer, Ending, Order, Picture
from pure_negative.sheet.team import Hand, Ready, Tell

RENDER = "/pure-negative/v1/render"
"""The route that our extension adds to a WebUI."""
NOISE = "randn_source"
"""The WebUI's setting that says where noise comes from."""
SENT = ("prompt", "negative_prompt", "width", "height", "cfg_scale", "seed", *options.of_sampling())
"""What of a request our route takes: all but what is the host's own to set."""
PATIENCE = 20.0
"""Seconds for an answer to a question that makes no picture."""
_UNAUTHORIZED = (401, 403)
_MEMORY = ("out of memory", "outofmemory", "not enough memory", "can't allocate memory")


class LostError(Exception):
    """There is no answer that can be used; the batch may be made elsewhere."""


Make = Callable[[Sequence[Order]], tuple[Picture, ...]]


class ThreadWorker:
    """A worker that waits for its pictures in a thread, and takes its own place again where `there` says so."""

    def __init__(self, hand: Hand, make: Make, there: Callable[[], bool] = lambda: True) -> None:
        self._hand, self._make, self._there = hand, make, there

    @property
    def hand(self) -> Hand:
        return self._hand

    def begin(self, orders: Sequence[Order], tell: Tell) -> None:
        threading.Thread(target=lambda: tell(self._answer(orders)), daemon=True).start()

    def _answer(self, orders: Sequence[Order]) -> Answer:
        begun = time.monotonic()
        try:
            return crew.answered(lambda: self._make(orders))
        except LostError as error:
            return Answer(Ending.LOST, time.monotonic() - begun, told=str(error))
        except Exception as error:
            told = f"{self._hand.name} could not make this batch: {type(error).__name__}: {error}"
            return Answer(Ending.REFUSED, time.monotonic() - begun, told=validate.one_line(told, 400))

    def end(self) -> None:
        """Nothing: a thread ends with its answer, or with this program."""

    def again(self, ready: Ready) -> ThreadWorker | None:
        if not self._there():
            return None
        ready(True)
        return self


def connect(address: Address, model: Model | None, noise: str) -> ThreadWorker:
    """The WebUI at an address, asked what it is.

    Args:
        address: where it is.
        model: the checkpoint that the sheet is made with; None is whichever it has loaded.
        noise: where the sheet's noise comes from, one of `NOISE_SOURCES`, which it is then told with each picture.

    Raises:
        PureNegativeError: nobody answers, it wants another password, or has another checkpoint loaded.
    """
    facts = _facts(address, noise)
    hand = facts or _plain_facts(address, noise)
    if model is not None and hand.model.hash != model.hash:
        raise address.refuse(
            f"{_named(hand.model)} is loaded there, the sheet is made with {_named(model)}; load that there too."
        )
    own = _Route(address, hand) if facts else _Api(address, hand)
    return ThreadWorker(hand, own.make, lambda: _answers(address))


def _named(model: Model) -> str:
    return f"{model.name} [{model.hash}]"


def _asked(address: Address, path: str) -> tuple[int, Any]:
    try:
        status, answer = address.send(path, seconds=PATIENCE)
    except SilentError:
        raise address.refuse("nobody answers; start that WebUI with --api --listen.") from None
    if status in _UNAUTHORIZED:
        wants = "it does not take this user and password" if address.authorization else "it wants a user and a password"
        raise address.refuse(f"{wants} (its --api-auth); give them as http://USER:PASSWORD@host:port.")
    return status, answer


def _answers(address: Address) -> bool:
    try:
        return address.send("/sdapi/v1/options", seconds=3)[0] == 200
    except SilentError:
        return False


def _facts(address: Address, noise: str) -> Hand | None:
    """What the extension there says of it; None where there is none."""
    status, answer = _asked(address, RENDER)
    if status != 200 or not isinstance(answer, dict) or "hash" not in answer:
        return None
    name, digest, device, precision, vae = (
        _text(answer, key) for key in ("model", "hash", "device", "precision", "vae")
    )
    return Hand(address.url, device, precision, Model(name, digest, noise=noise), vae)


def _plain_facts(address: Address, noise: str) -> Hand:
    """What the WebUI itself says: its checkpoint, and whether it has a GPU."""
    status, answer = _asked(address, "/sdapi/v1/options")
    if status == 404:
        raise address.refuse("it has no API; start that WebUI with --api --listen.")
    if status != 200 or not isinstance(answer, dict) or "sd_model_checkpoint" not in answer:
        raise address.refuse("what answers there is no WebUI.")
    model = dataclasses.replace(_chosen(address, answer), noise=noise)
    _, memory = _asked(address, "/sdapi/v1/memory")
    cuda = memory.get("cuda") if isinstance(memory, dict) else None
    device = "GPU" if isinstance(cuda, dict) and "system" in cuda else "processor"
    return Hand(address.url, device, "", model)


def _chosen(address: Address, settings: Mapping[str, Any]) -> Model:
    """The checkpoint that the settings name; some WebUIs load it, and know its hash, with the next picture alone."""
    file, _, short = _text(settings, "sd_model_checkpoint").partition(" [")
    name = file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or file
    _, listed = _asked(address, "/sdapi/v1/sd-models")
    if not isinstance(listed, list):
        return Model(name, _text(settings, "sd_checkpoint_hash")[:10] or short.rstrip("]"))
    known = [each for each in listed if isinstance(each, dict) and _text(each, "title").partition(" [")[0] == file]
    return Model(name, short.rstrip("]") or (_text(known[0], "hash") if known else "") or _hash_of_a_picture(address))


def _hash_of_a_picture(address: Address) -> str:
    """Have a small picture made, so that the checkpoint is loaded, and see with which."""
    try:
        status, answer = address.send("/sdapi/v1/txt2img", {"steps": 1, "width": 64, "height": 64})
    except SilentError:
        status, answer = 0, None
    if status != 200 or not isinstance(answer, dict):
        raise address.refuse("it could not make a first picture, with which it loads its model; see its console.")
    return _text(_info(answer), "sd_model_hash")


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return validate.one_line(value, 200) if isinstance(value, str) else ""


@dataclasses.dataclass(frozen=True)
class _Route:
    """A WebUI with this extension: a batch is one request."""

    address: Address
    hand: Hand

    def make(self, orders: Sequence[Order]) -> tuple[Picture, ...]:
        """The pictures of a batch.

        Raises:
            LostError, PureNegativeError: there are none.
        """
        pictures = [
            {**{name: getattr(order.request, name) for name in SENT}, "packed": order.packed} for order in orders
        ]
        body = {"hash": self.hand.model.hash, "noise": self.hand.model.noise, "pictures": pictures}
        status, answer = _sent(self.address, RENDER, body)
        found = answer.get("pictures") if isinstance(answer, dict) else None
        if status != 200 or not isinstance(found, list):
            raise _trouble(self.address, status, answer)
        crew.check_count(found, len(orders))
        return tuple(self._picture(each, order) for each, order in zip(found, orders, strict=True))

    def _picture(self, found: Any, order: Order) -> Picture:
        found = found if isinstance(found, dict) else {}
        png, text = _bytes(self.address, found.get("png")), found.get("text")
        image = _opened(self.address, png)
        if not isinstance(text, str) or image.info.get("parameters") != text:
            raise LostError(f"{self.address.url} sent a picture without its parameters")
        _check_size(self.address, image, order.request)
        return Picture(text, png=png)


@dataclasses.dataclass(frozen=True)
class _Api:
    """Any WebUI: a request for each cell, its settings as override settings."""

    address: Address
    hand: Hand

    def make(self, orders: Sequence[Order]) -> tuple[Picture, ...]:
        """The pictures of a batch, one after the other.

        Raises:
            LostError, PureNegativeError: there are none.
        """
        return tuple(map(self._picture, orders))

    def _picture(self, order: Order) -> Picture:
        status, answer = _sent(self.address, "/sdapi/v1/txt2img", body_of(order.request, self.hand.model.noise))
        found = answer.get("images") if isinstance(answer, dict) else None
        if status != 200 or not isinstance(found, list) or not found:
            raise _trouble(self.address, status, answer)
        info = _info(answer)
        loaded = info.get("sd_model_hash")
        if isinstance(loaded, str) and loaded != self.hand.model.hash:
            raise LostError(f"{self.address.url} has another model loaded now, [{validate.one_line(loaded, 20)}],")
        image = _opened(self.address, _bytes(self.address, found[0])).convert("RGB")
        _check_size(self.address, image, order.request)
        text = _with_field(info, order, self.hand.model)
        return Picture(text, png=output.png(image, text))


def body_of(request: Request, noise: str) -> dict[str, Any]:
    """A body for `POST /sdapi/v1/txt2img` that makes one picture."""
    settings = {each.setting: getattr(request, name) for name, each in options.settings().items()}
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "width": request.width,
        "height": request.height,
        "cfg_scale": request.cfg_scale,
        "steps": request.steps,
        "sampler_name": request.sampler,
        "scheduler": request.scheduler,
        "seed": request.seed,
        "override_settings": {**settings, NOISE: noise},
        "override_settings_restore_afterwards": True,
    }


def _info(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the WebUI says of the picture beside it."""
    try:
        info = json.loads(answer.get("info") or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return info if isinstance(info, dict) else {}


def _with_field(info: Mapping[str, Any], order: Order, model: Model) -> str:
    """The WebUI's own infotext, and our field, which it does not write."""
    texts = info.get("infotexts")
    own = texts[0] if isinstance(texts, list) and texts and isinstance(texts[0], str) else ""
    if not own or infotext.FIELD in own or len(own) > infotext.LONGEST:
        return infotext.write(order.request, model, order.packed)
    return f"{own}, {infotext.FIELD}: {order.packed}"


def _sent(address: Address, path: str, body: Any) -> tuple[int, Any]:
    try:
        return address.send(path, body)
    except SilentError:
        raise LostError(f"{address.url} was lost") from None


def _trouble(address: Address, status: int, answer: Any) -> Exception:
    """What the error of a WebUI means for the batch."""
    answer = answer if isinstance(answer, dict) else {}
    said = " ".join(str(answer[key]) for key in ("detail", "error", "errors") if answer.get(key))
    told = f"{address.url}: {validate.one_line(said, 300) or f'status {status}'}"
    if any(part in said.lower() for part in _MEMORY):
        return OutOfMemory(told)
    gone = status == 404 and said in ("", "Not Found")
    if gone or status in (*_UNAUTHORIZED, 409, 429) or 502 <= status <= 504:
        return LostError(f"{told}; it was lost")
    return PureNegativeError(told)


def _bytes(address: Address, text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise LostError(f"{address.url} sent no picture") from None


def _opened(address: Address, data: bytes) -> Any:
    """A picture from outside, looked at as a whole before it is believed."""
    import PIL.Image

    try:
        with PIL.Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.verify()
        opened = PIL.Image.open(io.BytesIO(data), formats=["PNG"])
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError):
        raise LostError(f"{address.url} sent no readable picture") from None
    return opened


def _check_size(address: Address, image: Any, request: Request) -> None:
    if image.size != (request.width, request.height):
        raise LostError(f"{address.url} sent a picture of {image.width}×{image.height}")
