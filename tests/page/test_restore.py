"""A picture's parameters back into the page's controls: the same plan, or a note that says what is not the same."""

from __future__ import annotations

import dataclasses
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pure_negative.errors import PureNegativeError
from pure_negative.page import extra_controls, restore
from pure_negative.panel import values
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from tests import strategies as draw


class Host:
    """The stand-alone engine's names, without the engine."""

    tab = False

    def language(self) -> str:
        return ""

    def samplers(self) -> list[str]:
        return ["Euler", "Euler a", "DPM++ 2M"]

    def schedulers(self) -> list[str]:
        return ["Automatic", "Uniform", "Karras", "Exponential"]

    def tokens(self, text: str) -> str:
        return ""

    def model(self) -> Model | None:
        return None

    def fits_by_itself(self) -> bool:
        return True

    def vae(self, made: plan.Plan, /) -> str:
        return ""

    def loadable(self, made: plan.Plan, /) -> str:
        return ""

    def warnings(self, made: plan.Plan, /) -> list[str]:
        return []


HOST = Host()


def text_of(made: plan.Plan, seed: int = 7, noise: str = "NV") -> str:
    return infotext.write(made.request(seed), Model("m", "0123456789", noise=noise), infotext.pack(made))


def again(filled: restore.Filled) -> plan.Plan:
    """What Generate makes of the controls as they are filled."""
    return extra_controls.planned([*(filled.controls[name] for name in values.CONTROLS), *mine(filled)])


def mine(filled: restore.Filled) -> list[object]:
    own = {**vars(filled), **filled.modes}
    return [own[name] for name in extra_controls.CONTROLS]


def panel(**entries: object) -> list[object]:
    """The panel's values with some of them chosen."""
    shown = values.write(values.read([{}])) | entries
    return [shown[name] for name in values.CONTROLS]


def same(one: plan.Plan, other: plan.Plan) -> bool:
    """All that makes the picture."""
    return dataclasses.replace(one, sets=other.sets, recommended=other.recommended) == other


@given(
    w=st.sampled_from(["", "0.25", "1e-16", "6[", "2(", "1.7"]),
    words=st.sampled_from(["", "bad, low", "a (b), c\\\\d"]),
    scope=st.sampled_from(["", "each", "whole"]),
    notation=st.sampled_from(["", "weight", "bracket", "novelai"]),
    join=st.sampled_from(["", "replace", "before", "after"]),
    shape=st.sampled_from(["", "4:3", "9:16", "64x64", "768x512"]),
    size_rule=st.sampled_from(["", "aspect512", "closest"]),
    cfg=st.sampled_from(["", "7.5", "30"]),
    cfg_factor=st.sampled_from([0.25, 1.0, 1.15, 4.0]),
    steps=st.sampled_from(["", "3", "768"]),
    sampler=st.sampled_from(["", *HOST.samplers()]),
    scheduler=st.sampled_from(["", *HOST.schedulers()]),
    clip_skip=st.sampled_from(["", "1", "3"]),
    leave=st.sampled_from([[], ["negative"]]),
    ladder=st.booleans(),
    typed=st.sampled_from(["", "blurry", "bad hands, (extra:1.2)"]),
    prompt=st.sampled_from(["", "miku", "a, b, <script>alert(1)</script>", "two\nlines"]),
    emphasis=st.sampled_from(["", "Original", "No norm"]),
)
def test_what_the_page_can_make_it_restores_without_a_note(prompt, typed, emphasis, **entries):
    try:
        made = extra_controls.planned([*panel(**entries), prompt, typed, 7, emphasis])
    except PureNegativeError:
        return
    filled = restore.fill(text_of(made), HOST)
    assert filled.notes == ()
    assert same(again(filled), made)
    assert restore.fill(text_of(again(filled)), HOST) == filled


@given(draw.all_choices(), draw.prompts, draw.fixed_seeds)
def test_any_picture_is_restored_whole_or_a_note_says_what_is_not(chosen, typed, seed):
    tab = plan.Tab(prompt=typed, negative_prompt=typed, width=520, height=968, cfg=3.5, steps=9)
    try:
        made = plan.make(chosen, tab)
        filled = restore.fill(text_of(made, seed), HOST)
    except PureNegativeError:
        return
    assert filled.notes or same(again(filled), dataclasses.replace(made, seed=seed))


HERE = Model("anything-v3", "6569e224aa", noise="NV")


def notes_of(model: Model, more: str = "", here: Model = HERE) -> tuple[str, ...]:
    """What is said of a picture of that model, with more in its parameters."""
    made = plan.make(choices.read({"seed": 7}))
    text = infotext.write(made.request(7), model, infotext.pack(made)).replace(
        "Pure negative: ", f"{more}Pure negative: "
    )
    return restore.fill(text, HOST, here, {"aid210"}, lambda name, digest: (name, digest) == ("here", "0123")).notes


@pytest.mark.parametrize(
    "model", [HERE, dataclasses.replace(HERE, noise="CPU"), Model("anything-v3", ""), Model("x", "6569e224aa")]
)
def test_a_picture_of_what_is_loaded_here_is_restored_without_a_note(model):
    assert notes_of(model, 'Version: v1.10.1, User: me, TI hashes: "aid210: f74e918e3902", ') == ()


@pytest.mark.parametrize(
    ("model", "here", "says"),
    [
        (Model("nai", "925997e9ab"), HERE, "with the checkpoint nai [925997e9ab]; anything-v3 is used here."),
        (Model("anything-v3", "0000000000"), HERE, "with the checkpoint anything-v3 [0000000000]; anything-v3 is used"),
        (Model("nai", ""), Model("anything-v3", ""), "with the checkpoint nai"),
        (dataclasses.replace(HERE, vae="kl.pt"), HERE, "with the VAE kl.pt; the checkpoint's own is used here."),
        (HERE, dataclasses.replace(HERE, vae="kl.pt"), "with the checkpoint's own; kl.pt is used here."),
        (dataclasses.replace(HERE, vae="a.pt"), dataclasses.replace(HERE, vae="b.pt"), "VAE a.pt; b.pt is used here."),
    ],
)
def test_a_picture_of_another_model_or_vae_says_so(model, here, says):
    (note,) = notes_of(model, here=here)
    assert says in note


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("ENSD: 31337, ", "not done here: ENSD 31337."),
        ("Tiling: True, Hires upscale: 2, ", "not done here: Tiling True, Hires upscale 2."),
        ("Variation seed: 5, ", "Variation seed 5"),
        ('Lora hashes: "a: b, here: 0123", ', "LoRAs that are not here: a."),
        ('Lora hashes: "here: 3210", ', "LoRAs that are not here: here."),
        ("Beta schedule alpha: 0.5, Beta schedule beta: 0.6, ", "not done here: Beta schedule alpha 0.5."),
        ("Eta DDIM: 0.5, ", "not done here: Eta DDIM 0.5."),
        ('TI hashes: "badv3: 1, AID210: 2, x: 3, badv3: 1", ', "embeddings that are not here: badv3, x."),
    ],
)
def test_what_the_engine_does_not_do_is_said(more, says):
    (note,) = notes_of(HERE, more)
    assert says in note


@pytest.mark.parametrize("noise", ["NV", "CPU"])
def test_the_source_of_the_noise_comes_back(noise):
    assert restore.fill(text_of(plan.make(choices.Choices()), noise=noise), HOST).noise == noise


def test_a_picture_that_does_not_say_its_source_has_the_webui_s_default():
    assert restore.fill(text_of(plan.make(choices.Choices()), noise=""), HOST).noise == "NV"


def test_what_was_left_to_the_webui_s_tab_becomes_a_choice():
    left = choices.read({"leave": "size,cfg,steps,sampler,scheduler,clip_skip"})
    made = plan.make(left, plan.Tab(width=520, height=968, cfg=3.5, steps=9, sampler="Euler a", clip_skip=4))
    filled = restore.fill(text_of(made), HOST)
    shown = {name: filled.controls[name] for name in ("shape", "cfg", "steps", "sampler", "clip_skip", "leave")}
    expected = {"shape": "520x968", "cfg": "3.5", "steps": "9", "sampler": "Euler a", "clip_skip": "4", "leave": []}
    assert shown == expected
    assert filled.notes == ("Could not be restored: Size.",)  # 520 is off the grid, which the engine keeps to


def test_a_factor_beyond_the_slider_becomes_a_fixed_scale():
    filled = restore.fill(text_of(plan.make(choices.read({"cfg_factor": 5}))), HOST)
    assert (filled.controls["cfg"], filled.controls["cfg_factor"], filled.notes) == ("52.5", 1.0, ())


def test_a_sampler_that_is_not_here_is_named_and_left_empty():
    filled = restore.fill(text_of(plan.make(choices.read({"sampler": "DPM++ Turbo", "scheduler": "Turbo"}))), HOST)
    assert (filled.controls["sampler"], filled.controls["scheduler"]) == ("", "")
    assert filled.notes[:2] == (
        "The picture's sampler DPM++ Turbo is not available here, so it is left empty; choose one of "
        "Euler, Euler a, DPM++ 2M.",
        "The picture's schedule type Turbo is not available here, so it is left empty; choose one of "
        "Automatic, Uniform, Karras, Exponential.",
    )
    assert filled.notes[2] == "Could not be restored: Sampler, Schedule type."


@pytest.mark.parametrize(
    "text", ["", "1girl", "a\nNegative prompt: b\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1"]
)
def test_a_text_of_another_program_is_refused_in_words(text):
    with pytest.raises(PureNegativeError, match="there is no 'Pure negative' in this text"):
        restore.fill(text, HOST)


def test_a_damaged_value_is_refused_in_words():
    text = text_of(plan.make(choices.read({}))).replace("w=0.564", "w=much")
    with pytest.raises(PureNegativeError, match="w: 'much' is not allowed"):
        restore.fill(text, HOST)


def test_the_parameters_are_read_from_a_saved_picture(tmp_path):
    text = text_of(plan.make(choices.read({"prompt": "miku, <b>, 漢字"})))
    path = tmp_path / "one.png"
    Image.new("RGB", (8, 8)).save(path, pnginfo=infotext.png_info(text))
    assert restore.parameters(path) == text


@pytest.mark.parametrize("name", ["bare.png", "text.png", "cut.png", "photo.png", "gone.png"])
def test_a_picture_without_parameters_is_refused_by_its_name(tmp_path, name):
    bare = io.BytesIO()
    Image.new("RGB", (8, 8)).save(bare, "PNG")
    jpeg = io.BytesIO()
    Image.new("RGB", (8, 8)).save(jpeg, "JPEG")
    files = {"bare": bare.getvalue(), "text": b"no picture", "cut": bare.getvalue()[:12], "photo": jpeg.getvalue()}
    for stem, data in files.items():
        (tmp_path / f"{stem}.png").write_bytes(data)
    with pytest.raises(PureNegativeError, match=f"^{name}: "):
        restore.parameters(tmp_path / name)
