"""The table of options: what is declared there is found everywhere, with nothing else changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pure_negative import options
from pure_negative.planning.choices import Choices

ROOT = Path(__file__).parent.parent
BEFORE = "    scheduler: str | None = option(\n"
OURS = """    eta: float | None = option(
        number(0, 1),
        "noise multiplier for ancestral samplers",
        metavar="X",
        label="Eta",
        axis=Axis(20, "eta", "", "{:g}".format, "decimals"),
        control=Control(18, "sampling", "text", "Eta of the sampler"),
    )
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with one declaration more in its table, and nothing else."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("pure_negative", "presets"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "pure_negative" / "options.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    path.write_text(text.replace(BEFORE, OURS + BEFORE), encoding="utf-8")
    return folder


def ran(tree: Path, *words: str, data: str = "", code: int = 0) -> str:
    """What this Python says to these words, in that tree alone."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PURE_NEGATIVE_DATA": str(tree / "data"), "PYTHONUTF8": "1"}
    found = subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, input=data, capture_output=True, encoding="utf-8"
    )
    assert found.returncode == code, found.stderr
    return found.stdout if code == 0 else found.stderr


def command(tree: Path, *words: str, data: str = "", code: int = 0) -> str:
    return ran(tree, "-m", "pure_negative", *words, data=data, code=code)


def test_the_command_line_has_it_and_reads_it(tree):
    assert "--eta X" in command(tree, "plan", "--help")
    assert "noise multiplier for ancestral samplers" in command(tree, "plan", "--help")
    command(tree, "plan", "--eta", "0.5")
    assert "--eta: '7' is not allowed; give a number" in command(tree, "plan", "--eta", "7", code=2)


def test_a_preset_says_it(tree):
    command(tree, "presets", "save", "mine", "--preset", "nai", "--eta", "0.25")
    assert "\neta: 0.25\n" in command(tree, "presets", "show", "mine")
    wrong = "schema: 1\nid: other\neta: 2\n"
    assert "eta: '2' is not allowed" in command(tree, "presets", "import", "-", data=wrong, code=2)


def test_the_schema_names_it(tree):
    found = json.loads(command(tree, "presets", "schema"))["properties"]["eta"]
    assert found == {
        "description": "Noise multiplier for ancestral samplers.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    }


def test_a_sheet_goes_over_it(tree):
    told = command(tree, "sheet", "--x", "eta: 0, 0.5, 1", "--dry-run", "--size", "64x64")
    assert "eta 0, eta 0.5, eta 1" in told


IN_PYTHON = """
from pure_negative.panel import values
from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import Choices
from pure_negative.errors import PureNegativeError

assert values.read([{"eta": "0.5"}]).eta == 0.5
assert values.read([True, *[""] * (len(values.CONTROLS) - 1), "0.75"]).eta == 0.75
made = plan.make(Choices(eta=0.5))
packed = infotext.pack(made)
assert "eta=0.5" in packed, packed
assert infotext.unpack(packed)["eta"] == "0.5"
for entries in ({"eta": 3}, {"eta": "much"}):
    try:
        values.read([entries])
    except PureNegativeError as error:
        assert "eta" in str(error)
    else:
        raise AssertionError(entries)
text = f"a\\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, {infotext.FIELD}: {packed}"
assert infotext.restore(text).choices.eta == 0.5
try:
    infotext.restore(text.replace("eta=0.5", "eta=9"))
except PureNegativeError as error:
    assert "eta" in str(error)
else:
    raise AssertionError("eta=9 was taken")
print("done")
"""


def test_the_api_and_the_infotext_read_and_refuse_it(tree):
    assert ran(tree, "-c", IN_PYTHON) == "done\n"


PANEL = """
import gradio as gr
from pure_negative.diffusion import loading
from pure_negative.page import host
from pure_negative.panel import controls

with gr.Blocks():
    built = controls.build(host.PageHost(loading.EngineOptions(), str), "nai")
eta = built.inputs["eta"]
assert (eta.label, eta.elem_id) == ("Eta of the sampler", "pure_negative_eta"), eta.label
assert built.ordered()[-1] is eta
print("done")
"""


def test_the_panel_shows_it(tree):
    pytest.importorskip("gradio", reason="PANEL NOT BUILT: gradio is not installed (requirements-ui.txt)")
    assert ran(tree, "-W", "ignore", "-c", PANEL).endswith("done\n")


def test_every_option_has_its_own_key_and_a_reader():
    keys = [spelling.key for _, spelling in options.spelled()]
    assert len(keys) == len(set(keys))
    assert [*options.readers_by_key()] == keys
    assert {option.name for option, _ in options.spelled()} == set(vars(Choices()))


def test_the_api_knows_the_panels_controls_by_the_places_they_always_had():
    """Layout 1 of the API's positional arguments: scripts of users rely on it."""
    assert tuple(options.controls())[:18] == (
        *("preset", "w", "words", "scope", "notation", "spaces", "join", "ladder", "shape", "size_rule", "cfg"),
        *("cfg_factor", "steps", "sampler", "scheduler", "clip_skip", "leave", "style"),
    )
