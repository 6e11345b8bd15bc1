"""A sheet that is stopped, skipped, killed, or runs out of memory: nothing finished is lost, nothing leaks."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pure_negative.planning import infotext
from tests.real import server, sheets
from tests.real.page import until
from tests.real.server import Server
from tests.real.sheets import SMALL

SIX = {"x": "W: 6[, 0.9, 2[", "y": "CFG: 7, 3", "batch": 2}
VALUES = [{**weight, "cfg": cfg} for cfg in (7, 3) for weight in ({"brackets": -6}, {"w": 0.9}, {"brackets": -2})]


def cells(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each finished cell: when it was written, and its bytes."""
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in (folder / "cells").glob("[!.]*.png")}


def while_running(
    webui: Server, act: Callable[[], object], folder: Path, finished: int, **fields: Any
) -> tuple[int, Any]:
    """Make six cells slowly, and act once so many are finished; the request's answer."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(sheets.post, webui, SIX, prompt="slowly", save_images=True, **fields)
        until(lambda: len(cells(folder)) >= finished, f"{finished} finished cells")
        act()
        return answer.result()


def next_folder(webui: Server) -> Path:
    found = [int(path.name[6:]) for path in sheets.place(webui).glob("sheet-*")]
    return sheets.place(webui) / f"sheet-{max(found, default=-1) + 1:04}"


def resumed(webui: Server, folder: Path, **fields: Any) -> sheets.Made:
    """Go on with other controls than it was begun with; the cells that were there are left alone."""
    before = cells(folder)
    made = sheets.make(webui, {"x": "W: 1, 0.5", "resume": folder.name}, {"steps": 1}, save_images=True, **fields)
    after = cells(folder)
    assert len(after) == 6
    assert {name: after[name] for name in before} == before
    return made


def test_interrupt_keeps_what_is_finished_and_goes_on_later(webui: Server) -> None:
    plain = webui.txt2img(negative_prompt="ugly")[1]["images"]
    folder = next_folder(webui)
    status, _ = while_running(webui, lambda: webui.post("/sdapi/v1/interrupt", {}), folder, 2)
    assert status == 200
    assert 2 <= len(cells(folder)) < 6
    assert webui.txt2img(negative_prompt="ugly")[1]["images"] == plain
    sheets.check(webui, resumed(webui, folder), VALUES, prompt="slowly")


def test_an_interrupt_before_the_first_cell_is_no_error(webui: Server) -> None:
    folder = next_folder(webui)
    status, answer = while_running(webui, lambda: webui.post("/sdapi/v1/interrupt", {}), folder, 0)
    assert status == 200, answer
    assert len(answer["images"]) >= 2


def test_skip_drops_one_batch_alone(webui: Server) -> None:
    folder = next_folder(webui)
    while_running(webui, lambda: webui.post("/sdapi/v1/skip", {}), folder, 2)
    assert len(cells(folder)) == 4
    resumed(webui, folder)


def test_stop_after_this_ends_after_the_batch(webui: Server) -> None:
    made = sheets.make(webui, SIX, prompt="enough", save_images=True)
    assert len(made.cells) == 2
    assert made.info["extra_generation_params"]["Sheet cells made"] == 2
    resumed(webui, sheets.place(webui) / made.folder)


def test_out_of_memory_halves_the_batch_and_goes_on(webui: Server) -> None:
    made = sheets.make(webui, {**SIX, "batch": 6}, prompt="roomfor3")
    assert [infotext.read(text).pairs["Neighbour batch"] for text in made.texts] == ["3"] * 6
    status, answer = sheets.post(webui, SIX, prompt="roomfor0")
    assert status == 422
    assert "out of memory" in answer["detail"]


def test_a_cell_that_fails_leaves_the_others_and_no_trace(webui: Server) -> None:
    options = webui.get("/sdapi/v1/options")[1]
    plain = webui.txt2img(negative_prompt="ugly")[1]
    panel = {**SMALL, "clip_skip": 3, "emphasis": "No norm"}
    made = sheets.make(webui, {"x": "seed: 5, 13, 7"}, panel, prompt="fails")
    assert [infotext.read(text).pairs["Seed"] for text in made.texts] == ["5", "7"]
    status, answer = sheets.post(webui, {"x": "CFG: 7, 3"}, {**panel, "seed": 13}, prompt="fails")
    assert status == 422
    assert "forced to fail" in answer["detail"]
    assert webui.get("/sdapi/v1/options")[1] == options
    again = webui.txt2img(negative_prompt="ugly")[1]
    assert again["images"] == plain["images"]
    assert json.loads(again["info"])["infotexts"] == json.loads(plain["info"])["infotexts"]


def test_saving_follows_the_webui(webui: Server) -> None:
    outputs = webui.outputs
    before = set(outputs.rglob("*"))
    assert "Sheet folder" not in sheets.make(webui, SIX).info["extra_generation_params"]
    assert set(outputs.rglob("*")) == before
    with sheets.options(webui, grid_format="jpg", samples_save=False):
        made = sheets.make(webui, SIX, save_images=True)
    new = {path.relative_to(outputs) for path in set(outputs.rglob("*")) - before if path.is_file()}
    grids = [path for path in new if path.suffix == ".jpg"]
    assert len(grids) == 1
    assert grids[0].parts[0] == "txt2img-grids"
    assert not [path for path in new if path.parts[0] == "txt2img-images"]
    assert len(cells(sheets.place(webui) / made.folder)) == 6
    with sheets.options(webui, grid_save=False):
        sheets.make(webui, SIX, save_images=True)
    saved = [path for path in outputs.rglob("*.png") if path.relative_to(outputs).parts[0] == "txt2img-images"]
    assert len({path.read_bytes() for path in saved}) >= 6


def test_other_settings_than_it_was_begun_with_are_told_apart(webui: Server) -> None:
    made = sheets.make(webui, SIX, prompt="enough", save_images=True, subseed_strength=0.5)
    folder = sheets.place(webui) / made.folder
    status, answer = sheets.post(webui, {"x": "W: 1", "resume": folder.name}, save_images=True)
    assert status == 422
    assert "subseed strength" in answer["detail"]
    again = resumed(webui, folder, subseed_strength=0.5)
    assert len({infotext.read(text).pairs["Variation seed"] for text in again.texts}) == 1


def test_killed_and_gone_on_with_makes_no_cell_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with server.running(data, True, neighbours=True) as first:
        folder = next_folder(first)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answer = pool.submit(sheets.post, first, SIX, prompt="slowly", save_images=True)
            until(lambda: len(cells(folder)) >= 2, "a finished batch")
            time.sleep(0.3)
            os.kill(first.pid, signal.SIGKILL)
            assert answer.exception() is not None
    assert 2 <= len(cells(folder)) < 6
    with server.running(data, True, neighbours=True) as second:
        sheets.check(second, resumed(second, folder), VALUES, prompt="slowly")
