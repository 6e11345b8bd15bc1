"""The yield run in the Script list: what it refuses and what its controls do; pictures need the real WebUI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative.errors import PureNegativeError
from pure_negative.planning.choices import read as choose
from pure_negative.planning.plan import Tab
from pure_negative.sheet import store
from pure_negative.webui import names
from pure_negative.webui.sheet import run as sheet_run
from pure_negative.webui.yields import controls as yield_controls
from pure_negative.yields.db.store import Judgements
from tests.standin import driver
from tests.yields import making


@pytest.fixture
def script(webui: driver.WebUI) -> Any:
    return driver.script_titled(webui.runner, names.YIELD)


@pytest.fixture
def judgements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judgements]:
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path / "data"))
    with Judgements() as found:
        yield found


def post(webui: driver.WebUI, *args: Any) -> Any:
    body = {"width": 64, "height": 64, "steps": 1, "script_name": names.YIELD, "script_args": list(args)}
    return webui.client.post("/sdapi/v1/txt2img", json=body)


def test_the_script_is_in_the_txt2img_list_alone(webui: driver.WebUI) -> None:
    from modules import scripts

    assert names.YIELD in [each.title() for each in webui.runner.selectable_scripts]
    assert names.YIELD not in [each.title() for each in scripts.scripts_img2img.scripts]


def test_untouched_controls_ask_for_twenty_pictures_from_the_tabs_seed_on(script: Any) -> None:
    assert all(control.do_not_save_to_config for control in script.controls)
    wanted = yield_controls.read([control.value for control in script.controls])
    sheet = wanted.sheet(choose({"w": 0.9, "steps": 7}), Tab(seed=100))
    assert [cell.plan.seed for cell in sheet.cells] == list(range(100, 120))
    assert {(cell.plan.steps, cell.plan.size.width) for cell in sheet.cells} == {(7, 512)}


def test_a_level_brings_its_steps_and_the_first_its_pictures_also_where_steps_are_left_to_the_tab() -> None:
    for level in (1, "1", "1: 48 steps"):
        sheet = yield_controls.read([{"level": level}]).sheet(choose({"leave": "steps"}), Tab(seed=5, steps=20))
        assert (len(sheet.cells), {cell.plan.steps for cell in sheet.cells}) == (256, {48})
    sheet = yield_controls.read([{"level": 3, "seeds": "7, 3, 7"}]).sheet(choose({}), Tab(seed=5))
    assert [(cell.plan.seed, cell.plan.steps) for cell in sheet.cells] == [(7, 512), (3, 512)]


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"count": 0}, "count: 0 is not allowed"),
        ({"count": "many"}, "count: 'many' is not allowed"),
        ({"seeds": "one"}, "seeds"),
        ({"seeds": "-1"}, "seeds"),
        ({"seeds": ["3"]}, "give a text"),
        ({"level": 5}, "level: 5 is not allowed"),
        ({"batch": 1000}, "batch: 1000 is not allowed"),
        ({"resume": "../elsewhere"}, "the name of a yield's folder"),
        ({"resume": "sheet-0001"}, "the name of a yield's folder"),
        ({"resume": "yield-1/../.."}, "the name of a yield's folder"),
        ({"rows": 3}, "'rows' is not a key"),
        ("{", "is not readable JSON"),
    ],
)
def test_a_wrong_run_is_refused_in_words(webui: driver.WebUI, first: Any, told: str) -> None:
    for given in (first, json.dumps(first) if isinstance(first, dict) else first):
        answer = post(webui, given)
        assert answer.status_code == 422, answer.json()
        assert told in answer.json()["detail"]
        assert "\n" not in answer.json()["detail"]
    assert webui.txt2img(ours=[{"size": "64x64", "steps": 2}]).status_code == 200


def test_the_gallerys_upscale_button_is_no_run(script: Any) -> None:
    p = driver.request()
    p.txt2img_upscale = True
    assert script.run(p) is None


def test_the_marked_seeds_and_the_next_level_come_at_a_click(
    webui: driver.WebUI, judgements: Judgements, tmp_path: Path
) -> None:
    page = driver.Page(webui)
    page["pure_negative_yield_seeds"] = "1, 2"
    page.fire("pure_negative_yield_take")
    assert "no seeds are marked yet" in page["pure_negative_yield_told"]
    assert page["pure_negative_yield_seeds"] == "1, 2"
    run = making.opened(judgements, making.run_of(tmp_path, 5, steps=48))
    for entry in judgements.entries(run.id)[1:3]:
        judgements.mark("Ann", entry.key, True)
    page.fire("pure_negative_yield_take")
    assert page["pure_negative_yield_seeds"] == "2, 3"
    assert page["pure_negative_yield_level"] == "2: 256 steps"
    assert "2 seeds were marked in yield-0000" in page["pure_negative_yield_told"]


def test_the_first_level_asks_for_as_many_pictures_as_the_research(webui: driver.WebUI) -> None:
    page = driver.Page(webui)
    for level, count in (("1: 48 steps", 256), ("2: 256 steps", 20)):
        page["pure_negative_yield_level"] = level
        page.fire("pure_negative_yield_level", "input")
        assert page["pure_negative_yield_count"] == count
    page["pure_negative_yield_count"], page["pure_negative_yield_level"] = 30, "1: 48 steps"
    page.fire("pure_negative_yield_level", "input")
    assert page["pure_negative_yield_count"] == 30


@pytest.mark.parametrize("seed", [-(2**63), -5, 2**53 + 1, 6687881544318117707, 2**64 - 2])
def test_a_run_goes_from_whatever_seed_the_tab_has(webui: driver.WebUI, tmp_path: Path, seed: int) -> None:
    found = begun(webui, tmp_path, {"count": 2}, seed=seed)
    assert [cell.plan.seed for cell in found.sheet.cells] == [seed, seed + 1]
    assert store.find(found.path).sheet == found.sheet


def test_counted_up_past_minus_one_no_seed_is_random(webui: driver.WebUI, tmp_path: Path) -> None:
    for given, fields in (({}, {"seed": -2}), ({"seed": -2}, {"seed": 5})):
        found = begun(webui, tmp_path, {"count": 3}, given, **fields)
        assert [cell.plan.seed for cell in found.sheet.cells] == [-2, 2**64 - 1, 0]


def test_minus_one_is_a_random_one_wherever_it_is_said(webui: driver.WebUI, tmp_path: Path) -> None:
    for given, fields in (({}, {"seed": -1}), ({"seed": -1}, {"seed": 5}), ({}, {"seed": ""})):
        first, second = (cell.plan.seed for cell in begun(webui, tmp_path, {"count": 2}, given, **fields).sheet.cells)
        assert second == first + 1
        assert 100 < first < 2**32


@pytest.mark.parametrize(
    ("seed", "told"),
    [(2**64, "give a whole number from"), (-(2**63) - 1, "give a whole number from"), (2**64 - 1, "is too high for")],
)
def test_a_seed_that_torch_stops_at_is_refused_before_anything_is_made(
    webui: driver.WebUI, tmp_path: Path, seed: int, told: str
) -> None:
    with pytest.raises(PureNegativeError, match=f"^seed: .*{told}"):
        begun(webui, tmp_path, {"count": 2}, seed=seed)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_that_the_webuis_own_sum_leaves_no_room_for_is_refused(webui: driver.WebUI, tmp_path: Path) -> None:
    shift = {"override_settings": {"eta_noise_seed_delta": 31337}}
    with pytest.raises(PureNegativeError, match=r"^seed: .*eta_noise_seed_delta adds 31337 to 18446744073709551615"):
        begun(webui, tmp_path, {"count": 3}, seed=-2, **shift)
    assert len(begun(webui, tmp_path, {"count": 3}, seed=5, **shift).sheet.cells) == 3


@pytest.mark.parametrize("subseed", [-(2**63), -5, 0, 6687881544318117707, 2**64 - 1])
def test_a_run_goes_on_with_the_variation_seed_that_it_was_begun_with(
    webui: driver.WebUI, tmp_path: Path, subseed: int
) -> None:
    found = begun(webui, tmp_path, {"count": 2}, seed=-5, subseed=subseed, subseed_strength=0.5)
    p = driver.request(seed=7, subseed=1234567, subseed_strength=0.5)
    again = resumed(webui, p, tmp_path, found.path.name)
    assert (p.subseed, again.sheet) == (subseed, found.sheet)


def test_a_run_begun_without_a_variation_seed_is_not_gone_on_with_one(webui: driver.WebUI, tmp_path: Path) -> None:
    found = begun(webui, tmp_path, {"count": 2}, seed=3)
    with pytest.raises(PureNegativeError, match="started with subseed strength not set"):
        resumed(webui, driver.request(seed=3, subseed=1, subseed_strength=0.5), tmp_path, found.path.name)


def ready(webui: driver.WebUI, p: Any, ours: dict[str, Any]) -> Any:
    """A processing object that has its scripts, as when the chosen one is run."""
    from modules import shared

    p.styles, p.hr_scale, p.tiling, p.restore_faces = [], 2.0, False, False
    for name in ("eta", "s_min_uncond", "s_churn", "s_noise", "refiner_checkpoint", "refiner_switch_at"):
        if not hasattr(p, name):
            setattr(p, name, None)
    for name in ("seed_resize_from_h", "seed_resize_from_w"):
        if not hasattr(p, name):
            setattr(p, name, 0)
    p.is_api, p.scripts = True, webui.runner
    p.script_args = tuple(webui.args([{"size": "64x64", "steps": 2, "sampler": "Euler", **ours}]))
    assert shared.sd_model is not None
    return p


def begun(
    webui: driver.WebUI, place: Path, asked: dict[str, Any], ours: dict[str, Any] | None = None, **fields: Any
) -> Any:
    """The folder of a run that begins."""
    p = ready(webui, driver.request(**fields), ours or {})
    return sheet_run.opened(p, yield_controls.read([asked]), place)


def resumed(webui: driver.WebUI, p: Any, place: Path, name: str) -> Any:
    return sheet_run.opened(ready(webui, p, {}), yield_controls.read([{"resume": name}]), place)
