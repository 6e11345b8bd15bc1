"""What there is of the extension in SD.Next: the tick through its API and on its Text tab."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pure_negative.planning import choices, infotext, plan
from tests.real import page
from tests.real.server import Server

SMALL = {"size": "64x64", "steps": 3}
MADE = plan.make(choices.read(SMALL))
OFF = {"negative_prompt": "ugly", "sampler_name": "Euler"}


def test_off_is_the_picture_without_the_extension(webui: Server, bare: Server) -> None:
    for fields in (OFF, {**OFF, "prompt": "a cat", "batch_size": 2}):
        ours, theirs = webui.txt2img(**fields)[1], bare.txt2img(**fields)[1]
        assert len(theirs["images"]) >= 1
        assert ours["images"] == theirs["images"]
        assert json.loads(ours["info"])["infotexts"] == json.loads(theirs["info"])["infotexts"]
        assert webui.txt2img([False], **fields)[1]["images"] == theirs["images"]


def test_a_ticked_run_is_the_plan_and_its_text_brings_the_choices_back(webui: Server) -> None:
    entries = {**SMALL, "w": 0.9, "cfg": 9, "sampler": "Euler a", "scheduler": "Karras", "clip_skip": 2}
    made = plan.make(choices.read(entries))
    (image,), (text,) = webui.pictures([entries], prompt="a cat", negative_prompt="typed and replaced")
    written = infotext.read(text)
    assert (written.prompt, written.negative_prompt) == ("a cat", made.negative_prompt)
    assert [written.pairs[key] for key in ("CFG scale", "Sampler", "Clip skip", "Sampler sigma")] == [
        *("9", "Euler a", "2", "karras")
    ]
    assert image.size == (64, 64)
    restored = infotext.restore(text)
    assert restored is not None
    assert restored.plan().negative_prompt == made.negative_prompt
    assert (restored.choices.strength, restored.choices.cfg) == (made.choices.strength, 9)


def test_w_and_the_cfg_scale_change_the_picture_as_typing_them_does(webui: Server) -> None:
    fields = {"prompt": "a cat", "sampler_name": "Euler", "clip_skip": MADE.clip_skip}
    (ticked,), _ = webui.pictures([SMALL], **fields)
    typed = {"negative_prompt": MADE.negative_prompt, "cfg_scale": MADE.cfg}
    (by_hand,), _ = webui.pictures(**fields, **typed)
    (weaker,), _ = webui.pictures([{**SMALL, "w": 0.1}], **fields)
    assert ticked.tobytes() == by_hand.tobytes() != weaker.tobytes()


def test_every_picture_of_a_job_has_the_words(webui: Server) -> None:
    _, texts = webui.pictures([{**SMALL, "join": "before"}], n_iter=2, batch_size=2, negative_prompt="ugly")
    negatives = [infotext.read(text).negative_prompt for text in texts]
    assert len(negatives) >= 4
    assert set(negatives) == {f"{MADE.words}, ugly"}


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [({"w": -1}, "W must be greater than 0"), ({"sampler": "none such"}, "sampler: 'none such' is not allowed")],
)
def test_a_refusal_is_an_answer_and_the_next_run_is_as_before(webui: Server, entries: Any, sentence: str) -> None:
    plain = webui.txt2img(**OFF)[1]["images"]
    status, answer = webui.txt2img([{**SMALL, **entries}], **OFF)
    assert status == 422
    assert sentence in answer["detail"]
    assert webui.get("/sdapi/v1/progress?skip_current_image=true")[1]["state"]["job"] == ""
    assert webui.txt2img(**OFF)[1]["images"] == plain


def test_nothing_of_a_run_stays_in_the_settings(webui: Server) -> None:
    webui.pictures(**OFF)
    before = webui.get("/sdapi/v1/options")[1]
    webui.pictures([{**SMALL, "clip_skip": 2, "emphasis": "No norm", "scheduler": "Karras"}])
    assert webui.get("/sdapi/v1/options")[1] == before


def test_its_routes_answer_and_the_console_names_what_is_lacking(webui: Server) -> None:
    assert "nai" in [each["id"] for each in webui.get("/pure-negative/v1/presets")[1]["presets"]]
    assert webui.post("/pure-negative/v1/plan", SMALL)[1]["request"]["width"] == 64
    names = webui.get("/sdapi/v1/scripts")[1]["txt2img"]
    assert "pure negative" in names
    assert not [name for name in names if name.startswith("pure negative ")]
    log = webui.log.read_text(errors="replace")
    assert "Pure negative: Sheets and yield runs can't be used in SD.Next" in log


def test_the_panel_on_the_text_tab(webui: Server, browser: Any) -> None:
    webui.pictures(**OFF)
    opened = page.Page(browser, webui.url, steps="0.564")
    opened.expect("W does not mean the same")
    opened.open_around(opened.one("#pure_negative_tick .label-wrap"))
    opened.tick()
    opened.type("steps", "2")
    opened.type("shape", "64x64")
    opened.set("txt2img_cfg_scale", "9")
    info = opened.generate()
    assert "(bad:0.564)" in info
    assert "Pure negative: v1" in info


def test_a_pasted_text_brings_the_panel_and_what_was_typed_back(webui: Server, browser: Any) -> None:
    chosen = {**SMALL, "w": 0.9, "join": "before"}
    _, (text,) = webui.pictures([chosen], prompt="a cat", negative_prompt="ugly")
    opened = page.Page(browser, webui.url, steps="0.564")
    script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
    browser.execute_script(script, opened.one("#txt2img_prompt textarea"), text)
    opened.click("#txt2img_paste")
    page.until(opened.ticked, "the tick")
    page.until(lambda: opened.value("w") == "0.9", "the weight")
    page.until(lambda: opened.tab_value("txt2img_neg_prompt") == "ugly", "the typed negative prompt")
    assert opened.tab_value("txt2img_prompt") == "a cat"
    assert opened.value("steps") == "3"
