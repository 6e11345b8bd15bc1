"""The yield run in the Script list: what it refuses and what its controls do; pictures need the real WebUI."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pure_negative.planning.choices import read as choose
from pure_negative.planning.plan import Tab
from pure_negative.webui import names
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
    assert "nothing is marked yet" in page["pure_negative_yield_told"]
    assert page["pure_negative_yield_seeds"] == "1, 2"
    run = making.opened(judgements, making.run_of(tmp_path, 5, steps=48))
    for entry in judgements.entries(run.id)[1:3]:
        judgements.mark("Ann", entry.key, True)
    page.fire("pure_negative_yield_take")
    assert page["pure_negative_yield_seeds"] == "2, 3"
    assert page["pure_negative_yield_level"] == "2: 256 steps"
    assert "2 marked in yield-0000" in page["pure_negative_yield_told"]


def test_the_first_level_asks_for_as_many_pictures_as_the_research(webui: driver.WebUI) -> None:
    page = driver.Page(webui)
    for level, count in (("1: 48 steps", 256), ("2: 256 steps", 20)):
        page["pure_negative_yield_level"] = level
        page.fire("pure_negative_yield_level", "input")
        assert page["pure_negative_yield_count"] == count
    page["pure_negative_yield_count"], page["pure_negative_yield_level"] = 30, "1: 48 steps"
    page.fire("pure_negative_yield_level", "input")
    assert page["pure_negative_yield_count"] == 30
