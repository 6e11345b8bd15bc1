"""SDXL: presets with a clip skip, two text encoders, hires fix, a refiner; each cell of a sheet is its single run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative.planning import choices, infotext, plan
from tests.real import hosts, sheets
from tests.real import server as servers
from tests.real.pictures import difference
from tests.real.server import Server
from tests.real.test_sheet import FOUR, HIRES, LONG, W_BY_CFG

PANEL = {"preset": "astolfomix-xl", "size": "64x64", "steps": 3, "words": "bad, low"}


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("data") / "sdxl"
    servers.prepare(data, True, neighbours=False)
    hosts.here().put_sdxl(data)
    with servers.running(data, True) as server:
        # For SDXL's previews a WebUI would fetch a small decoder.
        wanted = {"live_previews_enable": False, "sd_model_checkpoint": "sdxl.safetensors"}
        assert server.post("/sdapi/v1/options", wanted)[0] == 200
        yield server


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"clip_skip": 1, "w": 0.9, "prompt": "a cat", "sampler": "Euler a"},
        {"preset": "nai", "words": LONG, "join": "before"},
    ],
    ids=["the preset", "clip skip 1", "a preset of SD 1.x, two chunks"],
)
def test_a_ticked_run_is_the_plain_run_of_what_the_preset_says(sdxl: Server, entries: dict[str, Any]) -> None:
    made = plan.make(choices.read({**PANEL, **entries}))
    wanted = made.request(5)
    (image,), (text,) = sdxl.pictures([{**PANEL, **entries}], steps=20, cfg_scale=2)
    (plain,), (said,) = sdxl.pictures(
        prompt=wanted.prompt,
        negative_prompt=wanted.negative_prompt,
        steps=wanted.steps,
        cfg_scale=wanted.cfg_scale,
        sampler_name=wanted.sampler,
        override_settings={"CLIP_stop_at_last_layers": made.clip_skip},
    )
    assert difference(image, plain) == 0
    assert infotext.read(text).pairs["Model"] == "sdxl"
    assert infotext.read(text).pairs.get("Clip skip") == infotext.read(said).pairs.get("Clip skip")
    if not hosts.here().text_files:
        assert difference(image, _alone(sdxl.data / "models" / "Stable-diffusion" / "sdxl.safetensors", wanted)) <= 1


def _alone(checkpoint: Path, wanted: Any) -> Any:
    """The stand-alone engine's picture."""
    from pure_negative.diffusion.engine import Engine

    return Engine.load(checkpoint).render([wanted])[0]


def test_a_sheet_over_the_clip_skip_and_prompts_of_two_lengths(sdxl: Server) -> None:
    made = sheets.make(sdxl, {"x": "clip skip: 1, 2", "y": f'words: "bad, low", "{LONG}"'}, PANEL, prompt="a cat")
    values = [{"clip_skip": skip, "words": words} for words in ("bad, low", LONG) for skip in (1, 2)]
    sheets.check(sdxl, made, values, PANEL, prompt="a cat")
    assert made.cells[0].tobytes() != made.cells[2].tobytes()  # Clip skip does nothing to SDXL


@pytest.mark.parametrize("sampler", ["Euler", "Euler a", "DPM++ 2M"])
def test_each_cell_has_its_own_cfg_scale(sdxl: Server, sampler: str) -> None:
    panel = {**PANEL, "sampler": sampler}
    sheets.check(sdxl, sheets.make(sdxl, W_BY_CFG, panel, prompt="a cat"), FOUR, panel, prompt="a cat")


def test_with_hires_fix_and_a_refiner(sdxl: Server) -> None:
    for fields in (HIRES, {"refiner_checkpoint": "sdxl-second.safetensors", "refiner_switch_at": 0.5}):
        sdxl.pictures([PANEL], **fields)  # its hash is known, and told in infotexts, once it was loaded
        made = sheets.make(sdxl, W_BY_CFG, PANEL, **fields)
        sheets.check(sdxl, made, FOUR, PANEL, **fields)
