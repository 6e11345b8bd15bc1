"""The sheet through the real WebUI's API: every cell is the single run of its values, whatever else is on."""

from __future__ import annotations

import itertools
import shutil
from typing import Any

import pytest

from pure_negative.planning import infotext
from pure_negative.sheet import axis
from tests.real import hosts, sheets
from tests.real.pictures import difference
from tests.real.server import Server
from tests.real.sheets import SMALL

LONG = ", ".join(f"word{number}" for number in range(40))
W_BY_CFG = {"x": "W: 6[, 0.9", "y": "CFG: 7, 3"}
FOUR = [{"brackets": -6, "cfg": 7}, {"w": 0.9, "cfg": 7}, {"brackets": -6, "cfg": 3}, {"w": 0.9, "cfg": 3}]
HIRES = {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.7, "hr_upscaler": hosts.here().upscaler}


def test_every_sampler_makes_each_cell_as_alone(webui: Server) -> None:
    samplers = [each["name"] for each in webui.get("/sdapi/v1/samplers")[1]]
    assert len(samplers) >= 20
    for name in hosts.here().samplers or samplers:
        panel = {"size": "64x64", "steps": 4, "sampler": name}
        sheets.check(webui, sheets.make(webui, W_BY_CFG, panel), FOUR, panel)


@pytest.mark.parametrize("sampler", ["Euler a", "DPM++ SDE", "DPM adaptive"])
def test_each_cell_has_its_own_seed(webui: Server, sampler: str) -> None:
    if sampler not in {each["name"] for each in webui.get("/sdapi/v1/samplers")[1]}:
        pytest.skip(f"NOT ON {hosts.here().name}: it has no {sampler}")
    panel = {**SMALL, "sampler": sampler}
    values = [{"seed": seed, "cfg": cfg} for cfg, seed in itertools.product((12.5, 1), (5, 77))]
    sheets.check(webui, sheets.make(webui, {"x": "seed: 5, 77", "y": "CFG: 12.5, 1"}, panel), values, panel)


@pytest.mark.parametrize(
    "settings",
    [
        {"s_min_uncond": 15.0},
        {"skip_early_cond": 0.4},
        {"s_min_uncond": 15.0, "s_min_uncond_all": True},
        {"batch_cond_uncond": False},
        {"pad_cond_uncond": True},
        {"emphasis": "No norm"},
        {"CLIP_stop_at_last_layers": 3},
    ],
)
def test_with_prompts_joined_by_and_under_settings(webui: Server, settings: dict[str, Any]) -> None:
    if not settings.keys() <= webui.get("/sdapi/v1/options")[1].keys():
        pytest.skip(f"NOT ON {hosts.here().name}: it has no such setting")
    panel = {**SMALL, "leave": "clip_skip"}
    with sheets.options(webui, **settings):
        prompt = f"a cat AND a dog :0.6 AND {LONG} :-0.2"
        made = sheets.make(webui, W_BY_CFG, panel, prompt=prompt)
        sheets.check(webui, made, FOUR, panel, prompt=prompt)
    for setting, key in {"s_min_uncond": "NGMS", "skip_early_cond": "Skip Early CFG"}.items():
        assert all((key in infotext.read(text).pairs) == (setting in settings) for text in made.texts)


@pytest.mark.parametrize("negative", ["", "blurry", f"blurry, {LONG}"])
def test_hires_fix(webui: Server, negative: str) -> None:
    panel = {**SMALL, "join": "before"}
    fields = {**HIRES, "hr_negative_prompt": negative, "hr_prompt": "a house", "negative_prompt": "typed"}
    made = sheets.make(webui, W_BY_CFG, panel, **fields)
    sheets.check(webui, made, FOUR, panel, **fields)
    for cell in made.cells:
        assert cell.size == (128, 128)
        assert cell.crop((0, 64, 128, 65)).tobytes() in made.drawn[0].tobytes(), "a row of it, as it is"
    assert "comments.py" not in webui.log.read_text(errors="replace")


def test_styles_clip_skip_emphasis_and_variation_seeds(webui: Server) -> None:
    (webui.data / "styles.csv").write_text(
        f'name,prompt,negative_prompt\nplain,drawing of {{prompt}},"style, {LONG}"\n'
    )
    assert webui.get("/sdapi/v1/prompt-styles")[0] == 200
    panel = {**SMALL, "clip_skip": 1, "emphasis": "No norm"}
    fields = {"styles": ["plain"], "prompt": "a car", "subseed": 3, "subseed_strength": 0.4}
    made = sheets.make(webui, W_BY_CFG, panel, **fields)
    sheets.check(webui, made, FOUR, panel, **fields)
    assert [made.info[key] for key in ("width", "height", "steps", "clip_skip")] == [64, 64, 3, 1]
    pairs = infotext.read(made.texts[0]).pairs
    assert (made.info["sd_model_hash"], made.info["sd_model_name"]) == (pairs["Model hash"], pairs["Model"])


def test_a_random_variation_seed_is_one_for_the_sheet(webui: Server) -> None:
    made = sheets.make(webui, W_BY_CFG, subseed_strength=0.5, seed=-1)
    found = {infotext.read(text).pairs["Variation seed"] for text in made.texts}
    seeds = {infotext.read(text).pairs["Seed"] for text in made.texts}
    assert (len(found), len(seeds)) == (1, 1)
    sheets.check(webui, made, FOUR, subseed_strength=0.5, seed=int(seeds.pop()), subseed=int(found.pop()))


def test_words_of_different_length_and_prompts_of_different_length(webui: Server) -> None:
    texts = ["bad, low", LONG]
    made = sheets.make(webui, {"x": f'words: "{texts[0]}", "{LONG}"', "y": f'prompt: a car, "{LONG}"'})
    values = [{"words": words, "prompt": prompt} for prompt, words in itertools.product(("a car", LONG), texts)]
    sheets.check(webui, made, values)


def test_a_negative_prompt_with_a_schedule(webui: Server) -> None:
    typed, panel = "[cat:dog:0.5], [red|blue]", {**SMALL, "join": "before"}
    for fields in ({}, HIRES):
        made = sheets.make(webui, W_BY_CFG, panel, negative_prompt=typed, **fields)
        assert all(typed in infotext.read(text).negative_prompt for text in made.texts)
        sheets.check(webui, made, FOUR, panel, negative_prompt=typed, **fields)


def test_axes_that_change_the_work(webui: Server) -> None:
    made = sheets.make(webui, {"x": "size: 64x64, 64x128", "y": "steps: 2, 4", "z": "sampler: Euler, DPM++ 2M"})
    values = [
        {"size": size, "steps": steps, "sampler": sampler}
        for sampler, steps, size in itertools.product(("Euler", "DPM++ 2M"), (2, 4), ("64x64", "64x128"))
    ]
    assert made.info["index_of_first_image"] == 4
    sheets.check(webui, made, values)


def test_presets_that_come_to_one_request_name_their_own(webui: Server) -> None:
    panel = {**SMALL, "w": 0.9, "cfg": 9, "words": "bad, low", "sampler": "Euler", "clip_skip": 2}
    made = sheets.make(webui, {"x": "preset: nai, anything-v3"}, panel)
    sheets.check(webui, made, [{"preset": "nai"}, {"preset": "anything-v3"}], panel)
    assert "preset=nai" in made.texts[0]
    assert "preset=anything-v3" in made.texts[1]


def test_a_neighbour_that_knows_one_negative_prompt_for_a_batch(webui: Server) -> None:
    made = sheets.make(webui, W_BY_CFG, prompt="one negative")
    assert [infotext.read(text).negative_prompt.partition(",")[0] for text in made.texts] == [
        "(bad:0.564)",
        "(bad:0.9)",
    ] * 2
    sheets.check(webui, made, FOUR, prompt="one negative")


def test_a_neighbour_sees_each_pictures_own_scale(webui: Server) -> None:
    made = sheets.make(webui, W_BY_CFG, prompt="detail me")
    assert [infotext.read(text).pairs["Neighbour scale"] for text in made.texts] == ["7.0", "7.0", "3.0", "3.0"]
    assert [infotext.read(text).pairs["CFG scale"] for text in made.texts] == ["7", "7", "3", "3"]


def test_the_refiner(webui: Server) -> None:
    from safetensors.torch import load_file, save_file

    models = webui.data / "models" / "Stable-diffusion"
    first = next(models.glob("*.safetensors"))
    weights = {name: tensor * 0.97 for name, tensor in load_file(first).items()}
    save_file(weights, models / "refining.safetensors")
    if first.with_suffix(".yaml").is_file():
        shutil.copy(first.with_suffix(".yaml"), models / "refining.yaml")
    webui.post("/sdapi/v1/refresh-checkpoints", {})
    panel = {**SMALL, "steps": 4}
    fields = {"refiner_checkpoint": "refining.safetensors", "refiner_switch_at": 0.5}
    try:
        webui.pictures([panel], **fields)  # its hash is known, and told in infotexts, once it was loaded
        made = sheets.make(webui, W_BY_CFG, panel, **fields)
        assert all("refining" in infotext.read(text).pairs["Refiner"] for text in made.texts)
        sheets.check(webui, made, FOUR, panel, **fields)
        (plain,), _ = webui.pictures([{**panel, **FOUR[0]}])
        assert difference(made.cells[0], plain) > 1
    finally:
        (models / "refining.safetensors").unlink()
        webui.post("/sdapi/v1/refresh-checkpoints", {})


def test_the_sheets_text_restores_it(webui: Server) -> None:
    entries = {"x": "W: 6[, 0.9", "y": 'words: "bad, low", worst', "z": "CFG ×: 1-2 (+1)"}
    made = sheets.make(webui, entries, {**SMALL, "preset": "anything-v3"})
    pairs = infotext.read(made.whole).pairs
    assert pairs["Script"] == sheets.TITLE
    again = {name: pairs[f"Sheet {name.upper()} axis"] for name in "xyz"}
    assert {name: axis.read(text) for name, text in again.items()} == {
        name: axis.read(text) for name, text in entries.items()
    }
    restored = infotext.restore(made.whole)
    assert restored is not None
    assert restored.choices.preset == "anything-v3"
    second = sheets.make(webui, again, {**SMALL, "preset": restored.choices.preset})
    assert second.texts == made.texts
    assert all(difference(one, other) == 0 for one, other in zip(made.cells, second.cells, strict=True))


def wrong() -> list[Any]:
    return [
        {},
        {"x": "W"},
        {"x": "W: -1"},
        {"x": "CFG: 1-1e9"},
        {"x": "W: 0.9", "y": "W: 0.8"},
        {"x": "CFG: 7", "y": "CFG ×: 1"},
        {"x": "sampler: Eulre"},
        {"x": "scheduler: Karas"},
        {"x": "preset: ../../secret.yaml"},
        {"x": "size: 0x0"},
        {"x": "seed: 1-101", "y": "steps: 1-101"},
        {"x": ["W"]},
        {"x": "W: 0.9", "batch": -1},
        {"x": "W: 0.9", "large": "somehow"},
        {"x": "W: 0.9", "nonsense": 1},
        {"x": "W: 0.9", "resume": "../sheet-0000"},
        {"x": "W: 0.9", "resume": "sheet-9999"},
        {"scan": "unknown"},
        "{broken",
    ]


def test_wrong_requests_are_answered_in_words_and_make_nothing(webui: Server) -> None:
    plain = webui.txt2img(negative_prompt="ugly")[1]["images"]
    before = sorted((webui.outputs).rglob("*"))
    for entries in wrong():
        status, answer = sheets.post(webui, entries, save_images=True)
        assert status == 422, (entries, answer)
        assert answer["detail"].strip(), entries
    assert sheets.post(webui, W_BY_CFG, {**SMALL, "w": -1})[0] == 422
    assert sorted((webui.outputs).rglob("*")) == before
    assert webui.txt2img(negative_prompt="ugly")[1]["images"] == plain
