"""The tick through the real WebUI's API."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import pytest

from pure_negative.planning import choices, infotext, plan
from tests.real import hosts
from tests.real.pictures import difference
from tests.real.server import Server, picture

NEGATIVE = plan.make(choices.read({})).words
SMALL = {"size": "64x64", "steps": 3}


def negatives(texts: list[str]) -> list[str]:
    return [infotext.read(text).negative_prompt for text in texts]


def test_off_is_byte_identical_to_the_webui_without_the_extension(webui: Server, bare: Server) -> None:
    for fields in ({"negative_prompt": "ugly"}, {"prompt": "a cat", "batch_size": 2, "sampler_name": "DPM++ 2M"}):
        ours, theirs = webui.txt2img(**fields), bare.txt2img(**fields)
        assert ours[1]["images"] == theirs[1]["images"]
        assert json.loads(ours[1]["info"])["infotexts"] == json.loads(theirs[1]["info"])["infotexts"]
    off = webui.txt2img([False], negative_prompt="ugly")
    assert off[1]["images"] == bare.txt2img(negative_prompt="ugly")[1]["images"]


@pytest.mark.parametrize(
    "entries",
    [
        {"w": 0.564, "size": "64x64", "steps": 6},
        {"preset": "anything-v3", "size": "64x128", "steps": 5, "sampler": "Euler a"},
        {"w": "1e-16", "words": "bad, astolfo_(fate)", "size": "64x64", "steps": 4, "sampler": "DPM++ 2M", "cfg": 24},
        {"brackets": -2, "notation": "bracket", "scope": "whole", "size": "64x64", "steps": 4, "prompt": "car, house"},
    ],
)
def test_a_ticked_run_is_the_stand_alone_picture(webui: Server, entries: dict[str, Any]) -> None:
    made = plan.make(choices.read(entries))
    engine = hosts.here().engine()
    alone = engine.render([made.request(5)])[0]
    # The WebUI's default source, GPU, is written as nothing, and on this machine it is the processor's.
    model = dataclasses.replace(engine.model, noise="")
    text = hosts.here().text(infotext.write(made.request(5), model, infotext.pack(made)))
    (image,), (info,) = webui.pictures([entries], steps=20, negative_prompt="typed and replaced")
    assert difference(image, alone) <= 1
    if always := hosts.here().always:
        made_text, own = infotext.read(info), infotext.read(text)
        assert (made_text.prompt, made_text.negative_prompt) == (own.prompt, own.negative_prompt)
        assert {**made_text.pairs, "Version": ""} == {**always, **own.pairs, "Version": ""}
    else:
        assert info.rpartition(", Version: ")[0] == text
    assert infotext.restore(info).plan() == dataclasses.replace(made, seed=5)  # type: ignore[union-attr]


def test_every_picture_of_a_job_has_the_right_negative(webui: Server) -> None:
    images, texts = webui.pictures([SMALL], n_iter=2, batch_size=3, prompt="a car", negative_prompt="ugly")
    assert len(images) >= 6
    assert set(negatives(texts)) == {NEGATIVE}
    _, texts = webui.pictures([{**SMALL, "join": "before"}], n_iter=2, batch_size=3, negative_prompt="ugly")
    assert set(negatives(texts)) == {f"{NEGATIVE}, ugly"}
    _, texts = webui.pictures([{**SMALL, "join": "after"}], negative_prompt=f"ugly, {NEGATIVE}")
    assert negatives(texts) == [f"ugly, {NEGATIVE}"]


def test_styles_stay_beside_the_words(webui: Server) -> None:
    (webui.data / "styles.csv").write_text("name,prompt,negative_prompt\nplain,drawing of {prompt},style words\n")
    webui.post("/sdapi/v1/refresh-checkpoints", {})
    status, _ = webui.get("/sdapi/v1/prompt-styles")
    assert status == 200
    _, texts = webui.pictures([SMALL], prompt="a car", styles=["plain"])
    found = infotext.read(texts[0])
    assert found.negative_prompt.startswith(NEGATIVE)


def test_the_hires_pass_gets_the_words_too(webui: Server) -> None:
    hires = {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.7, "hr_upscaler": hosts.here().upscaler}
    _, plain = webui.pictures([SMALL], **hires)
    assert negatives(plain) == [NEGATIVE]
    assert "Hires negative prompt" not in infotext.read(plain[0]).pairs
    _, typed = webui.pictures([{**SMALL, "join": "before"}], negative_prompt="a", hr_negative_prompt="blurry", **hires)
    assert infotext.read(typed[0]).pairs["Hires negative prompt"] == f"{NEGATIVE}, blurry"


def test_neighbours_that_rewrite_and_detail(webui: Server) -> None:
    _, texts = webui.pictures([SMALL], prompt="__animal__", n_iter=2, batch_size=3)
    assert {infotext.read(text).prompt for text in texts} >= {"cat", "dog", "fox"}
    assert set(negatives(texts)) <= {f"{NEGATIVE}, rewritten", NEGATIVE}
    assert f"{NEGATIVE}, rewritten" in negatives(texts)
    _, texts = webui.pictures([SMALL], prompt="detail me", batch_size=2)
    for text in texts:
        found = infotext.read(text)
        assert found.negative_prompt == NEGATIVE
        assert found.pairs.get("Neighbour negative", NEGATIVE) == NEGATIVE
        assert found.pairs.get("Neighbour size", "128 by 64") == "128 by 64"
        assert found.pairs.get("Neighbour CFG scale", "3") == "3"
    assert "Neighbour size" in infotext.read(texts[-1]).pairs


def test_nothing_leaks_on_a_fresh_install(webui: Server) -> None:
    before = webui.get("/sdapi/v1/options")[1]
    plain = webui.txt2img(negative_prompt="ugly")[1]["images"]
    webui.pictures([{**SMALL, "clip_skip": 2, "emphasis": "No norm"}])
    webui.txt2img([{**SMALL, "clip_skip": 2, "w": -1}])
    assert webui.get("/sdapi/v1/options")[1] == before
    assert webui.txt2img(negative_prompt="ugly")[1]["images"] == plain


def test_a_checkpoint_without_a_negative_prompt_is_left_alone(webui: Server) -> None:
    webui.pictures(steps=1)  # the host loads its checkpoint with its first run
    fields = {"prompt": "distilled", "negative_prompt": "ugly"}
    plain, ticked = webui.txt2img(**fields)[1], webui.txt2img([SMALL], **fields)[1]
    assert ticked["images"] == plain["images"]
    assert json.loads(ticked["info"])["infotexts"] == json.loads(plain["info"])["infotexts"]
    _, (text,) = webui.pictures([SMALL], negative_prompt="ugly")
    assert negatives([text]) == [NEGATIVE]


def test_what_can_be_left_to_the_tab_is(webui: Server) -> None:
    entries = {"w": 0.9, "leave": "size, cfg, steps, sampler, clip_skip"}
    _, (text,) = webui.pictures([entries], cfg_scale=3, steps=4, sampler_name="Euler a", width=64, height=128)
    found = infotext.read(text).pairs
    assert (found["CFG scale"], found["Steps"], found["Sampler"], found["Size"]) == ("3.0", "4", "Euler a", "64x128")
    assert ("Clip skip" in found) == ("Clip skip" in hosts.here().always)


def test_steps_above_the_sliders_end(webui: Server) -> None:
    _, (text,) = webui.pictures([{"size": "64x64", "steps": 152}])
    assert infotext.read(text).pairs["Steps"] == "152"


def plot(webui: Server, axes: list[tuple[str, str]], args: list[Any], **fields: Any) -> tuple[int, Any]:
    return webui.txt2img(args, script_name="X/Y/Z plot", script_args=webui.plot_args(axes), **fields)


@pytest.mark.parametrize("enabled", [True, False])
def test_each_cell_of_an_xyz_plot_is_its_single_run(webui: Server, enabled: bool) -> None:
    axes = [("[Pure negative] W", "6[, 0.9"), ("[Pure negative] CFG ×", "1-2 (+1)")]
    status, answer = plot(webui, axes, [{**SMALL, "enabled": enabled}])
    assert status == 200, answer
    texts = json.loads(answer["info"])["infotexts"][1:]
    cells = [({"brackets": -6}, 1), ({"w": 0.9}, 1), ({"brackets": -6}, 2), ({"w": 0.9}, 2)]
    for (weight, factor), encoded, text in zip(cells, answer["images"][1:], texts, strict=True):
        (image,), (info,) = webui.pictures([{**SMALL, **weight, "cfg_factor": factor}])
        assert difference(image, picture(encoded)) == 0
        assert info == text


def test_the_plots_own_axes_hold_over_the_plan(webui: Server) -> None:
    axes = [("CFG Scale", "3, 9"), ("Sampler", "Euler, Euler a")]
    sizes = ("64x64", "64x128") if hosts.here().size_axis else ("64x64",)
    if hosts.here().size_axis:
        axes.append(("Size", ", ".join(sizes)))
    status, answer = plot(webui, axes, [{**SMALL, "cfg": 5}])
    assert status == 200, answer
    cells = 4 * len(sizes)
    found = [infotext.read(text).pairs for text in json.loads(answer["info"])["infotexts"][-cells:]]
    said = {(pairs["CFG scale"], pairs["Size"], pairs["Sampler"], pairs["Steps"]) for pairs in found}
    assert said == set(itertools.product(("3.0", "9.0"), sizes, ("Euler", "Euler a"), ("3",)))
    assert len(set(answer["images"][-cells:])) == cells


def test_the_other_axes_and_what_they_refuse(webui: Server) -> None:
    axes = [("[Pure negative] Size", "1:2, 64x64"), ("[Pure negative] Words", '"bad, low", worst')]
    status, answer = plot(webui, axes, [{"enabled": False, "steps": 1, "size_rule": "closest"}], steps=1)
    assert status == 200, answer
    found = [infotext.read(text) for text in json.loads(answer["info"])["infotexts"][1:]]
    assert [info.pairs["Size"] for info in found] == ["320x704", "64x64"] * 2
    assert found[0].negative_prompt == "(bad:0.564), (low:0.564)"
    status, answer = plot(webui, [("[Pure negative] Preset", "nai, anything-v3")], [{**SMALL}])
    assert status == 200
    for bad in ("-1", "0", "nan", "abc"):
        status, answer = plot(webui, [("[Pure negative] W", f"0.9, {bad}")], [{**SMALL}])
        assert status == 422
        assert "W" in answer["detail"]


def test_a_wrong_panel_under_a_foreign_axis_makes_no_picture(webui: Server) -> None:
    status, answer = plot(webui, [("CFG Scale", "5, 6")], [{**SMALL, "w": -1}])
    assert status != 200 or not any(infotext.FIELD in text for text in json.loads(answer["info"])["infotexts"])


def test_the_infotext_field_of_a_request_restores_the_panel(webui: Server) -> None:
    _, (text,) = webui.pictures([{**SMALL, "w": 0.9, "words": "bad, low"}])
    status, answer = webui.post("/sdapi/v1/txt2img", {"infotext": text})
    assert status == 200, answer
    again = json.loads(answer["info"])["infotexts"][0]
    assert again == text
    assert answer["images"] == webui.txt2img([{**SMALL, "w": 0.9, "words": "bad, low"}])[1]["images"]


def wrong_bodies() -> list[Any]:
    values: list[Any] = [
        None,
        "",
        "x",
        -1,
        0,
        1e400,
        10**17,
        True,
        [],
        {},
        [[[]]],
        {"a": {"b": []}},
        "9" * 5000,
        "\x00",
    ]
    keys = ["w", "size", "ratio", "cfg", "steps", "words", "preset", "scope", "notation", "clip_skip", "seed", "leave"]
    bodies = [{key: value} for key in keys for value in values if value is not None]
    bodies += [{"w": 1, "brackets": 2}, {"size": "64x64", "ratio": "1:1"}, {"nonsense": 1}, {"preset": "../x.yaml"}]
    bodies += [{"enabled": "perhaps"}, "{broken json", "perhaps", 7, [1, 2], {"words": "a\nb"}, {"words": "BREAK"}]
    bodies += [{"words": "<lora:x:1>"}, {"words": "#"}, {"prompt": "a\nNegative prompt: b"}, {"join": "beside"}]
    depth: Any = []
    for _ in range(80):
        depth = [depth]
    return [*bodies, {"w": depth}, {"size": "999999x64"}, {"steps": 100_000}, {"w": "1e-999"}, {"w": "0"}][:220]


def test_two_hundred_wrong_bodies_are_answered_in_words(webui: Server) -> None:
    refused = 0
    for body in wrong_bodies():
        args = [{**SMALL, "steps": 1, **body}] if isinstance(body, dict) else [body]
        if isinstance(body, dict) and ("ratio" in body and body.get("ratio") is not None):
            args[0].pop("size", None) if "size" not in body else None
        status, answer = webui.txt2img(args)
        if status != 200:
            assert status == 422, (body, answer)
            sentence = answer["detail"] if isinstance(answer, dict) else answer
            assert sentence, body
            refused += 1
    assert refused > 150
    images, _ = webui.pictures([SMALL])
    assert len(images) == 1


def test_routes(webui: Server) -> None:
    status, answer = webui.get("/pure-negative/v1/presets")
    assert status == 200
    assert {"nai", "anything-v3"} <= {entry["id"] for entry in answer["presets"]}
    assert "lowres" in webui.get("/pure-negative/v1/presets/nai")[1]["text"]
    assert webui.get("/pure-negative/v1/presets/..%2F..%2FREADME.md")[0] == 404
    status, answer = webui.post("/pure-negative/v1/plan", {"preset": "nai", "ratio": "4:3"})
    assert (status, answer["request"]["width"], answer["request"]["height"]) == (200, 576, 384)
    assert webui.post("/pure-negative/v1/plan", {"w": "<script>"})[0] == 422
    assert webui.post("/pure-negative/v1/plan", b"x" * 200_000)[0] == 422
    assert webui.post("/pure-negative/v1/plan", b"[")[0] == 422


def test_start_up_is_quick_to_say_what_it_costs(webui: Server) -> None:
    status, profile = webui.get("/internal/profile-startup")
    assert status == 200
    ours = [value for key, value in profile["records"].items() if "pure_negative" in key]
    assert ours, "our script file is named in the WebUI's start-up profile"
