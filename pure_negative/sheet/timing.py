"""How long a sheet takes: from what earlier sheets took before it begins, from its own batches once they run.

Work is counted in picture-steps times megapixels. Time is about proportional to it for one checkpoint on one machine;
smaller pictures and smaller batches take longer than their share.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import atomic_file, validate, yaml_reader, yaml_writer
from pure_negative.planning.request import Model, Request
from pure_negative.preset import library

FILE = "timing.yaml"
MOST_WORKERS = 10_000


@dataclass(frozen=True)
class Timing:
    """What batches took: their seconds and their work, and the megapixels of one of their pictures.

    `workers` made them at a time; the speed of one tells nothing of eight's.
    """

    seconds: float
    work: float
    megapixels: float
    model: str
    workers: int = 1

    def seconds_for(self, work: float) -> float:
        return self.seconds * work / self.work


def work(requests: Iterable[Request]) -> float:
    """Picture-steps times megapixels."""
    return sum(request.width * request.height * request.steps / 1e6 for request in requests)


def write(folder: Path, timing: Timing) -> None:
    """Keep what the batches of a sheet took, for the estimates of later ones; a sheet goes on without that too."""
    text = yaml_writer.document(_rounded(timing)).encode()
    with contextlib.suppress(OSError):
        atomic_file.write(folder / FILE, lambda file: file.write(text))


def _rounded(timing: Timing) -> dict[str, yaml_writer.Value]:
    texts = {key: round(value, 6) if isinstance(value, float) else value for key, value in vars(timing).items()}
    return {key: value for key, value in texts.items() if (key, value) != ("workers", 1)}


def read(folder: Path) -> Timing | None:
    """What the batches of a sheet took; None where that is not known."""
    try:
        entries = yaml_reader.load(library.read_text(folder / FILE), FILE)
        seconds, done, megapixels = (
            validate.number(entries[key], key, 1e-9, 1e12) for key in ("seconds", "work", "megapixels")
        )
        workers = validate.whole(entries.get("workers", "1"), "workers", 1, MOST_WORKERS)
        return Timing(seconds, done, megapixels, str(entries["model"]), workers)
    except (PureNegativeError, KeyError, TypeError):
        return None


def estimate(out: Path, requests: list[Request], model: Model | None = None, workers: int = 1) -> float | None:
    """Seconds for these pictures, by an earlier sheet in `out` of the nearest size; None where there is none.

    Args:
        out: the folder that holds the sheets.
        requests: what is to be made.
        model: only sheets of this checkpoint count; None is any.
        workers: only sheets that so many workers made at a time count.
    """
    found = (read(path.parent) for path in sorted(out.glob(f"*-[0-9]*/{FILE}"), reverse=True))
    ours = [timing for timing in found if timing and timing.workers == workers]
    known = [timing for timing in ours if model is None or timing.model == model.hash]
    if not known or not requests:
        return None
    asked = sum(request.width * request.height for request in requests) / len(requests) / 1e6
    nearest = min(known, key=lambda timing: abs(math.log(timing.megapixels / asked)))
    return nearest.seconds_for(work(requests))


def spoken(seconds: float) -> str:
    """A duration as a person says it: `8 s`, `3 min`, `2 h 10 min`, always rounded up."""
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
