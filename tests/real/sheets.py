"""Sheets through the real WebUI's API, and the single runs they must equal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.real.pictures import difference
from tests.real.server import Server, picture

TITLE = "Pure negative sheet"
SMALL = {"size": "64x64", "steps": 3}


@dataclass(frozen=True)
class Made:
    """A sheet's answer: the drawn pictures and their text, the cells and their texts, row by row."""

    info: dict[str, Any]
    whole: str
    drawn: list[Image.Image]
    cells: list[Image.Image]
    texts: list[str]

    @property
    def folder(self) -> str:
        return str(self.info["extra_generation_params"]["Sheet folder"])


def post(webui: Server, entries: Any, panel: dict[str, Any] | None = None, **fields: Any) -> tuple[int, Any]:
    """The WebUI's answer to a request for a sheet."""
    return webui.txt2img([panel or SMALL], script_name=TITLE, script_args=[entries], **fields)


def make(webui: Server, entries: Any, panel: dict[str, Any] | None = None, **fields: Any) -> Made:
    """A sheet that must succeed."""
    status, answer = post(webui, entries, panel, **fields)
    assert status == 200, answer
    info = json.loads(answer["info"])
    images = [picture(encoded) for encoded in answer["images"]]
    first, texts = info["index_of_first_image"], info["infotexts"]
    assert len(images) == len(texts) == len(info["all_prompts"]) == len(info["all_seeds"])
    assert [image.info["parameters"] for image in images] == texts
    return Made(info, texts[0], images[:first], images[first:], texts[first:])


def told(made: Made) -> str:
    """What the page would show under the gallery."""
    return "\n".join(made.info["extra_generation_params"].get("Pure negative notes", []))


def check(
    webui: Server, made: Made, values: Sequence[dict[str, Any]], panel: dict[str, Any] | None = None, **fields: Any
) -> None:
    """Every cell is the single run of its values, to 1/255, with its infotext."""
    assert len(made.cells) == len(made.texts) == len(values)
    for cell, text, chosen in zip(made.cells, made.texts, values, strict=True):
        (single,), (info,) = webui.pictures([{**(panel or SMALL), **chosen}], **fields)
        assert difference(cell, single) <= 1, chosen
        assert text == info


@contextlib.contextmanager
def options(webui: Server, **values: Any) -> Iterator[None]:
    """Settings of the WebUI, for a while."""
    before = webui.get("/sdapi/v1/options")[1]
    assert webui.post("/sdapi/v1/options", values)[0] == 200
    try:
        yield
    finally:
        webui.post("/sdapi/v1/options", {key: before[key] for key in values})


def place(webui: Server) -> Path:
    """Where the WebUI keeps its sheets."""
    return webui.outputs / "txt2img-grids" / "pure-negative-sheets"
