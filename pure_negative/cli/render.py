"""The `render` command: pictures of one plan, through the stand-alone engine."""

from __future__ import annotations

from pure_negative import output
from pure_negative.cli import show
from pure_negative.diffusion import loading
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.io import validate
from pure_negative.planning.plan import Plan


def run(made: Plan, count: object, batch: object, options: EngineOptions, out: str) -> int:
    """The `render` command: print the plan, make the pictures, name each file."""
    requests = output.series(made, validate.whole(count, "--count", 1, output.MOST_PICTURES))
    largest = validate.whole(batch, "--batch", 1, output.LARGEST_BATCH)
    loading.foresee(options, requests)
    folder = output.folder_at(out)
    loading.prepare(options)
    print(show.plan(made), flush=True)  # before any work that could not be told of
    show.notes(made)
    for path in output.render(loading.engine(options), made, requests, largest, folder):
        print(path, flush=True)
    return 0
