"""Which cells of a sheet share a batch beside an extension that draws, or reads, something for a whole batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices
from pure_negative.planning.plan import Tab
from pure_negative.sheet import axis, batches, definition
from pure_negative.webui.batch import drawn_prompts
from pure_negative.webui.batch.renderer import WebuiRenderer
from pure_negative.webui.sheet import others


def run(title: str, on: bool, ticked: str = "", **fields: Any) -> Any:
    """A run beside an always-on script of that title, whose tick is its first argument; the second has a label too."""
    controls = [SimpleNamespace(label="on"), SimpleNamespace(label=ticked)]
    script = SimpleNamespace(title=lambda: title, args_from=1, args_to=3, controls=controls)
    usual = {"styles": [], "hr_negative_prompt": "", "hr_prompt": "", "enable_hr": False}
    args = (0, on, bool(ticked) or "kept")
    return SimpleNamespace(scripts=SimpleNamespace(alwayson_scripts=[script]), script_args=args, **{**usual, **fields})


def cells_of(prompt: str, axes: str = "W: 6[, 0.9", negative: str = "") -> tuple[definition.Cell, ...]:
    chosen = choices.read({"preset": "nai", "size": "64x64", "steps": 2, "seed": 5, "join": "after"})
    return definition.make(chosen, *map(axis.read, axes.split("; ")), tab=Tab(prompt, negative)).cells


def groups(p: Any, prompt: str, axes: str = "W: 6[, 0.9", negative: str = "") -> list[int]:
    cells = cells_of(prompt, axes, negative)
    return [len(group) for group in batches.groups(cells, WebuiRenderer(p, cells).key)]


@pytest.mark.parametrize(
    "prompt", ["a {red|blue} cat", "a __colour__ cat", "{% if 1 %}cat{% endif %}", "cat # not dog", "$x", "50% off"]
)
def test_a_template_is_drawn_by_each_cell(webui: Any, prompt: str) -> None:
    assert groups(run("Dynamic Prompts v2.17.1", True), prompt) == [1, 1]
    assert groups(run("Dynamic Prompts v2.17.1", False), prompt) == [2]
    assert groups(run("Another", True), prompt) == [2]
    assert groups(run("Dynamic Prompts v2.17.1", True), "a red_and_blue cat, (old:1.2)") == [2]


@pytest.mark.parametrize("tick", ["Magic prompt", "I'm feeling lucky", "Attention grabber", "Enable Jinja2 templates"])
def test_a_prompt_that_is_rewritten_whatever_it_says_is_so_for_each_cell(webui: Any, tick: str) -> None:
    assert groups(run("Dynamic Prompts v2.17.1", True, tick), "a cat") == [1, 1]
    assert groups(run("Dynamic Prompts v2.17.1", False, tick), "a cat") == [2]
    assert groups(run("Dynamic Prompts v2.17.1", True, "Fixed seed"), "a cat") == [2]


def test_where_it_changes_blanks_a_prompt_with_such_blanks_is_a_template(webui: Any, monkeypatch: Any) -> None:
    from modules import shared

    p = run("Dynamic Prompts v2.17.1", True)
    assert groups(p, "a  cat") == [2]
    monkeypatch.setitem(shared.opts.data, "dp_ignore_whitespace", True)
    assert groups(p, "a  cat") == [1, 1]
    assert groups(p, "a cat") == [2]


def test_a_run_of_which_it_makes_many_pictures_is_refused(webui: Any) -> None:
    many = "Combinatorial generation"
    with pytest.raises(PureNegativeError, match=f"{many} makes many pictures of one prompt"):
        drawn_prompts.check(run("Dynamic Prompts v2.17.1", True, many))
    for p in (run("Dynamic Prompts v2.17.1", False, many), run("Dynamic Prompts v2.17.1", True), run("Other", True)):
        drawn_prompts.check(p)


def test_templates_that_are_left_are_known(webui: Any) -> None:
    texts = {"all_prompts": ["a {b|c}", "a d"], "all_negative_prompts": ["__x__", "__x__"]}
    assert drawn_prompts.left(run("Dynamic Prompts v2.17.1", True, **texts)) == ["a {b|c}", "__x__"]
    assert drawn_prompts.left(run("Dynamic Prompts v2.17.1", False, **texts)) == []


@pytest.mark.parametrize(
    ("prompt", "negative", "axes", "wanted"),
    [
        ("a cat, (red:-1.2)", "", "W: 6[, 0.9", [2]),
        ("a cat, (red:-1.2)", "", "W: 6[, 0.9; S/R: cat, dog", [4]),
        ("a cat, (red:-1.2)", "", "W: 6[, 0.9; S/R: red, blue", [2, 2]),
        ("a cat, (red:-1.2)", "", "W: 6[, 0.9; S/R: 1.2, 0.8", [2, 2]),
        ("a cat", "(red:-1.2), old", "W: 6[, 0.9; S/R: old, new", [4]),
        ("a cat", "(red:-1.2), old", "W: 6[, 0.9; S/R: red, blue", [2, 2]),
        ("a cat", "[(red:-1.2):old:0.5]", "W: 6[, 0.9", [1, 1]),
        ("a cat, (red:1.2)", "", "W: 6[, 0.9; S/R: red, blue", [4]),
    ],
)
def test_negative_weights_are_shared_by_a_batch(
    webui: Any, prompt: str, negative: str, axes: str, wanted: list[int]
) -> None:
    assert groups(run("NegPiP", True), prompt, axes, negative) == wanted
    assert groups(run("NegPiP", False), prompt, axes, negative) == [sum(wanted)]


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


@pytest.mark.parametrize("name", ["Dynamic Prompts", "NegPiP", "CADS"])
def test_other_webuis_would_draw_without_it(webui: Any, name: str) -> None:
    off = {"subseed_strength": 0, "tiling": False, "restore_faces": False, "refiner_checkpoint": None}
    cells = cells_of("a {red|blue} cat")
    p = run(name, True, **off)
    with pytest.raises(PureNegativeError, match=f"other WebUIs draw without {name}; turn off one of the two"):
        others.team(p, WebuiRenderer(p, cells), lambda: False)
    p = run(name, False, **off)
    with pytest.raises(PureNegativeError, match="no other WebUI is named"):
        others.team(p, WebuiRenderer(p, cells), lambda: False)
