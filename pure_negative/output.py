"""Pictures on disk, each with its parameters, from any renderer."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pure_negative.errors import OutOfMemory
from pure_negative.io import atomic_file, os_errors, validate
from pure_negative.planning import infotext
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Progress, Renderer, Request
from pure_negative.rules import seeds

if TYPE_CHECKING:
    from PIL.Image import Image


MOST_PICTURES = 10_000
LARGEST_BATCH = 64


def series(made: Plan, count: int) -> list[Request]:
    """The plan's pictures: consecutive seeds, as the WebUI counts them up in a batch."""
    return [made.request(seed) for seed in seeds.counted_up(seeds.fixed(made.seed), count)]


def folder_at(out: str) -> Path:
    """The folder for pictures, made where it is not there yet.

    Raises:
        PureNegativeError: it can't be made.
    """
    folder = Path(out)
    with os_errors.told(f"--out: {validate.shown(out)} can't be made", ValueError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def render(renderer: Renderer, made: Plan, requests: Sequence[Request], largest: int, folder: Path) -> Iterator[Path]:
    """Each picture's file, whole and with its infotext, as soon as its batch is done."""
    packed = infotext.pack(made)
    _next_number(folder)  # where it can't be told, it is said before anything is made
    atomic_file.clear(folder, "[0-9]*-*.png.*-*")
    with bars(len(requests)) as (pictures, steps):
        for request, image in _made(renderer, requests, largest, steps):
            text = infotext.write(request, renderer.model, packed, renderer.described(request))
            yield _add(image, folder, request.seed, text)
            pictures.update()


def _made(
    renderer: Renderer, requests: Sequence[Request], largest: int, steps: Progress
) -> Iterator[tuple[Request, Image]]:
    """Each picture in order, in batches that are halved where memory runs out."""
    done = 0
    while done < len(requests):
        batch = requests[done : done + largest]
        try:
            images = renderer.render(batch, steps)
        except OutOfMemory:
            if len(batch) == 1:
                raise
            largest = len(batch) // 2
            print(
                f"hint: out of memory with a batch of {len(batch)} pictures; continuing with {largest}", file=sys.stderr
            )
        else:
            done += len(batch)
            yield from zip(batch, images, strict=True)


def save(image: Image, path: Path, text: str) -> Path:
    """Write a PNG with its parameters, in the place of what is there; it is whole or not there.

    Raises:
        PureNegativeError: it can't be written.
    """
    picture = png(image, text)
    with _told(path):
        return atomic_file.write(path, lambda file: file.write(picture))


def _add(image: Image, folder: Path, seed: int, text: str) -> Path:
    """Write a PNG under the number after the highest there, which no other run takes meanwhile."""
    picture = png(image, text)
    with _told(folder), atomic_file.counting(folder):
        for free in count(_next_number(folder)):
            path = folder / f"{free:05}-{seed}.png"
            with _told(path), contextlib.suppress(FileExistsError):  # of a program that knows nothing of ours
                return atomic_file.write_new(path, lambda file: file.write(picture))
    raise AssertionError


def png(image: Image, text: str) -> bytes:
    """A PNG file with the picture's parameters."""
    picture = io.BytesIO()
    image.save(picture, "PNG", pnginfo=infotext.png_info(text))
    return picture.getvalue()


def _told(path: Path) -> AbstractContextManager[None]:
    return os_errors.told(f"{validate.one_line(str(path))}: the picture can't be written")


def _next_number(folder: Path) -> int:
    """One above the highest leading number there, as the WebUI counts its files."""
    with os_errors.told(f"--out: {validate.shown(str(folder))} can't be read"):
        names = [entry.name for entry in folder.iterdir()]
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
