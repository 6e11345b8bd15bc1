"""The API's arguments: one dict, its JSON, or positional values; and what becomes of wrong ones."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative import options
from pure_negative.panel import values
from pure_negative.planning import choices, plan
from tests.standin import driver
from tests.strategies import hostile_value

SMALL = {"size": "64x64", "steps": 3}
TAIL = ["nai", "0.5", "bad, low", "whole", "weight", False, "after", False, "64x64", "", "9", 1.0, "3", "Euler a"]


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.json()
    return str(json.loads(answer.json()["info"])["infotexts"][0])


def made_of(webui: driver.WebUI, ours: list[Any], **fields: Any) -> Any:
    return driver.ran(webui, ours, **fields)


def test_a_dict_means_ticked(webui: driver.WebUI) -> None:
    text = text_of(webui.txt2img(ours=[{**SMALL, "preset": "nai", "w": 0.9}]))
    assert "(bad:0.9), " in text
    assert "Steps: 3, " in text
    assert "Pure negative" not in text_of(webui.txt2img(ours=[{**SMALL, "enabled": False}]))


def test_a_dict_may_come_as_json(webui: driver.WebUI) -> None:
    entries = {**SMALL, "w": 0.9}
    assert text_of(webui.txt2img(ours=[json.dumps(entries)])) == text_of(webui.txt2img(ours=[entries]))
    assert text_of(webui.txt2img(ours=["  " + json.dumps(entries)])) == text_of(webui.txt2img(ours=[entries]))


def test_json_of_any_length_is_not_even_parsed(webui: driver.WebUI) -> None:
    answer = webui.txt2img(ours=['{"preset": "nai"' + " " * 200_000 + "}"])
    assert answer.status_code == 422
    assert "characters of JSON are too many" in answer.json()["detail"]


def test_every_key_of_the_command_line_is_a_key_here(webui: driver.WebUI) -> None:
    given_ = {
        **{
            "preset": "nai",
            "w": "0.5",
            "words": ["bad", "low"],
            "scope": "whole",
            "notation": "weight",
            "spaces": True,
        },
        **{"join": "after", "prompt": "car, house", "ladder": True, "size": "64x128", "size_rule": "closest", "cfg": 9},
        **{"steps": "4", "sampler": "Euler a", "scheduler": "Karras", "clip_skip": 1, "emphasis": "No norm", "seed": 3},
        **{"leave": ["clip_skip"]},
    }
    text = text_of(webui.txt2img(ours=[given_]))
    assert text.startswith("(car:1.0), (house:0.95)\nNegative prompt: (bad, low:0.5)\nSteps: 4, Sampler: Euler a, ")
    assert "Schedule type: Karras, CFG scale: 9, Seed: 3, Size: 64x128, " in text
    assert set(given_) <= set(options.readers_by_key())


def test_positional_arguments_are_the_panels_controls(webui: driver.WebUI) -> None:
    p = made_of(webui, [True, *TAIL], negative_prompt="typed")
    assert p.negative_prompt == "typed, (bad, low:0.5)"
    assert (p.width, p.height, p.cfg_scale, p.steps, p.sampler_name) == (64, 64, 9, 3, "Euler a")
    assert [control.value for control in webui.script.controls][1:] == values_when_untouched()


def values_when_untouched() -> list[Any]:
    shown = values.write(values.read([{"preset": "nai"}]))
    return [shown[name] for name in values.CONTROLS]


@pytest.mark.parametrize("count", range(1, len(TAIL) + 1))
def test_missing_ones_are_defaults(webui: driver.WebUI, count: int) -> None:
    answer = webui.txt2img(ours=[True, *TAIL[:count]], **{"alwayson_scripts": {}})
    assert answer.status_code == 200
    assert answer.json()["parameters"]["width"] == 64


def test_none_means_default_and_surplus_is_dropped(webui: driver.WebUI) -> None:
    nothing = [None] * len(values.CONTROLS)
    assert made_of(webui, [True, *nothing]).negative_prompt == plan.make(choices.read({})).words
    assert made_of(webui, [None, *nothing], negative_prompt="typed").negative_prompt == "typed"
    assert webui.txt2img(ours=[True, *TAIL, None, None, None, None, "surplus", {}]).status_code == 200
    assert "Pure negative" not in text_of(webui.txt2img(ours=[]))


@pytest.mark.parametrize(
    ("place", "value"),
    [("w", 0), ("w", 0.0), ("w", False), ("steps", 0), ("clip_skip", 0), ("cfg_factor", 0), ("words", 0), ("shape", 0)],
)
def test_a_zero_is_a_value_and_no_default(webui: driver.WebUI, place: str, value: Any) -> None:
    given_ = [value if name == place else None for name in values.CONTROLS]
    answer = webui.txt2img(ours=[True, *given_])
    if value is False:  # an unticked box, which any control may look like
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
        assert "is not allowed" in answer.json()["detail"]


def test_a_fixed_cfg_of_zero_is_used(webui: driver.WebUI) -> None:
    given_ = {"shape": "64x64", "steps": 3, "cfg": 0}
    assert made_of(webui, [True, *(given_.get(name) for name in values.CONTROLS)]).cfg_scale == 0


WRONG: list[Any] = [
    *({key: value} for key in options.readers_by_key() for value in ({}, [[]], {"a": {}}, "\x00", 10**400)),
    *({key: []} for key in options.readers_by_key() if key not in ("leave", "embeddings")),
    *({key: 1e999} for key in ("w", "cfg", "steps", "clip_skip", "seed")),
    *({"w": value} for value in (0, -1, "0,5", "nan", "1e-400", True, [0.5], "")),
    *({"brackets": value} for value in (1.5, "six", 10_000, "2[", "")),
    *({"size": value} for value in ("0x64", "64", "64x", "1000000x64", 64, [64, 64], "64x64x64")),
    *({"ratio": value} for value in ("16:9:4", "0:1", "1:1000", "a:b", "-1:1")),
    *({"words": value} for value in ("", " , ", "(bad:0.5)", "a#b", "BREAK", "<lora:x:1>", "x" * 300, ["a\nb"])),
    *({"preset": value} for value in ("../nai", "/etc/passwd", "nothing", "NAI", "nai.yaml", "a/b", "..", "x" * 5000)),
    *({"steps": value} for value in (0, -1, 1.5, 10**6, "many", True)),
    *({"leave": value} for value in ("everything", ["size", "nothing"], 5)),
    *({key: "sideways"} for key in ("join", "scope", "notation", "size_rule", "emphasis", "spaces", "ladder")),
    {"w": 1, "brackets": 2},
    {"cfg": 1, "cfg_factor": 2},
    {"ratio": "1:1", "size": "64x64"},
    {"enabled": "perhaps"},
    {"enabled": []},
    {"weight": 1},
    {"": 1},
    {"w" * 100_000: 1},
    {"x": {"y": [{"z": "deep"} for _ in range(100)]}},
    *("{", '{"w": 1', '{"w": }', '{"w": NaN}', "{" * 100_000, '{"preset": "x"} trailing'),
    *("perhaps", 2, -1, 0.5, [], [True], [[[]]], "x" * 100_000),
]


def test_two_hundred_wrong_bodies_are_answered_in_words_and_the_next_right_one_works(webui: driver.WebUI) -> None:
    """The count is in the issue; a body is right when the sentence is the answer."""
    assert len(WRONG) >= 200
    client, told = webui.client, []
    right = {"width": 64, "height": 64, "steps": 2, "alwayson_scripts": {driver.TITLE: {"args": [SMALL]}}}
    for number, wrong in enumerate(random.Random(0).sample(WRONG, len(WRONG))):
        body = json.dumps({**right, "alwayson_scripts": {driver.TITLE: {"args": [wrong]}}})
        answer = client.post("/sdapi/v1/txt2img", content=body.encode())
        assert (answer.status_code, answer.json().get("error")) == (422, "RefusedRunError"), wrong
        told.append(answer.json()["detail"])
        assert told[-1].endswith("."), wrong
        assert len(told[-1]) < 2000, wrong
        assert "\n" not in told[-1], wrong
        if number % 10 == 0:
            assert client.post("/sdapi/v1/txt2img", json=right).status_code == 200
    assert len(set(told)) > 100, "each is told in its own words"


@settings(max_examples=200)
@given(entries=hostile_value)
def test_any_first_argument_is_read_or_refused(entries: Any) -> None:
    from pure_negative.errors import PureNegativeError

    try:
        chosen = values.read([entries])
    except PureNegativeError as error:
        assert "\n" not in str(error)
    else:
        assert chosen is None or isinstance(chosen, choices.Choices)


@settings(max_examples=200)
@given(place=st.sampled_from(values.CONTROLS), given_=hostile_value)
def test_any_positional_argument_is_read_or_refused(place: str, given_: Any) -> None:
    from pure_negative.errors import PureNegativeError

    try:
        chosen = values.read([True, *(given_ if name == place else None for name in values.CONTROLS)])
    except PureNegativeError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(chosen, choices.Choices)


def test_a_wrong_shape_of_the_request_itself_is_the_webuis_own_to_answer(webui: driver.WebUI) -> None:
    for scripts in ({"Pure negative": []}, {"Pure negative": {"args": {}}}, {"Pure negative": None}, []):
        answer = webui.client.post("/sdapi/v1/txt2img", json={"alwayson_scripts": scripts, "width": 64, "height": 64})
        assert answer.status_code in (200, 422, 500)
        assert webui.txt2img(ours=[SMALL]).status_code == 200
