"""Beside the real code of other extensions: the tick, the sheet, X/Y/Z plot with our axes, and PNG Info."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative.planning import infotext
from tests.real import public, sheets
from tests.real.page import until
from tests.real.pictures import difference
from tests.real.public import Extension
from tests.real.server import Server
from tests.real.test_sheet_axes import plotted, runs

PANEL = {"size": "64x64", "steps": 3, "words": "bad, low", "join": "after"}
FIELDS = {"negative_prompt": "typed"}
AXES = {"x": "W: 6[, 0.9", "y": "CFG: 7, 3"}
FOUR = [{"brackets": -6, "cfg": 7}, {"w": 0.9, "cfg": 7}, {"brackets": -6, "cfg": 3}, {"w": 0.9, "cfg": 3}]


@pytest.fixture(scope="module", params=public.KNOWN, ids=lambda each: each.name)
def extension(request: pytest.FixtureRequest) -> Extension:
    public.here(request.param)
    return request.param


@pytest.fixture(scope="module")
def server(extension: Extension, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with public.running(extension, tmp_path_factory.mktemp("public") / "data") as running:
        yield running


def beside(request: pytest.FixtureRequest, extension: Extension, *names: str) -> Server:
    """The WebUI with one of these; it is not started for any other."""
    if extension.name not in names:
        pytest.skip(f"it is about {', '.join(names)}")
    server: Server = request.getfixturevalue("server")
    return server


def test_its_scripts_load(server: Server, extension: Extension) -> None:
    log = server.log.read_text(errors="replace")
    broken = [line for line in log.splitlines() if "Error loading script" in line]
    if broken and (missing := MISSING.search(log)):
        pytest.skip(f"PYTHON PACKAGE NOT THERE: {extension.name} needs {missing[1]}; see PUBLIC_EXTENSIONS_PYTHON")
    assert not broken, log[log.index(broken[0]) :][:3000]
    assert ("alwayson_scripts" in extension.fields(server)) == bool(extension.title)


def test_the_tick_and_png_info(server: Server, extension: Extension) -> None:
    (picture,), (text,) = server.pictures([{**PANEL, "w": 0.9}], **FIELDS, **extension.fields(server))
    assert extension.says in text
    assert infotext.read(text).negative_prompt == "typed, (bad:0.9), (low:0.9)"
    assert picture.info["parameters"] == text
    restored = infotext.restore(text)
    assert restored is not None
    assert restored.plan().negative_prompt == "typed, (bad:0.9), (low:0.9)"
    assert restored.choices.strength is not None
    assert restored.choices.strength.w == 0.9


def test_each_cell_of_a_sheet_is_its_single_picture(server: Server, extension: Extension) -> None:
    fields = {**FIELDS, **extension.fields(server)}
    before = runs(server)
    made = sheets.make(server, AXES, PANEL, **fields)
    assert runs(server) - before == (4 if extension.alone else 1)
    sheets.check(server, made, FOUR, PANEL, **fields)
    assert all(extension.says in text for text in made.texts)
    assert len({cell.tobytes() for cell in made.cells}) == 4


def test_each_cell_of_the_plot_is_its_single_picture(server: Server, extension: Extension) -> None:
    fields = {**FIELDS, **extension.fields(server)}
    cells, texts = plotted(server, [("[Pure negative] W", "6[, 0.9"), ("CFG Scale", "7, 3")], PANEL, **fields)
    for cell, text, chosen in zip(cells, texts, FOUR, strict=True):
        (single,), _ = server.pictures([{**PANEL, **chosen}], **fields)
        assert difference(cell, single) <= 1
        assert extension.says in text


MISSING = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
VALUES = {
    "[DynThres] Mimic Scale": "0, 5",
    "[DynThres] Separate Feature Channels": "0, 1",
    "[DynThres] Interpolate Phi": "0.2, 0.9",
    "[DynThres] Threshold Percentile": "90, 100",
    "[DynThres] Mimic minimum": "0, 3",
    "[DynThres] CFG minimum": "0, 3",
    "[DynThres] Scheduler value": "1, 4",
    "[CADS] Tau 1": "0.1, 0.5",
    "[CADS] Tau 2": "0.6, 1",
    "[CADS] Noise Scale": "0.1, 0.5",
    "[CADS] Mixing Factor": "0.5, 1",
    "[ADetailer] ADetailer prompt 1st": "face, eyes",
    "[ADetailer] ADetailer negative prompt 1st": "blurry, old",
    "[ADetailer] Prompt S/R (AD 1st)": "cat, dog",
    "[ADetailer] Prompt S/R (AD 1st and main prompt)": "cat, dog",
    "[ADetailer] Mask erosion / dilation 1st": "0, 4",
    "[ADetailer] Inpaint denoising strength 1st": "0.3, 0.5",
    "[ADetailer] CFG scale 1st": "5, 9",
    "[ADetailer] Inpaint only masked padding 1st": "16, 32",
    "[ADetailer] noise multiplier 1st": "0.9, 1",
    "[ControlNet] Weight": "0.5, 1",
    "[ControlNet] Guidance Start": "0, 0.5",
    "[ControlNet] Guidance End": "0.5, 1",
    "[ControlNet] Pre Resolution": "256, 512",
    "[ControlNet] Pre Threshold A": "64, 100",
    "[ControlNet] Pre Threshold B": "64, 200",
}
RUNS = {"[CADS] Active": 3}
"""Batches where not every value switches on what has cells made alone: those without it share one."""
LISTED = {
    "[DynThres] Scaling Startpoint": "ZERO, MEAN",
    "[DynThres] Variability Measure": "STD, AD",
    "[DynThres] Mimic Scheduler": "Constant, Half Cosine Up",
    "[DynThres] CFG Scheduler": "Constant, Half Cosine Up",
    "[CADS] Active": "False, True",
    "[CADS] Rescale CFG": "False, True",
    "[CADS] Apply to Hires. Fix": "False, True",
    "[ADetailer] ADetailer model 1st": "None, face_yolov8n.pt",
    "[ADetailer] Inpaint only masked 1st": "True, False",
    "[ADetailer] ADetailer sampler 1st": "Euler, Euler a",
    "[ADetailer] ADetailer scheduler 1st": "Automatic, Karras",
    "[ADetailer] ControlNet model 1st": "None, Passthrough",
    "[ControlNet] Enabled": "False, True",
    "[ControlNet] Control Mode": "Balanced, ControlNet is more important",
    "[ControlNet] Resize Mode": "Just Resize, Crop and Resize",
    "[ControlNet] Preprocessor": "none, canny",
}
WITHOUT = {"[ControlNet] Model"}
"""What has only one value here, as it needs models."""


STARTS = {
    "sd-dynamic-thresholding": "[DynThres]",
    "sd-webui-cads": "[CADS]",
    "adetailer": "[ADetailer]",
    "sd-webui-controlnet": "[ControlNet]",
}
"""The last two do nothing here, off without their models; they are taken, and make batches, all the same."""


def labels(server: Server, start: str) -> list[str]:
    plot = next(each for each in server.get("/sdapi/v1/script-info")[1] if each["name"] == "x/y/z plot")
    return [each for each in plot["args"][0]["choices"] if each.startswith(start)]


@pytest.fixture(scope="module")
def with_axes(request: pytest.FixtureRequest, extension: Extension) -> Server:
    return beside(request, extension, *STARTS)


def test_each_of_its_axes_in_a_sheet_is_the_plots(with_axes: Server, extension: Extension) -> None:
    known, server, start = {**VALUES, **LISTED}, with_axes, STARTS[extension.name]
    found = labels(server, start)
    assert set(found) == {label for label in (*known, *WITHOUT) if label.startswith(start)}
    fields: dict[str, Any] = {**FIELDS, **extension.fields(server)}
    for label in sorted(set(found) - WITHOUT):
        axes = [(label, known[label]), ("[Pure negative] W", "6[, 0.9")]
        cells, texts = plotted(server, axes, PANEL, **fields)
        before = runs(server)
        made = sheets.make(server, {"x": f"{label}: {known[label]}", "y": "W: 6[, 0.9"}, PANEL, **fields)
        assert made.texts == texts, label
        assert all(difference(cell, theirs) <= 1 for cell, theirs in zip(made.cells, cells, strict=True)), label
        assert runs(server) - before == RUNS.get(label, 4 if extension.alone else 2), label
        if label in RUNS:
            assert [extension.says in text for text in made.texts] == [False, True] * 2


@pytest.fixture(scope="module")
def dynamic_prompts(request: pytest.FixtureRequest, extension: Extension) -> Server:
    """The WebUI with it, a wildcard in its folder."""
    server = beside(request, extension, "sd-dynamic-prompts")
    wildcards = server.data / "extensions" / extension.name / "wildcards"
    wildcards.mkdir(exist_ok=True)
    (wildcards / "colour.txt").write_text("red\nblue\ngreen\n")
    return server


HIRES = {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.7, "hr_upscaler": "Latent"}
COLOURS = {"red", "blue", "green"}
SEEDS = {"x": "seed: 5-8", "y": "W: 6[, 0.9"}
EIGHT = [{"seed": seed, **w} for w in ({"brackets": -6}, {"w": 0.9}) for seed in (5, 6, 7, 8)]


@pytest.mark.parametrize(
    ("texts", "of"),
    [
        ({"prompt": "{red|blue|green}"}, "prompt"),
        ({"prompt": "__colour__"}, "prompt"),
        ({"prompt": "a cat", "negative_prompt": "{red|blue|green}"}, "negative_prompt"),
        ({"prompt": "a cat", "negative_prompt": "__colour__"}, "negative_prompt"),
        ({"prompt": "{red|blue|green}", **HIRES}, "prompt"),
    ],
)
def test_dynamic_prompts_are_drawn_per_cell(
    dynamic_prompts: Server, extension: Extension, texts: dict[str, Any], of: str
) -> None:
    server = dynamic_prompts
    fields = {**FIELDS, **extension.fields(server), **texts}
    before = runs(server)
    made = sheets.make(server, SEEDS, PANEL, **fields)
    assert runs(server) - before == 8
    drawn = [getattr(infotext.read(text), of).partition(",")[0] for text in made.texts]
    assert set(drawn) <= COLOURS
    assert len(set(drawn)) > 1
    assert drawn[:4] == drawn[4:]
    assert "Dynamic Prompts draws the prompts of 8 pictures" in sheets.told(made)
    sheets.check(server, made, EIGHT, PANEL, **fields)


def test_a_drawn_sheet_is_gone_on_with(dynamic_prompts: Server, extension: Extension) -> None:
    server = dynamic_prompts
    fields = {**FIELDS, **extension.fields(server), "prompt": "a {red|blue|green} cat", "save_images": True}
    first = sheets.make(server, SEEDS, PANEL, **fields)
    cells = sorted((sheets.place(server) / first.folder / "cells").glob("*.png"))
    for path in cells[:3]:
        path.unlink()
    before = runs(server)
    again = sheets.make(server, {"resume": first.folder}, PANEL, **fields)
    assert runs(server) - before == 3
    assert again.texts == first.texts
    assert [cell.tobytes() for cell in again.cells] == [cell.tobytes() for cell in first.cells]


def test_what_dynamic_prompts_makes_many_pictures_of_is_refused(dynamic_prompts: Server, extension: Extension) -> None:
    (title,) = extension.fields(dynamic_prompts)["alwayson_scripts"]
    fields = {**FIELDS, "prompt": "a {red|blue} cat", "alwayson_scripts": {title: {"args": [True, True]}}}
    before = runs(dynamic_prompts)
    status, answer = sheets.post(dynamic_prompts, SEEDS, PANEL, **fields)
    assert status == 422
    assert "Combinatorial generation" in answer["detail"]
    assert runs(dynamic_prompts) == before


def test_a_template_that_was_not_drawn_is_told(dynamic_prompts: Server, extension: Extension) -> None:
    fields = {**FIELDS, **extension.fields(dynamic_prompts), "prompt": "a __missing__ cat"}
    made = sheets.make(dynamic_prompts, AXES, PANEL, **fields)
    assert "Dynamic Prompts left 'a __missing__ cat' as it is" in sheets.told(made)


@pytest.fixture(scope="module")
def negpip(request: pytest.FixtureRequest, extension: Extension) -> Server:
    return beside(request, extension, "sd-webui-negpip")


@pytest.mark.parametrize(("replaced", "count"), [("cat, dog", 1), ("red, blue", 2)])
def test_negative_weights_beside_ours(negpip: Server, extension: Extension, replaced: str, count: int) -> None:
    server = negpip
    fields = {**FIELDS, **extension.fields(server), "prompt": "a cat, (red:-1.2)"}
    before = runs(server)
    made = sheets.make(server, {"x": f"Prompt S/R: {replaced}", "y": "W: 6[, 0.9"}, {**PANEL, "cfg": 7}, **fields)
    assert runs(server) - before == count
    searched, new = replaced.split(", ")
    singles = [
        server.pictures([{**PANEL, **w}], **{**fields, "prompt": fields["prompt"].replace(searched, text)})
        for w in FOUR[:2]
        for text in (searched, new)
    ]
    for cell, text, ((single,), (info,)) in zip(made.cells, made.texts, singles, strict=True):
        assert difference(cell, single) <= 1
        assert "NegPiP Active: True" in text
        assert text == info
    (plain,), _ = server.pictures([{**PANEL, **FOUR[0]}], **{**FIELDS, "prompt": fields["prompt"]})
    assert difference(made.cells[0], plain) > 1


@pytest.fixture(scope="module")
def scheduler(request: pytest.FixtureRequest, extension: Extension) -> Server:
    return beside(request, extension, "sd-webui-agent-scheduler")


def queued(server: Server, body: dict[str, Any]) -> list[str]:
    """The infotexts of a request that waits in the queue and is run by it."""
    status, answer = server.post("/agent-scheduler/v1/queue/txt2img", body)
    assert status == 200, answer

    def task() -> dict[str, Any] | None:
        found = server.get(f"/agent-scheduler/v1/task/{answer['task_id']}")[1]["data"]
        if found["status"] == "pending":  # its runner, just about to end, does not look for what came meanwhile
            server.post("/agent-scheduler/v1/resume", {})
        return found if found["status"] in ("done", "failed", "interrupted") else None

    found = until(task, "the task's end")
    assert found["status"] == "done", found
    return list(json.loads(found["result"])["geninfo"]["infotexts"])


@pytest.mark.parametrize("script", [{}, {"script_name": sheets.TITLE, "script_args": [AXES]}], ids=["tick", "sheet"])
def test_what_is_queued_is_made_as_at_once(scheduler: Server, script: dict[str, Any]) -> None:
    ours = {"alwayson_scripts": {"Pure negative": {"args": [{**PANEL, "w": 0.9}]}}}
    body = {"prompt": "a red cat", "negative_prompt": "typed", "seed": 5, "steps": 3, "width": 64, "height": 64}
    status, answer = scheduler.post("/sdapi/v1/txt2img", {**body, **ours, **script})
    assert status == 200, answer
    assert queued(scheduler, {**body, **ours, **script}) == json.loads(answer["info"])["infotexts"]


def test_its_settings_are_as_before(server: Server, extension: Extension) -> None:
    before = server.get("/sdapi/v1/options")[1]
    sheets.make(server, AXES, PANEL, **FIELDS, **extension.fields(server))
    assert json.dumps(server.get("/sdapi/v1/options")[1]) == json.dumps(before)


def test_nothing_of_it_is_in_the_repository() -> None:
    root = Path(__file__).resolve().parents[2]
    assert not any((root / each.name).exists() for each in public.KNOWN)
