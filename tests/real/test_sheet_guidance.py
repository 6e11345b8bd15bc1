"""A sheet's CFG scale per picture where the host's own scripts change the guidance too."""

from __future__ import annotations

import json

import pytest

from tests.real import hosts, sheets
from tests.real.pictures import difference
from tests.real.server import Server
from tests.real.sheets import SMALL
from tests.real.test_sheet import FOUR, HIRES, W_BY_CFG

GUIDANCE = hosts.here().guidance


def one_and_all() -> list[tuple[str, ...]]:
    return [*((name,) for name in GUIDANCE), tuple(GUIDANCE)]


@pytest.mark.parametrize("scripts", one_and_all() or [()], ids=" and ".join)
@pytest.mark.parametrize("sampler", ["Euler", "Euler a", "DPM++ 2M"])
def test_beside_the_hosts_own_guidance(webui: Server, sampler: str, scripts: tuple[str, ...]) -> None:
    panel = {**SMALL, "steps": 2, "sampler": sampler}
    fields = {"alwayson_scripts": {name: GUIDANCE[name] for name in scripts}}
    if len(scripts) > 1:
        fields |= HIRES
    plain = webui.txt2img(negative_prompt="ugly")[1]
    made = sheets.make(webui, W_BY_CFG, panel, **fields)
    again = webui.txt2img(negative_prompt="ugly")[1]
    assert again["images"] == plain["images"]
    assert json.loads(again["info"])["infotexts"] == json.loads(plain["info"])["infotexts"]
    sheets.check(webui, made, FOUR, panel, **fields)
    (without,), _ = webui.pictures([{**panel, **FOUR[0]}], **(HIRES if len(scripts) > 1 else {}))
    assert difference(made.cells[0], without) > 1


@pytest.mark.parametrize("setting", hosts.here().guidance_settings or [""])
def test_beside_the_hosts_own_settings_of_guidance(webui: Server, setting: str) -> None:
    if not setting:
        pytest.skip(f"NOT ON {hosts.here().name}: it has no such settings beside those of test_sheet.py")
    panel = {**SMALL, "steps": 4}
    (without,), _ = webui.pictures([{**panel, **FOUR[0]}])
    with sheets.options(webui, **{setting: hosts.here().guidance_settings[setting]}):
        made = sheets.make(webui, W_BY_CFG, panel)
        sheets.check(webui, made, FOUR, panel)
    assert difference(made.cells[0], without) > 1
    (again,), _ = webui.pictures([{**panel, **FOUR[0]}])
    assert difference(again, without) == 0
