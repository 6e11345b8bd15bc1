"""A first guess at a picture's class, by the WebUI's own DeepDanbooru interrogator where its user has it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.yields import guess

SOURCE = "DeepDanbooru"
FOLDER = "torch_deepdanbooru"
"""Below the WebUI's folder of models: where its interrogator keeps its file (modules/deepbooru.py of v1.10.1)."""


def guesser() -> guess.Guesser:
    """What the judging page asks."""
    return guess.Guesser(SOURCE, missing, of_pictures)


def missing() -> str:
    """Why there can be no guess; empty where there can."""
    from modules import paths

    if not _is_interrogator_there():
        return "this WebUI has no DeepDanbooru interrogator any more; judge the pictures yourself."
    place = Path(paths.models_path) / FOLDER
    if any(place.glob("*.pt")):
        return ""
    return (
        f"the WebUI has no DeepDanbooru model in models/{FOLDER}; "
        "press 'Interrogate DeepBooru' in the img2img tab once to download it."
    )


def _is_interrogator_there() -> bool:
    """Whether the WebUI still brings the program itself."""
    name = "modules.deepbooru"
    return name in sys.modules or importlib.util.find_spec(name) is not None


def of_pictures(pictures: Iterator[Any], found: Callable[[int, int], object]) -> None:
    """Tell of each picture its place and what it is taken to be; generations wait meanwhile, as for the WebUI's own.

    Raises:
        PureNegativeError: there is no model.
    """
    from modules import deepbooru
    from modules.call_queue import queue_lock

    if reason := missing():
        raise PureNegativeError(reason)
    with queue_lock:
        deepbooru.model.start()
        try:
            for place, picture in enumerate(pictures):
                found(place, guess.of_tags(deepbooru.model.tag_multi(picture, force_disable_ranks=True)))
        finally:
            deepbooru.model.stop()
