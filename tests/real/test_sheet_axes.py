"""Axes of the WebUI's own X/Y/Z plot in the sheet: each cell is the plot's, with the tick on, and has its infotext."""

from __future__ import annotations

import concurrent.futures
import json
import os
import re
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pure_negative.planning import infotext
from tests.real import hosts, sheets
from tests.real import server as servers
from tests.real.page import until
from tests.real.pictures import difference
from tests.real.server import Server, picture
from tests.real.test_sheet_troubles import cells as finished_cells
from tests.real.test_sheet_troubles import next_folder

PANEL = {"size": "64x64", "steps": 3, "words": "bad, low", "join": "after"}
HIRES = {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.7, "hr_upscaler": hosts.here().upscaler}
OURS = ("Seed", "Steps", "CFG Scale", "Sampler", "Schedule type", "Clip skip", "Size", "Checkpoint name", "VAE")
"""The options whose axis is the sheet's own: only the field with our choices reads otherwise there."""


@dataclass(frozen=True)
class Case:
    """Two values of an axis, fields of the request and keys of the panel that go with it, and batches."""

    values: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    panel: Mapping[str, Any] = field(default_factory=dict)
    batches: int = 2

    @property
    def runs(self) -> int:
        """How often a sheet of its four cells samples on this host."""
        return 4 if self.fields.get("enable_hr") and hosts.here().hires_singly else self.batches


LOADED = hosts.here().checkpoint
"""The checkpoint that is loaded before a sheet, and after it."""
SDE = {"sampler": "DPM++ SDE"}
ETA = {"sampler": "DPM2 a"}
KARRAS = {"scheduler": "Karras"}
BETA = {"scheduler": "Beta"}
CASES = {
    "Seed": Case("5, 77", batches=1),
    "Var. seed": Case("3, 9", {"subseed_strength": 0.5}, batches=1),
    "Var. strength": Case("0.1, 0.6", {"subseed": 3}),
    "Steps": Case("2, 3"),
    "Hires steps": Case("1, 2", HIRES),
    "CFG Scale": Case("3, 9.5", batches=1),
    "Prompt S/R": Case("cat, dog", batches=1),
    "Prompt order": Case("cat, red", batches=1),
    "Sampler": Case("Euler, Euler a"),
    "Hires sampler": Case("Euler, DPM++ 2M", HIRES),
    "Checkpoint name": Case(f"{LOADED}.safetensors, second.safetensors"),
    "Negative Guidance minimum sigma": Case("0, 9"),
    "Sigma Churn": Case("0, 1"),
    "Sigma min": Case("0, 1", {"s_churn": 1}),
    "Sigma max": Case("3, 9", {"s_churn": 1}),
    "Sigma noise": Case("0.8, 1.1", {"s_churn": 1}),
    "Schedule type": Case("Karras, Exponential"),
    "Schedule min sigma": Case("0.1, 0.3", panel=KARRAS),
    "Schedule max sigma": Case("9, 12", panel=KARRAS),
    "Schedule rho": Case("5, 9", panel=KARRAS),
    "Beta schedule alpha": Case("0.4, 0.8", panel=BETA),
    "Beta schedule beta": Case("0.4, 0.8", panel=BETA),
    "Eta": Case("0.3, 1", panel=ETA),
    "Clip skip": Case("1, 3"),
    "Denoising": Case("0.5, 0.9", HIRES),
    "Initial noise multiplier": Case("0.9, 1.1", HIRES),
    "Extra noise": Case("0, 0.2", HIRES),
    "Hires upscaler": Case(f"{hosts.here().upscaler}, Lanczos", HIRES, batches=3),
    "VAE": Case("Automatic, None"),
    "Styles": Case("one, two", batches=1),
    "UniPC Order": Case("1, 2", panel={"sampler": "UniPC"}),
    "Token merging ratio": Case("0, 0.5"),
    "Token merging ratio high-res": Case("0, 0.5", HIRES),
    "Always discard next-to-last sigma": Case("False, True"),
    "SGM noise multiplier": Case("False, True"),
    "Refiner checkpoint": Case("None, second.safetensors", {"refiner_switch_at": 0.5}),
    "Refiner switch at": Case("0.4, 0.7", {"refiner_checkpoint": "second.safetensors"}),
    "RNG source": Case("CPU, NV"),
    "Size": Case("64x64, 64x128"),
    "FP8 mode": Case("Disable, Enable"),
}
KIN = {
    "Distilled CFG Scale": Case("1, 3"),
    "Shift": Case("1, 3"),
    "Rescale CFG": Case("0, 0.7"),
    "MaHiRo": Case("False, True"),
}
"""Options that only the plots of the WebUI's relatives have."""
LEFT_OUT = {
    "Nothing": "it is no axis",
    "Face restore": "needs the models of GFPGAN or CodeFormer",
    "批量提示词文件": "reads a file of prompts; only the copy of Forge Neo has it",
}


def labels(server: Server) -> set[str]:
    """What the host's plot offers for txt2img, without the options that extensions have added."""
    plot = next(each for each in server.get("/sdapi/v1/script-info")[1] if each["name"] == "x/y/z plot")
    return {each for each in plot["args"][0]["choices"] if not each.startswith("[")}


@pytest.fixture(scope="module")
def server(webui: Server) -> Server:
    """With two more checkpoints and two styles."""
    for name in ("second", "third"):
        hosts.here().put_another(webui.data / "models" / "Stable-diffusion", name)
    assert webui.post("/sdapi/v1/refresh-checkpoints", {})[0] == 200
    (webui.data / "styles.csv").write_text('name,prompt,negative_prompt\none,oil,"grey, old"\ntwo,ink {prompt},\n')
    assert webui.get("/sdapi/v1/prompt-styles")[0] == 200
    return webui


def test_every_option_of_the_plot_has_a_case(server: Server) -> None:
    found = labels(server)
    assert found <= {*CASES, *KIN, *LEFT_OUT}
    if hosts.here() is hosts.WEBUI:
        assert {*CASES, "Face restore"} <= found


@pytest.mark.parametrize("label", [*CASES, *KIN])
def test_each_cell_is_the_plots(server: Server, label: str) -> None:
    if label not in labels(server):
        pytest.skip(f"NOT ON {hosts.here().name}: its X/Y/Z plot has no {label}")
    case = {**CASES, **KIN}[label]
    panel, fields = {**PANEL, **case.panel}, {"prompt": "a red cat", "negative_prompt": "typed", **case.fields}
    cells, texts = plotted(server, [(label, case.values), ("[Pure negative] W", "6[, 0.9")], panel, **fields)
    before = runs(server)
    made = sheets.make(server, {"x": f"{label}: {case.values}", "y": "W: 6[, 0.9"}, panel, **fields)
    print(f"{label}: {runs(server) - before} runs")
    assert len(made.cells) == len(cells) == 4
    for cell, text, theirs, their_text in zip(made.cells, made.texts, cells, texts, strict=True):
        assert difference(cell, theirs) <= 1
        assert compared(text, label) == compared(their_text, label)
    assert runs(server) - before == case.runs
    assert len({cell.tobytes() for cell in cells}) > 1


def plotted(server: Server, axes: list[tuple[str, str]], panel: dict[str, Any], **fields: Any) -> tuple[Any, list[str]]:
    """The plot's cells and their infotexts, row by row."""
    status, answer = server.txt2img([panel], script_name="X/Y/Z plot", script_args=server.plot_args(axes), **fields)
    assert status == 200, answer
    texts = json.loads(answer["info"])["infotexts"]
    return [picture(each) for each in answer["images"]][-4:], texts[-4:]


def compared(text: str, label: str) -> infotext.Infotext | str:
    """An infotext as it is; where the axis is the sheet's own, without the field in which our choices stand."""
    if label not in OURS:
        return text
    read = infotext.read(text)
    pairs = {key: value.removesuffix(".0") for key, value in read.pairs.items() if key != infotext.FIELD}
    return infotext.Infotext(read.prompt, read.negative_prompt, pairs)


def runs(server: Server) -> int:
    """How often the WebUI has sampled a batch of pictures."""
    return server.log.read_text(errors="replace").count("NEIGHBOUR SAMPLES")


NEIGHBOUR = "[Neighbour] "


@pytest.mark.parametrize(
    ("label", "values", "count"), [("Animal", 'cat, "dog, old"', 1), ("Noise", "0.9, 1.1", 2), ("Early", "0, 0.5", 2)]
)
def test_another_extensions_axes(server: Server, label: str, values: str, count: int) -> None:
    fields = {"prompt": "a red", "negative_prompt": "typed", "s_churn": 1}
    settings = server.get("/sdapi/v1/options")[1]
    before = runs(server)
    made = sheets.make(server, {"x": f"{NEIGHBOUR}{label}: {values}", "y": "W: 6[, 0.9"}, PANEL, **fields)
    assert runs(server) - before == count
    assert server.get("/sdapi/v1/options")[1] == settings
    axes = [(NEIGHBOUR + label, values), ("[Pure negative] W", "6[, 0.9")]
    with sheets.options(server, skip_early_cond=0.0):  # the plot leaves it as the last cell had it
        cells, texts = plotted(server, axes, PANEL, **fields)
    assert made.texts == texts
    assert all(difference(cell, theirs) <= 1 for cell, theirs in zip(made.cells, cells, strict=True))
    assert len({cell.tobytes() for cell in cells}) == 4


def test_an_option_that_raises_costs_its_cells_alone(server: Server) -> None:
    made = sheets.make(server, {"x": f"{NEIGHBOUR}Even: 1-4", "y": "W: 6[, 0.9"}, PANEL, save_images=True)
    assert sorted(path.stem for path in (sheets.place(server) / made.folder / "cells").iterdir()) == [
        "1-01-02",
        "1-01-04",
        "1-02-02",
        "1-02-04",
    ]
    assert "4 of 8 cells failed" in sheets.told(made)
    assert f"{NEIGHBOUR}Even: 1: 1 is an odd number" in sheets.told(made)


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        (f"{NEIGHBOUR}Animal: cat, nobody", "[Neighbour] Animal: Unknown animal: nobody"),
        (f"{NEIGHBOUR}Noise: high", "could not convert string to float: 'high'"),
        (f"{NEIGHBOUR}Even: 1, 3", "1 is an odd number"),
        (f"{NEIGHBOUR}Mask: 1", "'[Neighbour] Mask' is not allowed"),
        ("Prompt S/R: elephant, cat", "did not find elephant"),
        ("S/R: elephant, cat", "'elephant' is neither in the prompt nor"),
        ("checkpoint: nowhere", "'nowhere' is not among the WebUI's checkpoints"),
        ("VAE: nowhere", "VAE: 'nowhere'"),
        ("Prompt order: a, b, c, d, e, f, g, h", "8 parts have more orders"),
    ],
)
def test_what_an_option_refuses_is_told_before_the_first_cell(server: Server, axis: str, told: str) -> None:
    before = runs(server)
    status, answer = sheets.post(server, {"x": axis, "y": "W: 6[, 0.9"}, PANEL, prompt="a red cat")
    assert status == 422
    assert told in answer["detail"]
    assert runs(server) == before


def test_two_options_of_one_label_are_told_apart(server: Server) -> None:
    made = sheets.make(server, {"x": f"{NEIGHBOUR}Noise (2): 0.9, 1.1"}, PANEL, s_churn=1)
    assert len(made.cells) == 2
    assert f'"{NEIGHBOUR}Noise (2): 0.9, 1.1"' in made.whole


def test_search_and_replace_reaches_the_words_too(server: Server) -> None:
    fields = {"prompt": "a bad cat", "negative_prompt": "bad old"}
    before = runs(server)
    made = sheets.make(server, {"x": "S/R: bad, good", "y": "W: 6[, 0.9"}, PANEL, **fields)
    assert runs(server) - before == 1
    new = {"prompt": "a good cat", "negative_prompt": "good old"}
    for column, (words, tab) in enumerate((("bad, low", fields), ("good, low", new))):
        for row, w in enumerate(({"brackets": -6}, {"w": 0.9})):
            (single,), _ = server.pictures([{**PANEL, **w, "words": words}], **tab)
            assert difference(made.cells[2 * row + column], single) <= 1
    assert infotext.read(made.texts[3]).negative_prompt == "good old, (good:0.9), (low:0.9)"


def test_w_by_prompt_search_and_replace_is_one_run(server: Server) -> None:
    animals = ("cat", "dog", "fox", "owl", "bee", "cow", "hen", "pig")
    weights = ("0.3", "0.564", "0.75", "0.91")
    axes = {"x": f"Prompt S/R: {', '.join(animals)}", "y": f"W: {', '.join(weights)}", "batch": 32}
    before = runs(server)
    made = sheets.make(server, axes, PANEL, prompt="a cat")
    assert runs(server) - before == 1
    assert len({cell.tobytes() for cell in made.cells}) == 32
    for place in (0, 7, 13, 24, 31):  # the corners and one between
        w, animal = weights[place // 8], animals[place % 8]
        (single,), (info,) = server.pictures([{**PANEL, "w": float(w)}], prompt=f"a {animal}")
        assert difference(made.cells[place], single) <= 1
        assert made.texts[place] == info


NAMES = ("third", LOADED, "second")
"""The checkpoints of a sheet, in its order."""
FOUR = ({"brackets": -6}, {"w": 0.9}, {"w": 0.5}, {"w": 0.1})
FILES = {"x": "W: 6[, 0.9, 0.5, 0.1", "y": "checkpoint: " + ", ".join(f"{name}.safetensors" for name in NAMES)}
LOADS = re.compile(r"Loading (?:weights|Model)\b.*?([\w-]+)\.safetensors")


def loads(server: Server) -> list[str]:
    """The checkpoints that were loaded, in turn."""
    return LOADS.findall(server.log.read_text(errors="replace"))


def check_cells(server: Server, made: sheets.Made, scales: Sequence[dict[str, Any]], **fields: Any) -> None:
    """Each cell is the single run of its checkpoint, and says so."""
    assert len(made.cells) == len(made.texts) == 12 * len(scales)
    cells = iter(zip(made.cells, made.texts, strict=True))
    for scale in scales:
        for name in NAMES:
            with sheets.options(server, sd_model_checkpoint=name):
                for w in FOUR:
                    (cell, text), ((single,), (info,)) = (
                        next(cells),
                        server.pictures([{**PANEL, **w, **scale}], **fields),
                    )
                    assert difference(cell, single) <= 1
                    assert text == info
                    assert infotext.read(text).pairs["Model"] == name


def test_w_by_checkpoint(server: Server) -> None:
    # Once FP8 mode was on, the WebUI's noise levels stay rounded (1/255) until it builds the model anew.
    with sheets.options(server, sd_model_checkpoint="second"):
        pass
    plain, settings = server.txt2img(negative_prompt="ugly")[1], server.get("/sdapi/v1/options")[1]
    before, sampled = len(loads(server)), runs(server)
    made = sheets.make(server, {**FILES, "z": "CFG: 3, 9"}, PANEL)
    assert runs(server) - sampled == len(NAMES)
    assert loads(server)[before:] == ([*NAMES] if hosts.here().loads_late else [*NAMES, LOADED])
    assert server.get("/sdapi/v1/options")[1] == settings
    assert server.txt2img(negative_prompt="ugly")[1]["images"] == plain["images"]
    assert loads(server)[before:] == [*NAMES, LOADED]
    assert len({cell.tobytes() for cell in made.cells}) == 24
    check_cells(server, made, [{"cfg": 3}, {"cfg": 9}])


def test_the_preset_that_fits_each_checkpoint(server: Server) -> None:
    hosts.here().put_another(server.data / "models" / "Stable-diffusion", "anything-v3")
    assert server.post("/sdapi/v1/refresh-checkpoints", {})[0] == 200
    axes = {"x": "checkpoint: anything-v3, second", "y": "preset: auto, nai"}
    made = sheets.make(server, axes, {"size": "64x64", "steps": 1})
    found = [infotext.read(text).pairs["Pure negative"].split(";")[1] for text in made.texts]
    assert found == ["preset=anything-v3", "preset=nai", "preset=nai", "preset=nai"]


def slow(server: Server, act: Callable[[], object], finished: int) -> Path:
    """The folder of a sheet over the checkpoints, made slowly, after something is done in the middle of it."""
    folder = next_folder(server)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(sheets.post, server, {**FILES, "batch": 1}, PANEL, prompt="slowly", save_images=True)
        until(lambda: len(finished_cells(folder)) >= finished, f"{finished} finished cells")
        act()
        answer.exception()
    return folder


@pytest.mark.parametrize("finished", [1, 5])
def test_after_an_interrupt_all_is_as_before(server: Server, finished: int) -> None:
    settings, plain = server.get("/sdapi/v1/options")[1], server.txt2img(negative_prompt="ugly")[1]
    folder = slow(server, lambda: server.post("/sdapi/v1/interrupt", {}), finished)
    assert finished <= len(finished_cells(folder)) < 12
    assert server.get("/sdapi/v1/options")[1] == settings
    assert server.txt2img(negative_prompt="ugly")[1]["images"] == plain["images"]


def test_a_checkpoint_that_loads_is_told_and_can_be_interrupted(server: Server) -> None:
    settings, plain = server.get("/sdapi/v1/options")[1], server.txt2img(negative_prompt="ugly")[1]

    def told() -> str:
        return str(server.get("/sdapi/v1/progress?skip_current_image=true")[1]["textinfo"])

    def act() -> None:
        until(lambda: "loading second.safetensors" in told(), "the second checkpoint to load")
        server.post("/sdapi/v1/interrupt", {})

    folder = slow(server, act, 8)
    assert len(finished_cells(folder)) == 8
    assert server.get("/sdapi/v1/options")[1] == settings
    assert server.txt2img(negative_prompt="ugly")[1]["images"] == plain["images"]


def test_after_an_error_all_is_as_before(server: Server) -> None:
    settings, plain = server.get("/sdapi/v1/options")[1], server.txt2img(negative_prompt="ugly")[1]
    axes = {"x": "seed: 5, 13", "y": FILES["y"], "z": f"{NEIGHBOUR}Early: 0, 0.5"}
    made = sheets.make(server, axes, PANEL, prompt="fails")
    assert [infotext.read(text).pairs["Model"] for text in made.texts] == 2 * list(NAMES)
    assert "6 of 12 cells failed" in sheets.told(made)
    assert server.get("/sdapi/v1/options")[1] == settings
    assert server.txt2img(negative_prompt="ugly")[1]["images"] == plain["images"]


def still_to_load(finished: Iterable[str]) -> list[str]:
    """What is loaded for the rows that are not finished, and in the end what was loaded at the start, where that is."""
    missing = [
        name for row, name in enumerate(NAMES, 1) if sum(f"1-{row:02}-" in each for each in finished) < len(FOUR)
    ]
    last = [] if hosts.here().loads_late else [LOADED]
    return [name for was, name in pairwise([LOADED, *missing, *last]) if name != was]


def test_killed_in_the_middle_and_gone_on_with(tmp_path: Path) -> None:
    data = tmp_path / "data"
    servers.prepare(data, True, neighbours=True)
    for name in ("second", "third"):
        hosts.here().put_another(data / "models" / "Stable-diffusion", name)
    with servers.running(data, True) as first:
        plain = first.txt2img(negative_prompt="ugly")[1]  # first, as the WebUI itself sets a hash once it has loaded
        chosen = first.get("/sdapi/v1/options")[1]
        folder = slow(first, lambda: os.kill(first.pid, signal.SIGKILL), 5)
    before = finished_cells(folder)
    assert 5 <= len(before) < 12
    with servers.running(data, True) as again:
        assert again.txt2img(negative_prompt="ugly")[1]["images"] == plain["images"]
        assert again.get("/sdapi/v1/options")[1] == chosen
        loaded = len(loads(again))
        made = sheets.make(again, {"resume": folder.name}, {"steps": 1}, prompt="slowly", save_images=True)
        assert {name: finished_cells(folder)[name] for name in before} == before
        assert loads(again)[loaded:] == still_to_load(before)
        check_cells(again, made, [{}], prompt="slowly")
