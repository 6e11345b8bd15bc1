"""Pictures on disk, each with its parameters, from any renderer."""

from __future__ import annotations

import contextlib
import io
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, validate
from pure_negative.planning import choices, infotext
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Progress, Renderer, Request

if TYPE_CHECKING:
    from PIL.Image import Image


MOST_PICTURES = 10_000
LARGEST_BATCH = 64


def series(made: Plan, count: int) -> list[Request]:
    """The plan's pictures: consecutive seeds, as the WebUI counts them up in a batch."""
    first = secrets.randbelow(2**32) if made.seed == -1 else made.seed
    if first + count - 1 > choices.HIGHEST_SEED:
        last = choices.HIGHEST_SEED
        raise PureNegativeError(f"seed: {first} leaves no room for {count} pictures; {last} is the last seed.")
    return [made.request(first + offset) for offset in range(count)]


def folder_at(out: str) -> Path:
    """The folder for pictures, made where it is not there yet.

    Raises:
        PureNegativeError: it can't be made.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PureNegativeError(f"--out: {validate.shown(out)} can't be made: {reason}.") from None
    return folder


def render(renderer: Renderer, made: Plan, requests: Sequence[Request], largest: int, folder: Path) -> Iterator[Path]:
    """Each picture's file, whole and with its infotext, as soon as its batch is done."""
    packed = infotext.pack(made)
    number = _next_number(folder)
    atomic_file.clear(folder, "[0-9]*-*.png.*-*")
    with bars(len(requests)) as (pictures, steps):
        for start in range(0, len(requests), largest):
            batch = requests[start : start + largest]
            for request, image in zip(batch, renderer.render(batch, steps), strict=True):
                text = infotext.write(request, renderer.model, packed, renderer.described(request))
                number, path = _add(image, folder, number, request.seed, text)
                yield path
                number += 1
                pictures.update()


def save(image: Image, path: Path, text: str) -> Path:
    """Write a PNG with its parameters, in the place of what is there; it is whole or not there.

    Raises:
        PureNegativeError: it can't be written.
    """
    picture = _png(image, text)
    with _told(path):
        return atomic_file.write(path, lambda file: file.write(picture))


def _add(image: Image, folder: Path, number: int, seed: int, text: str) -> tuple[int, Path]:
    """Write a PNG under the first number from this one on that no other program has taken meanwhile."""
    picture = _png(image, text)
    for free in count(number):
        path = folder / f"{free:05}-{seed}.png"
        with _told(path), contextlib.suppress(FileExistsError):
            return free, atomic_file.write_new(path, lambda file: file.write(picture))
    raise AssertionError


def _png(image: Image, text: str) -> memoryview:
    picture = io.BytesIO()
    image.save(picture, "PNG", pnginfo=infotext.png_info(text))
    return picture.getbuffer()


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses, as one sentence."""
    try:
        yield
    except OSError as error:
        place = validate.one_line(str(path))
        raise PureNegativeError(f"{place}: the picture can't be written: {error.strerror or error}.") from None


def _next_number(folder: Path) -> int:
    """One above the highest leading number there, as the WebUI counts its files."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise PureNegativeError(f"--out: {validate.shown(str(folder))} can't be read: {error.strerror}.") from None
    taken = (re.match(r"([0-9]{5,9})-", name) for name in names)
    return max((int(match[1]) + 1 for match in taken if match), default=0)


@contextlib.contextmanager
def bars(count: int) -> Iterator[tuple[Any, Progress]]:
    """Two bars on stderr: pictures, and the steps of the batch at hand."""
    from tqdm import tqdm

    pictures = tqdm(total=count, desc="pictures", unit="picture", file=sys.stderr)
    steps = tqdm(total=0, desc="steps", unit="step", leave=False, file=sys.stderr)

    def progress(done: int, total: int) -> None:
        if steps.total != total or done < steps.n:
            steps.reset(total)
        steps.update(done - steps.n)

    with pictures, steps:
        yield pictures, progress
