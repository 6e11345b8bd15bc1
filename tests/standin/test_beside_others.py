"""Which cells of a sheet are made alone beside an extension that draws prompts or noise for a whole batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pure_negative.planning import choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import axis, batches, definition
from pure_negative.webui.batch import drawn_prompts
from pure_negative.webui.batch.renderer import WebuiRenderer


def run(title: str, on: bool, **fields: Any) -> Any:
    """A run beside an always-on script of that title, whose tick is its first argument."""
    script = SimpleNamespace(title=lambda: title, args_from=1, args_to=3)
    usual = {"styles": [], "hr_negative_prompt": "", "hr_prompt": "", "enable_hr": False}
    return SimpleNamespace(
        scripts=SimpleNamespace(alwayson_scripts=[script]), script_args=(0, on, "kept"), **{**usual, **fields}
    )


def groups(p: Any, prompt: str) -> list[int]:
    chosen = choices.read({"preset": "nai", "size": "64x64", "steps": 2, "seed": 5})
    cells = definition.make(chosen, axis.read("W: 6[, 0.9"), tab=Tab(prompt=prompt)).cells
    return [len(group) for group in batches.groups(cells, WebuiRenderer(p, cells).key)]


@pytest.mark.parametrize("prompt", ["a {red|blue} cat", "a __colour__ cat", "{% if 1 %}cat{% endif %}"])
def test_a_template_is_drawn_by_each_cell(webui: Any, prompt: str) -> None:
    assert groups(run("Dynamic Prompts v2.17.1", True), prompt) == [1, 1]
    assert groups(run("Dynamic Prompts v2.17.1", False), prompt) == [2]
    assert groups(run("Another", True), prompt) == [2]
    assert groups(run("Dynamic Prompts v2.17.1", True), "a red_and_blue cat, (old:1.2)") == [2]


def test_it_is_left_out_of_one_run_alone(webui: Any) -> None:
    p = run("Dynamic Prompts v2.17.1", True)
    before = p.script_args
    drawn_prompts.leave_out(p)
    assert p.script_args == (0, False, "kept")
    assert before == (0, True, "kept")
    other = run("Another", True)
    drawn_prompts.leave_out(other)
    assert other.script_args == (0, True, "kept")


@pytest.mark.parametrize(
    ("on", "fields", "wanted"),
    [(True, {}, [1, 1]), (False, {}, [2]), (False, {"cads_active": True}, [1, 1]), (True, {"cads_active": False}, [2])],
)
def test_noise_for_a_whole_batch(webui: Any, on: bool, fields: dict[str, Any], wanted: list[int]) -> None:
    assert groups(run("CADS", on, **fields), "a cat") == wanted


@pytest.mark.parametrize(("upscaler", "wanted"), [("Latent", [2]), (None, [2]), ("Lanczos", [1, 1])])
def test_a_hires_pass_that_encodes(webui: Any, monkeypatch: Any, upscaler: str | None, wanted: list[int]) -> None:
    from modules import shared

    monkeypatch.setattr(shared, "latent_upscale_modes", {"Latent": {}}, raising=False)
    assert groups(run("Another", True, enable_hr=True, hr_upscaler=upscaler), "a cat") == wanted
