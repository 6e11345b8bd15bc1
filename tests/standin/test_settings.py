"""The settings page's entries, and what they change."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from modules import shared

from pure_negative import options
from pure_negative.planning import choices, plan
from pure_negative.preset import library
from pure_negative.rules import size
from pure_negative.webui.core import settings
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}
WORDS = plan.make(choices.read({})).words
KEYS = {settings.PRESET: library.DEFAULT, settings.JOIN: "replace", settings.SIZE_RULE: "aspect512"}


def test_the_entries_are_on_a_page_of_their_own_with_defaults(webui: driver.WebUI) -> None:
    for key, default in KEYS.items():
        info = shared.opts.data_labels[key]
        assert (info.default, info.section) == (default, settings.SECTION)
        assert default in info.component_args["choices"]
        assert getattr(shared.opts, key) == default
    offered = {key: shared.opts.data_labels[key].component_args["choices"] for key in KEYS}
    assert offered == {
        settings.PRESET: library.ids(),
        settings.JOIN: list(options.JOINS),
        settings.SIZE_RULE: list(size.RULES),
    }


def test_registering_again_keeps_what_was_set(webui: driver.WebUI) -> None:
    shared.opts.data[settings.JOIN] = "after"
    settings.register()
    assert shared.opts.data[settings.JOIN] == "after"


def test_they_hold_where_nobody_chose(webui: driver.WebUI) -> None:
    shared.opts.data |= {settings.JOIN: "after", settings.SIZE_RULE: "closest", settings.PRESET: "anything-v3"}
    p = driver.ran(webui, [{"steps": 3, "ratio": "4:3", "preset": "nai"}], negative_prompt="typed")
    assert p.negative_prompt == f"typed, {WORDS}"
    assert (p.width, p.height) == (576, 448)
    chosen = {"steps": 3, "ratio": "4:3", "preset": "nai", "join": "replace", "size_rule": "aspect512"}
    p = driver.ran(webui, [chosen], negative_prompt="typed")
    assert (p.negative_prompt, p.width, p.height) == (WORDS, 576, 384)
    p = driver.ran(webui, [SMALL])
    assert "preset=anything-v3" in p.extra_generation_params["Pure negative"]


def test_they_are_written_into_the_picture_so_that_others_restore_it(webui: driver.WebUI) -> None:
    shared.opts.data[settings.JOIN] = "after"
    p = driver.ran(webui, [SMALL], negative_prompt="typed")
    assert "join=after" in p.extra_generation_params["Pure negative"]


@pytest.mark.parametrize("broken", ["sideways", "", None, 5, ["after"], "AFTER"])
def test_a_stored_value_that_is_not_on_offer_counts_as_the_default(webui: driver.WebUI, broken: Any) -> None:
    shared.opts.data |= dict.fromkeys(KEYS, broken)
    p = driver.ran(webui, [{"steps": 3, "ratio": "1:1"}], negative_prompt="typed")
    assert (p.negative_prompt, p.width) == (WORDS, 512)
    assert p.extra_generation_params["Pure negative"] == "v1;preset=nai;w=0.564;ratio=1:1;steps=3".replace(":", "%3A")


def test_the_panel_says_what_an_empty_control_means(webui: driver.WebUI) -> None:
    def held() -> dict[str, str]:
        page = driver.Page(webui)
        page.fire("pure_negative_refresh")
        found = re.search(r'data-held="([^"]*)"', page["pure_negative_preview"])
        assert found
        return json.loads(html.unescape(found[1]))  # type: ignore[no-any-return]

    assert (held()["join"], held()["size_rule"]) == ("replace", "aspect512")
    shared.opts.data |= {settings.JOIN: "after", settings.SIZE_RULE: "closest"}
    assert (held()["join"], held()["size_rule"]) == ("after", "closest")


def test_before_the_page_is_built_the_defaults_hold(webui: driver.WebUI) -> None:
    for key in KEYS:
        del shared.opts.data_labels[key]
        del shared.opts.data[key]
    assert settings.preset() == library.DEFAULT
    assert settings.filled(choices.Choices()) == choices.Choices()
