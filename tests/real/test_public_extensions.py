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
from tests.real.pictures import difference
from tests.real.public import Extension
from tests.real.server import Server
from tests.real.test_sheet_axes import plotted, runs

PANEL = {"size": "64x64", "steps": 3, "words": "bad, low", "join": "after"}
FIELDS = {"prompt": "a red cat", "negative_prompt": "typed"}
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


def test_its_scripts_load(server: Server, extension: Extension) -> None:
    log = server.log.read_text(errors="replace")
    broken = [line for line in log.splitlines() if "Error loading script" in line]
    if broken and (missing := MISSING.search(log)):
        pytest.skip(f"PYTHON PACKAGE NOT THERE: {extension.name} needs {missing[1]}; see PUBLIC_EXTENSIONS_PYTHON")
    assert not broken, log[log.index(broken[0]) :][:3000]
    assert bool(extension.fields(server)) == bool(extension.title)


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
}
LISTED = {
    "[DynThres] Scaling Startpoint": "ZERO, MEAN",
    "[DynThres] Variability Measure": "STD, AD",
    "[DynThres] Mimic Scheduler": "Constant, Half Cosine Up",
    "[DynThres] CFG Scheduler": "Constant, Half Cosine Up",
    "[CADS] Active": "False, True",
    "[CADS] Rescale CFG": "False, True",
    "[CADS] Apply to Hires. Fix": "False, True",
}


def labels(server: Server, start: str) -> list[str]:
    plot = next(each for each in server.get("/sdapi/v1/script-info")[1] if each["name"] == "x/y/z plot")
    return [each for each in plot["args"][0]["choices"] if each.startswith(start)]


def test_each_of_its_axes_in_a_sheet_is_the_plots(server: Server, extension: Extension) -> None:
    known = {**VALUES, **LISTED}
    start = {"sd-dynamic-thresholding": "[DynThres]", "sd-webui-cads": "[CADS]"}.get(extension.name, "")
    if not start:
        pytest.skip("its axes, if any, are not among those that can run without its models")
    found = labels(server, start)
    assert set(found) == {label for label in known if label.startswith(start)}
    fields: dict[str, Any] = {**FIELDS, **extension.fields(server)}
    for label in found:
        axes = [(label, known[label]), ("[Pure negative] W", "6[, 0.9")]
        cells, texts = plotted(server, axes, PANEL, **fields)
        before = runs(server)
        made = sheets.make(server, {"x": f"{label}: {known[label]}", "y": "W: 6[, 0.9"}, PANEL, **fields)
        assert made.texts == texts, label
        assert all(difference(cell, theirs) <= 1 for cell, theirs in zip(made.cells, cells, strict=True)), label
        assert runs(server) - before == (4 if extension.alone else 2), label


@pytest.mark.parametrize("prompt", ["a {red|blue|green} cat", "a __colour__ cat"])
def test_dynamic_prompts_are_drawn_per_cell(server: Server, extension: Extension, prompt: str) -> None:
    if extension.name != "sd-dynamic-prompts":
        pytest.skip("it draws no prompts")
    wildcards = server.data / "extensions" / extension.name / "wildcards"
    wildcards.mkdir(exist_ok=True)
    (wildcards / "colour.txt").write_text("red\nblue\ngreen\n")
    fields = {**FIELDS, "prompt": prompt, **extension.fields(server)}
    made = sheets.make(server, {"x": "seed: 5-8", "y": "W: 6[, 0.9"}, PANEL, **fields)
    drawn = [infotext.read(text).prompt for text in made.texts]
    assert set(drawn) <= {"a red cat", "a blue cat", "a green cat"}
    assert len(set(drawn)) > 1
    values = [{"seed": seed, **w} for w in ({"brackets": -6}, {"w": 0.9}) for seed in (5, 6, 7, 8)]
    sheets.check(server, made, values, PANEL, **fields)


def test_negative_weights_beside_ours(server: Server, extension: Extension) -> None:
    if extension.name != "sd-webui-negpip":
        pytest.skip("it has no negative weights")
    fields = {**FIELDS, "prompt": "a cat, (red:-1.2)", **extension.fields(server)}
    made = sheets.make(server, AXES, PANEL, **fields)
    sheets.check(server, made, FOUR, PANEL, **fields)
    (plain,), _ = server.pictures([{**PANEL, **FOUR[0]}], **{**FIELDS, "prompt": "a cat, (red:-1.2)"})
    assert difference(made.cells[0], plain) > 1


def test_its_settings_are_as_before(server: Server, extension: Extension) -> None:
    before = server.get("/sdapi/v1/options")[1]
    sheets.make(server, AXES, PANEL, **FIELDS, **extension.fields(server))
    assert json.dumps(server.get("/sdapi/v1/options")[1]) == json.dumps(before)


def test_nothing_of_it_is_in_the_repository() -> None:
    root = Path(__file__).resolve().parents[2]
    assert not any((root / each.name).exists() for each in public.KNOWN)
