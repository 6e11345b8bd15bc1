"""The parameters text: the WebUI's format to the letter, our field, and the way back to the same plan."""

from __future__ import annotations

import dataclasses
import io
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.plan import Tab
from pure_negative.planning.request import Model
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis
from tests import strategies as draw

MODEL = Model("animefull", "925997e9ab")


def written(found: plan.Plan, seed: int = 7, extra: dict[str, object] | None = None) -> str:
    return infotext.write(found.request(seed), MODEL, infotext.pack(found), extra)


def restored(text: str) -> infotext.Restored:
    found = infotext.restore(text)
    assert found is not None
    return found


def test_the_text_is_the_webui_s_to_the_letter():
    found = plan.make(choices.read({"words": "bad, low", "prompt": "miku,\n1girl", "ratio": "4:3"}))
    assert written(found, extra={"RNG": "CPU", "Note": 'a, "b": c\nd'}) == (
        "miku,\n1girl\n"
        "Negative prompt: (bad:0.564), (low:0.564)\n"
        "Steps: 48, Sampler: Euler, Schedule type: Automatic, CFG scale: 10.5, Seed: 7, Size: 576x384, "
        'Model hash: 925997e9ab, Model: animefull, Clip skip: 2, RNG: CPU, Note: "a, \\"b\\": c\\nd", '
        "Pure negative: v1;preset=nai;w=0.564;words=bad%2Clow;ratio=4%3A3"
    )


def test_a_vae_and_the_noise_are_written_as_the_webui_writes_them():
    found = plan.make(choices.read({"words": "bad"}))
    model = dataclasses.replace(MODEL, vae="kl-f8.vae.pt", vae_hash="c6a580b13a", noise="NV")
    text = infotext.write(found.request(7), model, infotext.pack(found))
    assert (
        "Model hash: 925997e9ab, Model: animefull, VAE hash: c6a580b13a, VAE: kl-f8.vae.pt, Clip skip: 2, RNG: NV, "
    ) in text


@pytest.mark.parametrize(
    ("written", "source"), [("RNG: CPU, ", "CPU"), ("RNG: NV, ", "NV"), ("RNG: GPU, ", "NV"), ("", "NV")]
)
def test_the_noise_comes_back_and_the_webui_s_default_is_a_gpu_s(written, source):
    found = plan.make(choices.read({"words": "bad"}))
    text = infotext.write(found.request(7), MODEL, infotext.pack(found)).replace("Clip skip", f"{written}Clip skip")
    assert restored(text).noise == source


def test_no_prompt_and_no_clip_skip_and_another_emphasis():
    found = plan.make(
        choices.read({"words": "bad", "clip_skip": 1, "cfg": 8, "emphasis": "No norm", "leave": "negative"})
    )
    text = written(found)
    assert text.startswith("Steps: 48, ")
    assert "CFG scale: 8, " in text
    assert "Clip skip" not in text
    assert "Emphasis: No norm, Pure negative: v1;" in text


@given(draw.all_choices(), draw.prompts, draw.fixed_seeds)
def test_a_plan_comes_back_from_its_text(chosen, typed, seed):
    try:
        found = plan.make(chosen, Tab(prompt=typed, negative_prompt=typed, width=520, height=968, cfg=3.5, steps=9))
    except PureNegativeError:
        return
    back = restored(written(found, seed))
    assert back.plan() == dataclasses.replace(found, seed=seed)
    assert back.notes == ()
    again = restored(written(back.plan(), seed))
    assert again == back


@settings(max_examples=100)
@given(draw.all_choices())
def test_our_field_needs_no_quotes(chosen):
    try:
        packed = infotext.pack(plan.make(chosen))
    except PureNegativeError:
        return
    assert re.fullmatch(r"v1;[^,:\n\"]+", packed)
    assert packed.isprintable()
    assert packed.strip() == packed


def webui_pairs(line: str) -> list[tuple[str, str]]:
    """What the WebUI's own pattern finds in the last line (webui-contract, Infotext)."""
    return re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', line)


@given(st.text(alphabet='ab:,"\\ -/_.9é\t=', max_size=60) | draw.hostile_text)
def test_pairs_are_found_where_the_webui_finds_them(text):
    line = text.split("\n")[-1] + ", Steps: 1, Sampler: Euler, Seed: 5"
    pairs = dict(webui_pairs(line.strip()))
    assert list(infotext.read(line).pairs) == list(pairs)


@pytest.mark.parametrize(
    "text",
    [
        *("", "miku", "Negative prompt: ugly", "Steps: 20", "\n\n\n", "a: b, c: d, e: f"),
        "miku\nNegative prompt: ugly\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512",
    ],
)
def test_a_text_without_our_field_has_nothing_to_restore(text):
    assert infotext.restore(text) is None


def test_a_foreign_text_is_taken_apart_as_the_webui_does_it():
    info = infotext.read(
        "\nmiku,\n 1girl \nNegative prompt: ugly\nbad\n"
        'Steps: 20, Sampler: Euler a, Lora hashes: "a: 1, b: 2", Hashes: {"x": 1}, Broken: "a'
    )
    assert info.prompt == "miku,\n1girl"
    assert info.negative_prompt == "ugly\nbad"
    assert info.pairs["Lora hashes"] == "a: 1, b: 2"
    assert info.pairs["Sampler"] == "Euler a"
    assert info.pairs["Broken"] == '"a'


@pytest.mark.parametrize("clip_skip", ["", ", CLiP-skip: 2"])
def test_a_text_of_a_program_that_repeats_the_prompts_brings_the_choices_back(clip_skip: str) -> None:
    made = plan.make(choices.read({"w": 0.9, "size": "64x64"}), plan.Tab(prompt="a cat"))
    repeated = f"Template: a cat\nNegative template: {made.negative_prompt}"
    settings = f"Steps: {made.steps}, Size: 64x64, CFG scale: {made.cfg}{clip_skip}, App: Another, Version: 1"
    field = f"{infotext.FIELD}: {infotext.pack(made)}"
    text = f"a cat\nNegative prompt: {made.negative_prompt}\n{repeated}\n{settings}, {field}"
    written, restored = infotext.read(text), infotext.restore(text)
    assert (written.prompt, written.negative_prompt) == ("a cat", made.negative_prompt)
    assert restored is not None
    assert restored.tab.negative_prompt == ""
    assert (restored.choices.strength, restored.choices.size) == (made.choices.strength, made.choices.size)
    assert restored.plan().clip_skip == (2 if clip_skip else 1)
    alone = infotext.read(text.replace("App: Another, ", "").replace("CLiP-skip", "Clip skip"))
    assert alone.negative_prompt == f"{made.negative_prompt}\n{repeated}"


def test_the_standard_keys_win_where_they_were_edited():
    text = written(plan.make(choices.read({"ratio": "4:3", "cfg_factor": 2})))
    text = text.replace("CFG scale: 21", "CFG scale: 9.5").replace("Size: 576x384", "Size: 640x448")
    text = (
        text.replace("Steps: 48", "Steps: 64").replace("Sampler: Euler", "Sampler: DDIM").replace("Clip skip: 2, ", "")
    )
    back = restored(text)
    assert choices.read(choices.write(back.choices)) == back.choices
    found = back.plan()
    assert (found.cfg, str(found.size), found.steps, found.sampler, found.clip_skip) == (9.5, "640x448", 64, "DDIM", 1)


@pytest.mark.parametrize(
    ("edited", "notes"),
    [
        ("(bad:0.564), (low:0.564), ugly", 0),
        ("ugly, (bad:0.564), (low:0.564)", 0),
        ("(cat:0.564), (astolfo_\\(fate\\):0.564)", 0),
        ("(bad:0.9), ugly", 1),
        ("ugly", 1),
        ("(bad:0.564), x, (low:0.564)", 1),
    ],
)
def test_an_edited_negative_prompt_is_never_lost(edited, notes):
    text = written(plan.make(choices.read({"words": "bad, low"}))).replace("(bad:0.564), (low:0.564)", edited)
    back = restored(text)
    assert back.plan().negative_prompt == edited
    assert len(back.notes) == notes


def test_a_negative_prompt_that_was_taken_out_stays_out():
    text = written(plan.make(choices.read({"words": "bad"}))).replace("Negative prompt: (bad:0.564)\n", "")
    assert restored(text).plan().negative_prompt == ""


def test_a_key_that_is_missing_or_broken_is_as_the_preset_has_it():
    text = written(plan.make(choices.read({}))).replace("Steps: 48", "Steps: many").replace(", Size: 512x512", "")
    back = restored(text)
    assert (back.plan().steps, str(back.plan().size)) == (48, "512x512")
    assert len(back.notes) == 1
    assert "Steps" in back.notes[0]


def test_a_preset_that_is_not_here_is_replaced_by_its_values():
    base = preset.read(
        "schema: 1\nid: my-own\nwords: cat, dog\nw: 0.3\nsize: 768x576\nsteps: 33\nsampler: DDIM\ncfg: {base: 3}", "f"
    )
    found = plan.make(choices.read({}), base=base)
    back = restored(written(found))
    assert len(back.notes) == 1
    assert "my-own" in back.notes[0]
    for key in ("negative_prompt", "size", "cfg", "steps", "sampler", "strength", "clip_skip"):
        assert getattr(back.plan(), key) == getattr(found, key), key


def test_keys_of_a_later_version_s_field_are_skipped_and_another_version_is_refused():
    text = written(plan.make(choices.read({"w": 0.5})))
    assert restored(text.replace("v1;", "v1;colour=red;")).plan().strength == emphasis.Strength(0.5)
    with pytest.raises(PureNegativeError, match=r"^Pure negative: 'v2' is not known; this version reads v1"):
        infotext.restore(text.replace("v1;", "v2;"))


@pytest.mark.parametrize(
    "field", ["v1;w=0", "v1;w=1;brackets=2", "v1;scope=all", "v1;words=%2C", "v1;size=1", "v1;seed=a"]
)
def test_a_field_with_a_wrong_value_is_refused(field):
    text = re.sub("v1;.*", field, written(plan.make(choices.read({}))))
    with pytest.raises(PureNegativeError, match=r"^Pure negative: "):
        infotext.restore(text)


@pytest.mark.parametrize("line", ["a" * 900_000, "aa:" * 300_000, ' \t"' * 300_000, 'aa:"' * 200_000, "a -/" * 200_000])
def test_a_long_text_is_read_in_time_that_grows_with_it(line):
    """The WebUI's own pattern takes minutes over these."""
    assert infotext.read("x\n" + line + ", Steps: 1, Sampler: Euler").prompt in (
        "x",
        "x\n" + line.strip() + ", Steps: 1, Sampler: Euler",
    )


@pytest.mark.parametrize("sign", ["(a", " ", "\\(", "[", "a,", ": "])
def test_a_long_negative_prompt_is_restored_as_it_is(sign):
    """Brackets inside each other and long blanks once took minutes."""
    negative = f"a{sign * 100_000}b"
    text = written(plan.make(choices.read({"words": "bad"}))).replace("(bad:0.564)", negative)
    back = restored(text)
    assert back.plan().negative_prompt == negative
    assert back.notes


def test_half_a_character_is_written_as_a_question_mark():
    text = written(plan.make(choices.read({}))).replace("animefull", "m\udcff")
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG", pnginfo=infotext.png_info(text))
    assert Image.open(data).info["parameters"] == text.replace("\udcff", "?")


def test_a_text_of_over_a_million_characters_is_refused():
    with pytest.raises(PureNegativeError, match=r"^infotext: 1000001 characters"):
        infotext.read("a" * 1_000_001)


@pytest.mark.parametrize("word", ["bad:1.2", "{bad}", "bad，low"])
def test_a_picture_of_words_that_were_once_taken_as_they_stood_is_made_again_as_it_was(word):
    text = written(plan.make(choices.read({"words": "bad"})))
    text = text.replace("(bad:0.564)", f"({word}:0.564)").replace("words=bad", f"words={quote(word)}")
    found = restored(text)
    assert found.plan().negative_prompt == f"({word}:0.564)"
    assert any("kept as it was typed" in note for note in found.notes)
