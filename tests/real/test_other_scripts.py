"""The WebUI's own scripts under the tick: each picture as the script alone would make it, but for our words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from pure_negative.planning import infotext, plan
from pure_negative.planning.choices import read
from tests.real.pictures import difference
from tests.real.server import Server, picture

PANEL = {"size": "64x64", "steps": 3, "cfg": 5, "sampler": "Euler", "words": "bad, low", "clip_skip": 1}
WORDS = plan.make(read(PANEL)).words
TAB = {"steps": 4, "cfg_scale": 9, "width": 128, "height": 192, "sampler_name": "DPM++ 2M", "scheduler": "Automatic"}
PLANNED: dict[str, Any] = {
    **{"steps": 3, "cfg_scale": 5, "width": 64, "height": 64, "sampler_name": "Euler", "scheduler": "Automatic"},
    "override_settings": {"CLIP_stop_at_last_layers": 1},
}
"""What the plan of `PANEL` says to the API; hosts differ in their usual clip skip."""
FILE = "Prompts from file or textbox"
NOTES = "Pure negative notes"


def ran(webui: Server, title: str, script_args: list[Any], ours: Any = None, **fields: Any) -> dict[str, Any]:
    """What a script of the Script list answers: its pictures, and its `info`."""
    status, answer = webui.txt2img(ours, script_name=title, script_args=script_args, **fields)
    assert status == 200, answer
    return {"images": [picture(text) for text in answer["images"]], **json.loads(answer["info"])}


def from_file(webui: Server, lines: list[str], ours: Any = None, iterate: bool = False, **fields: Any) -> Any:
    return ran(webui, FILE, [iterate, False, "start", "\n".join(lines)], ours, **fields)


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and difference(one, other) == 0


def pairs(info: infotext.Infotext) -> dict[str, Any]:
    """The last line, whose CFG scale of 5 is a whole number to us and a fraction to the API."""
    return {**info.pairs, "CFG scale": float(info.pairs["CFG scale"])}


LINES = {
    "--prompt a cat --steps 6": {"steps": 6},
    "--prompt a cat --steps 4": {"steps": 4},
    "--prompt a cat --cfg_scale 2.5": {"cfg_scale": 2.5},
    "--prompt a cat --width 256": {"width": 256, "height": 192},
    "--prompt a cat --height 64 --width 64": {},
    '--prompt a cat --sampler_name "Euler a"': {"sampler_name": "Euler a"},
    '--steps 5 --cfg_scale 9 --width 128 --sampler_name "Heun" --prompt a cat': {
        **{"steps": 5, "cfg_scale": 9, "width": 128, "height": 192, "sampler_name": "Heun"}
    },
    "a cat": {},
}
"""A line of Prompts from file → what it makes of the plan's values."""


def test_prompts_from_file_with_values_of_their_own(webui: Server) -> None:
    made = from_file(webui, list(LINES), [PANEL], **TAB, negative_prompt="typed")
    assert len(made["images"]) == len(LINES)
    for image, text, (line, own) in zip(made["images"], made["infotexts"], LINES.items(), strict=True):
        wanted = {**PLANNED, **own}
        alone = from_file(webui, ["--prompt a cat"], **wanted, negative_prompt=WORDS)
        assert same(image, alone["images"][0]), line
        said, theirs = infotext.read(text), infotext.read(alone["infotexts"][0])
        assert (said.prompt, said.negative_prompt) == ("a cat", WORDS)
        assert {**pairs(said), infotext.FIELD: ""} == {**pairs(theirs), infotext.FIELD: ""}, line
        restored = infotext.restore(text)
        assert restored is not None
        again = restored.plan().request(5)
        assert (again.steps, again.cfg_scale) == (wanted["steps"], wanted["cfg_scale"])
        assert (again.width, again.height, again.sampler) == (*image.size, wanted["sampler_name"])
    assert len({image.tobytes() for image in made["images"]}) == len(LINES) - 1, "the two at 64x64 alone are alike"
    assert NOTES not in made["extra_generation_params"]


def test_prompts_from_file_with_negative_prompts_seeds_and_styles_of_their_own(webui: Server) -> None:
    lines = ["--prompt a cat --negative_prompt ugly", "--prompt a cat", "--prompt a cat --seed 11"]
    made = from_file(webui, lines, [PANEL], negative_prompt="grey")
    wanted = [(f"{WORDS}, ugly grey", 5), (WORDS, 5), (WORDS, 11)]
    for image, text, (negative, seed) in zip(made["images"], made["infotexts"], wanted, strict=True):
        assert infotext.read(text).negative_prompt == negative
        (alone,), _ = webui.pictures(prompt="a cat", negative_prompt=negative, **{**PLANNED, "seed": seed})
        assert same(image, alone)
    (line,) = made["extra_generation_params"][NOTES]
    assert "so the words go before it and don't replace it" in line


def test_prompts_from_file_count_on_from_a_seed_of_the_requests_dict(webui: Server) -> None:
    made = from_file(webui, ["a cat", "a cat"], [{**PANEL, "seed": 9, "prompt": "never"}], iterate=True)
    found = [infotext.read(text) for text in made["infotexts"]]
    assert [(each.pairs["Seed"], each.prompt) for each in found] == [("9", "a cat"), ("10", "a cat")]


@pytest.mark.parametrize(("put_at_start", "delimiter"), [(False, "comma"), (False, "space"), (True, "comma")])
def test_prompt_matrix_over_a_negative_prompt(webui: Server, put_at_start: bool, delimiter: str) -> None:
    arguments = [put_at_start, False, "negative", delimiter, 0]
    tab = {"batch_size": 2, "prompt": "a cat"}
    made = ran(webui, "Prompt matrix", arguments, [PANEL], negative_prompt="ugly|blurry|grey", **TAB, **tab)
    alone = ran(webui, "Prompt matrix", arguments, negative_prompt="ugly|blurry|grey", **PLANNED, **tab)
    assert len(made["images"]) == len(alone["images"]) == 5
    theirs = [infotext.read(text).negative_prompt for text in alone["infotexts"][1:]]
    found = [infotext.read(text).negative_prompt for text in made["infotexts"][1:]]
    assert found == [f"{WORDS}, {text}" for text in theirs]
    assert len({image.tobytes() for image in made["images"][1:]}) == 4
    for negative, image in zip(found, made["images"][1:], strict=True):
        (single,), _ = webui.pictures(prompt="a cat", negative_prompt=negative, **PLANNED)
        assert difference(image, single) <= 1
    assert len(made["extra_generation_params"][NOTES]) == 1


def test_prompt_matrix_with_our_words_typed_is_the_same(webui: Server) -> None:
    arguments = [False, True, "negative", "comma", 0]
    made = ran(webui, "Prompt matrix", arguments, [{**PANEL, "seed": 7}], negative_prompt="ugly|blurry", **TAB)
    alone = ran(webui, "Prompt matrix", arguments, negative_prompt=f"{WORDS}, ugly|blurry", **{**PLANNED, "seed": 7})
    assert made["all_seeds"] == alone["all_seeds"] == [7, 8]
    assert all(same(one, other) for one, other in zip(made["images"][1:], alone["images"][1:], strict=True))


def test_prompt_matrix_over_the_prompt(webui: Server) -> None:
    arguments = [False, False, "positive", "comma", 0]
    made = ran(webui, "Prompt matrix", arguments, [PANEL], prompt="a cat|red", negative_prompt="typed", **TAB)
    alone = ran(webui, "Prompt matrix", arguments, prompt="a cat|red", negative_prompt=WORDS, **PLANNED)
    assert all(same(one, other) for one, other in zip(made["images"], alone["images"], strict=True))
    assert made["all_prompts"] == ["a cat", "a cat, red"]


def plot(webui: Server, axes: list[tuple[str, str]], ours: Any = None, **fields: Any) -> dict[str, Any]:
    return ran(webui, "X/Y/Z plot", webui.plot_args(axes), ours, **fields)


def test_search_and_replace_over_a_negative_prompt(webui: Server) -> None:
    axes = [("Prompt S/R", "ugly, grey, blurry"), ("CFG Scale", "3, 5")]
    made = plot(webui, axes, [PANEL], negative_prompt="ugly, old", **TAB)
    alone = plot(webui, axes, negative_prompt=f"{WORDS}, ugly, old", **PLANNED)
    assert len(made["images"]) == len(alone["images"])
    cells = len(made["infotexts"]) - made["index_of_first_image"]
    for one, other in zip(made["images"][-cells:], alone["images"][-cells:], strict=True):
        assert same(one, other)
    negatives = {infotext.read(text).negative_prompt for text in made["infotexts"][-6:]}
    assert negatives == {f"{WORDS}, {each}, old" for each in ("ugly", "grey", "blurry")}


def test_search_and_replace_over_the_prompt_and_order(webui: Server) -> None:
    axes = [("Prompt S/R", "cat, dog"), ("Prompt order", "red, old")]
    made = plot(webui, axes, [{**PANEL, "prompt": "never"}], prompt="a red old cat", negative_prompt="typed", **TAB)
    found = [infotext.read(text) for text in made["infotexts"][-4:]]
    assert {each.negative_prompt for each in found} == {WORDS}
    assert {each.prompt for each in found} == {
        f"a {order} {each}" for order in ("red old", "old red") for each in ("cat", "dog")
    }


def test_the_plots_varied_seeds_hold_over_a_seed_of_the_requests_dict(webui: Server) -> None:
    args = webui.plot_args([("CFG Scale", "3, 5")])
    labels = [
        each["label"]
        for each in next(
            each
            for each in webui.get("/sdapi/v1/script-info")[1]
            if each["name"] == "x/y/z plot" and not each["is_img2img"]
        )["args"]
    ]
    args[labels.index("Vary seeds for X")] = True
    made = ran(webui, "X/Y/Z plot", args, [{**PANEL, "seed": 9}], **TAB)
    assert [infotext.read(text).pairs["Seed"] for text in made["infotexts"][-2:]] == ["9", "10"]


def test_a_line_that_cannot_be_planned_is_refused_in_words(webui: Server) -> None:
    body = {"script_name": FILE, "script_args": [False, False, "start", "a BREAK b"]}
    status, answer = webui.txt2img([{**PANEL, "ladder": True}], **body)
    assert status == 422
    assert "BREAK" in answer["detail"]
    assert webui.txt2img([PANEL])[0] == 200
