"""The prompt format: filled once, however often it is filled, and taken apart again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.preset.model import Preset
from pure_negative.prompt import template as prompt_format
from tests import strategies as draw

AID = library.load("anime-illust-diffusion")
TEMPLATES = (
    "{prompt}",
    "masterpiece, {prompt}",
    "{prompt}, masterpiece",
    "best, {style}, light, {prompt}",
    "{style}, {prompt}",
    "({prompt}:1.1), {style}, z",
    "a, ({style}:0.9), [{prompt}], a",
    AID.prompt_format,
)
templates = st.sampled_from(TEMPLATES).map(prompt_format.read)
chosen_styles = st.sampled_from(["", "by wlop", "by wlop, impasto"])
typed = st.one_of(
    draw.prompts, st.lists(st.sampled_from(["1girl", "masterpiece", "a", "(b:0.5)", "z"]), max_size=4).map(", ".join)
)

pytestmark = pytest.mark.usefixtures("user_folder")


@given(templates, chosen_styles, typed)
def test_filling_again_changes_nothing(template, style, raw):
    once = prompt_format.fill(template, style, raw)
    assert prompt_format.fill(template, style, once) == once
    assert prompt_format.fill(template, "", once) == once


@given(templates, chosen_styles, st.lists(st.sampled_from(["1girl", "car", "(b:0.5)"]), min_size=1, max_size=3))
def test_what_was_typed_is_found_again(template, style, tags):
    raw = ", ".join(tags)
    assert prompt_format.take_apart(template, style, prompt_format.fill(template, style, raw)) == (style, raw)


def test_an_empty_place_goes_with_its_comma():
    template = "best, ({style}:1.1), light, {prompt}"
    assert prompt_format.fill(template, "", "") == "best, light"
    assert prompt_format.fill(template, "by wlop", "") == "best, (by wlop:1.1), light"
    assert prompt_format.fill(template, "", "cat") == "best, light, cat"


def test_another_style_takes_the_place_of_the_one_that_stands_there():
    there = prompt_format.fill(AID.prompt_format, "by wlop", "cat")
    assert prompt_format.fill(AID.prompt_format, "by rella", there) == there.replace("wlop", "rella")
    assert prompt_format.fill(AID.prompt_format, "", there) == there


def test_a_style_without_a_place_stands_right_before_the_prompt():
    assert prompt_format.fill("best, {prompt}", "by wlop", "cat") == "best, by wlop, cat"
    assert prompt_format.fill("{prompt}", "by wlop", "cat") == "by wlop, cat"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("best", "{prompt} once"),
        ("{prompt}, {prompt}", "{prompt} once"),
        ("{style}, {style}, {prompt}", "{style} at most once"),
        ("{promt}", "did you mean prompt?"),
        ("({style}, {prompt}:1.1)", "an unpaired bracket"),
        ("{{prompt}}", "braces are only allowed in"),
        ("{prompt} {", "braces are only allowed in"),
        ("x" * 6000 + "{prompt}", "at most 5000"),
    ],
)
def test_a_wrong_format_is_refused(template, said):
    with pytest.raises(PureNegativeError, match=f"^prompt_format: .*{said}"):
        prompt_format.read(template)


def restored(made: plan.Plan) -> infotext.Restored:
    """The plan's picture, read back from its parameters."""
    text = infotext.write(made.request(1), Model("model", "0123456789"), infotext.pack(made))
    found = infotext.restore(text)
    assert found is not None
    return found


@given(
    st.sampled_from(["anime-illust-diffusion", "anything-v3.2", "vbp-2.3", "nai"]), chosen_styles, typed, st.booleans()
)
def test_a_picture_gives_back_the_typed_prompt_and_the_same_plan(name, style, raw, ladder):
    entries = {"preset": name, "prompt": raw, "style": style or None, "ladder": ladder or None}
    try:
        made = plan.make(choices.read(entries))
    except PureNegativeError:
        return
    found = restored(made)
    assert found.plan().request(1) == made.request(1)
    again = restored(found.plan())
    assert (again.choices.prompt, again.plan().request(1)) == (found.choices.prompt, made.request(1))


def test_a_picture_gives_back_the_raw_prompt_and_the_style():
    found = restored(plan.make(choices.read({"preset": AID.id, "prompt": "1girl, car", "style": "by wlop"})))
    assert (found.choices.prompt, found.choices.style) == ("1girl, car", "by wlop")
    found = restored(
        plan.make(choices.read({"preset": AID.id, "prompt": "1girl, car", "style": "by wlop", "ladder": True}))
    )
    assert found.choices.prompt == "1girl, car"


def test_a_typed_prompt_of_another_format_comes_back_whole():
    """The preset's format changed since: what stands in the picture stays, in no format."""
    made = plan.make(choices.read({"preset": "anything-v3.2", "prompt": "cat", "prompt_format": "old, {prompt}"}))
    text = infotext.write(made.request(1), Model("m", "0"), infotext.pack(made)).replace(
        "prompt_format=old", "prompt_format=new"
    )
    found = infotext.restore(text)
    assert found.plan().prompt == "old, cat"


def test_the_preset_s_own_prompt_style_and_ladder_hold_until_others_are_chosen():
    base = Preset(
        "mine", "mine", prompt="miku, car", style="by wlop", ladder=True, prompt_format="best, {style}, {prompt}"
    )
    assert plan.make(choices.Choices(), base=base).prompt == "best, by wlop, (miku:1.0), (car:0.95)"
    chosen = choices.read({"style": "", "ladder": False, "prompt": "cat"})
    assert plan.make(chosen, base=base).prompt == "best, cat"
    assert preset.PLAIN.brackets == 0
