"""A preset and choices to one request: what was asked for, what it brings, and how it joins what is there."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.plan import Tab
from pure_negative.preset import model as preset
from pure_negative.prompt import attention, emphasis
from tests import strategies as draw


def made(tab: Tab | None = None, base: preset.Preset | None = None, **entries: object) -> plan.Plan:
    return plan.make(choices.read(entries), tab, base)


@pytest.mark.parametrize(
    ("entries", "wish", "cfg"),
    [
        ({"preset": "nai", "ratio": "4:3"}, "576x384", 10.5),
        ({"preset": "nai", "ratio": "16:9"}, "640x384", 10.5),
        ({"preset": "nai", "ratio": "4:3", "size_rule": "closest"}, "576x448", 10.5),
        ({"preset": "nai", "size": "768x768"}, "768x768", 24),
        ({"preset": "anything-v3", "size": "768x768"}, "768x768", 18),
        ({"preset": "nai", "size": "576x768"}, "576x768", 24),
        ({"preset": "nai", "size": "768x576"}, "768x576", 18),
        ({"w": 0.82, "size": "512x512"}, "512x512", 12),
        ({"brackets": -2, "size": "512x512"}, "512x512", 12),
        ({"brackets": -24, "size": "512x512"}, "512x512", 8),
        ({"cfg": 5}, "512x512", 5),
        ({"cfg_factor": "0.5", "size": "768x768"}, "768x768", 12),
        ({}, "512x512", 10.5),
    ],
)
def test_size_and_cfg_of_a_plan(entries, wish, cfg):
    found = made(**entries)
    assert (str(found.size), found.cfg) == (wish, cfg)


def test_a_plan_of_the_default_preset():
    found = made()
    assert found.preset == "nai"
    assert found.prompt == ""
    assert (
        found.negative_prompt
        == found.words
        == emphasis.negative_prompt(
            ("bad", "comic", "cropped", "error", "extra", "low", "lowres", "normal", "speech_bubble", "worst"),
            emphasis.Strength(0.564),
        )
    )
    assert (found.steps, found.sampler, found.scheduler, found.clip_skip, found.seed) == (
        48,
        "Euler",
        "Automatic",
        2,
        -1,
    )
    assert found.emphasis == "Original"
    assert found.warnings == ()


def test_choices_stand_above_the_preset_and_the_preset_above_the_host():
    tab = Tab(prompt="1girl", width=640, height=640, steps=30, sampler="DDIM", clip_skip=4, seed=7)
    found = made(tab, words="bad", notation="bracket", step="-2", steps=1500, sampler="Euler a", scheduler="Karras")
    assert (found.negative_prompt, found.steps, found.sampler, found.scheduler) == (
        "[[bad]]",
        1500,
        "Euler a",
        "Karras",
    )
    assert (found.prompt, str(found.size), found.clip_skip, found.seed) == ("1girl", "512x512", 2, 7)
    few = preset.Preset("mine", "mine", ("bad",), emphasis.Strength(1.0))
    found = made(tab, few)
    assert (str(found.size), found.steps, found.sampler, found.clip_skip) == ("640x640", 30, "DDIM", 4)
    assert found.sets == {"negative"}
    assert found.cfg == tab.cfg


@given(st.sets(st.sampled_from(options.leavable())))
def test_what_is_left_to_the_host_is_its_own(left):
    tab = Tab("a", "mine", 600, 700, 3.25, 11, "DDIM", "Karras", 5, seed=1)
    found = made(tab, leave=sorted(left), size="768x768", cfg=9, scheduler="Uniform")
    ours = ("bad", "768x768", 9, 48, "Euler", "Uniform", 2)
    theirs = ("mine", "600x700", 3.25, 11, "DDIM", "Karras", 5)
    negative = "mine" if found.negative_prompt == "mine" else "bad" if "bad" in found.negative_prompt else ""
    values = (negative, str(found.size), found.cfg, found.steps, found.sampler, found.scheduler, found.clip_skip)
    for key, value, one, other in zip(options.leavable(), values, ours, theirs, strict=True):
        assert value == (other if key in left else one), key
    assert found.sets == set(options.leavable()) - left


@pytest.mark.parametrize(
    ("mode", "typed", "joined"),
    [
        ("replace", "ugly", "(bad:0.5)"),
        ("before", "ugly", "(bad:0.5), ugly"),
        ("after", "ugly", "ugly, (bad:0.5)"),
        ("before", "", "(bad:0.5)"),
        ("after", " ", "(bad:0.5)"),
    ],
)
def test_how_the_words_join_what_is_typed(mode, typed, joined):
    assert made(Tab(negative_prompt=typed), words="bad", w=0.5, join=mode).negative_prompt == joined


@given(draw.prompts, st.sampled_from(options.JOINS), st.integers(2, 4))
def test_joining_again_and_again_changes_nothing(typed, mode, times):
    ours = "(bad:0.5), (low:0.5)"
    first = again = plan.join(ours, typed, mode)
    for _ in range(times):
        again = plan.join(ours, again, mode)
    assert again == first
    assert plan.split(first, ours) is not None


@pytest.mark.parametrize(
    "text", ["", "(bad:0.5)", "x(bad:0.5), (low:0.5)", "(bad:0.5), (low:0.5)x", "(bad:0.5), (low:0.51)"]
)
def test_words_that_are_no_block_of_their_own_are_not_ours(text):
    assert plan.split(text, "(bad:0.5), (low:0.5)") is None


def test_the_body_for_the_api_is_what_the_webui_takes():
    body = made(ratio="4:3", seed=5, prompt="miku", cfg=10.5).api_body()
    assert body == {
        "prompt": "miku",
        "negative_prompt": made().negative_prompt,
        "width": 576,
        "height": 384,
        "cfg_scale": 10.5,
        "steps": 48,
        "sampler_name": "Euler",
        "scheduler": "Automatic",
        "seed": 5,
        "override_settings": {"CLIP_stop_at_last_layers": 2},
        "override_settings_restore_afterwards": True,
    }
    assert made(emphasis="no norm").api_body()["override_settings"]["emphasis"] == "No norm"


def test_a_request_is_the_plan_with_its_seed_fixed():
    found = made(seed=-1, size="768x512", prompt="miku", emphasis="No norm")
    request = found.request(12)
    values = dataclasses.asdict(request)
    assert values == {
        "prompt": "miku",
        "negative_prompt": found.negative_prompt,
        "width": 768,
        "height": 512,
        "cfg_scale": 16,
        "steps": 48,
        "sampler": "Euler",
        "scheduler": "Automatic",
        "seed": 12,
        "clip_skip": 2,
        "emphasis": "No norm",
        "checkpoint": "",
        "vae": "",
        "host": (),
    }


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"size": "500x500"}, "Size 500x500 is not a multiple of 64 px; rounded to 512x512."),
        (
            {"size": "768x768"},
            "CFG scale 24: the published row for 768x768, published range 27 to 36; the formula gives 23.5.",
        ),
        ({"cfg": 12}, "CFG scale 12: recommended 10.5, the published row for 512x512, published range 12 to 16."),
        (
            {"w": 1e-16},
            "CFG scale 8: the published row for 512x512, scaled from base 10.5 to 8, "
            "published range 12 to 16 (not scaled).",
        ),
        ({"ratio": "4:3"}, "CFG scale 10.5: base 10.5, no published range."),
        ({"w": 0.5, "notation": "bracket"}, "W 0.5 is written as 7 brackets, which is W 0.513."),
        ({"w": 1e-4}, "W 0.0001: minimal effect of the words, tested down to 1e-16."),
        ({}, "48 steps are a first look"),
    ],
)
def test_hints(entries, said):
    assert any(said in hint for hint in made(**entries).hints)


def test_a_weight_that_brackets_write_exactly_is_not_remarked_on():
    assert not any("whole brackets" in hint for hint in made(brackets=-6, notation="bracket").hints)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"cfg": 1}, "the negative prompt has no effect"),
        ({"cfg": 0.5}, "moves towards the negative prompt"),
        ({"size": "64x512"}, "outside 1:4"),
        ({"size": "1024x1024"}, "is above 3"),
        ({"notation": "novelai"}, "NovelAI's notation"),
    ],
)
def test_warnings(entries, said):
    assert [said in warning for warning in made(**entries).warnings] == [True]


REACHES = "A bracket left open in the typed negative prompt also applies to the words: "


@pytest.mark.parametrize(
    ("typed", "entries", "said"),
    [
        ("(ugly", {}, "their weight is 0.62, not 0.564; close it."),
        ("ugly, ((low", {}, "their weight is 0.682, not 0.564; close it."),
        ("[ugly", {}, "their weight is 0.513, not 0.564; close it."),
        ("(ugly", {"brackets": -6, "notation": "bracket"}, "their weight is 0.62, not 0.564; close it."),
        ("(ugly", {"scope": "whole", "embeddings": "easynegative"}, "their weight is 0.62, not 0.564; close it."),
        ("(ugly, (bad:0.564)", {"words": "bad"}, "their weight is 0.62, not 0.564; close it."),
    ],
)
def test_a_bracket_left_open_before_our_words_is_told(typed, entries, said):
    found = made(Tab(negative_prompt=typed), join="after", **entries)
    assert found.warnings == (REACHES + said,)


@pytest.mark.parametrize("typed", ["", "(ugly)", "[ugly]", "ugly)", "ugly:0.5)", r"\(ugly", "(ugly:1.2.3)", "((ugly)]"])
@pytest.mark.parametrize("join", options.JOINS)
def test_other_brackets_are_not_remarked_on(typed, join):
    reaching = {"((ugly)]"} if join == "after" else set()
    warned = made(Tab(negative_prompt=typed), join=join).warnings
    assert bool(warned) == (typed in reaching)
    assert not made(Tab(negative_prompt="(ugly"), join="replace").warnings
    assert not made(Tab(negative_prompt="(ugly"), join="before").warnings
    assert not made(Tab(negative_prompt="(ugly"), join="after", leave="negative").warnings
    novelai = made(Tab(negative_prompt="(ugly"), join="after", notation="novelai").warnings
    assert not any(REACHES in warning for warning in novelai)


@given(draw.prompts, st.sampled_from(options.JOINS))
def test_no_warning_means_that_every_word_carries_its_weight(typed, join):
    found = made(Tab(negative_prompt=typed), words="zzbad, zzlow", w=0.5, join=join)
    try:
        pieces = attention.parse(found.negative_prompt)
    except PureNegativeError:
        return
    weights = {weight for text, weight in pieces if "zzbad" in text or "zzlow" in text}
    assert (weights == {0.5}) == (not any(REACHES in warning for warning in found.warnings))


def test_steps_far_above_the_slider_s_150_are_fine():
    assert made(steps=2000).steps == 2000


def test_the_ladder_is_put_on_the_prompt_once():
    first = made(prompt="miku, 1girl, car", ladder=True).prompt
    assert first == "(miku:1.0), (1girl:0.95), (car:0.91)"
    assert made(prompt=first, ladder=True).prompt == first


def test_spaces_are_a_choice_above_the_preset_s():
    assert "(speech bubble:0.564)" in made(spaces=True).negative_prompt
    assert "(speech_bubble:0.564)" in made(spaces=False).negative_prompt


def test_words_that_do_not_go_with_the_notation_are_refused():
    with pytest.raises(PureNegativeError, match="use the notation 'weight'"):
        made(words="a:b", notation="bracket")


def test_plans_are_compared_by_what_they_make():
    one, other = made(w="0.564"), plan.make(Choices())
    assert one == other
    assert one.choices != other.choices
