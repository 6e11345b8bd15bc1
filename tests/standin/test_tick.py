"""What the tick does to a run: nothing when it is off, the plan's values when it is on."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from modules import shared
from modules.styles import PromptStyle
from PIL import Image

from pure_negative.planning import choices, infotext, plan
from pure_negative.webui import names
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3}
WORDS = plan.make(choices.read({})).words


def ran(webui: driver.WebUI, entries: Any = None, **fields: Any) -> Any:
    return driver.ran(webui, [{**SMALL, **(entries or {})}], **fields)


def begun(webui: driver.WebUI, ours: Any, **fields: Any) -> Any:
    """The processing object after `before_process` alone."""
    p = driver.request(**fields)
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args(ours))
    webui.runner.before_process(p)
    return p


def fields_of(p: Any) -> dict[str, Any]:
    """Everything on a processing object but the WebUI's own caches and the arguments it was begun with."""
    own = ("cached_", "script", "is_api")
    return {key: copy.deepcopy(value) for key, value in vars(p).items() if not key.startswith(own)}


@pytest.mark.parametrize(
    "ours", [[], [False], [None], [{"enabled": False, "w": 2}], [False, "anything-v3", "2"], ["off"]]
)
def test_off_leaves_the_run_as_it_was(webui: driver.WebUI, ours: list[Any]) -> None:
    fields = {"prompt": "a", "negative_prompt": ["b", "c"], "override_settings": {"emphasis": "Original"}}
    before, data = fields_of(driver.request(**fields)), copy.deepcopy(shared.opts.data)
    assert fields_of(begun(webui, ours, **fields)) == before
    assert shared.opts.data == data


def test_off_leaves_the_picture_and_its_text_as_they_were(webui: driver.WebUI) -> None:
    fields = {"prompt": "a", "negative_prompt": "b"}
    off, without = driver.run(webui, [False], **fields), driver.run_with(driver.runner_of(), **fields).processed
    assert off.infotexts == without.infotexts
    assert [image.tobytes() for image in off.images] == [image.tobytes() for image in without.images]


def test_on_sets_everything_the_preset_says(webui: driver.WebUI) -> None:
    p = begun(webui, [True], steps=20, cfg_scale=7, sampler_name="DPM++ 2M", negative_prompt="typed", width=640)
    assert p.negative_prompt == WORDS
    assert (p.width, p.height, p.cfg_scale, p.steps, p.sampler_name) == (512, 512, 10.5, 48, "Euler")
    assert p.override_settings == {"CLIP_stop_at_last_layers": 2}
    assert p.extra_generation_params == {"Pure negative": "v1;preset=nai;w=0.564"}


def test_on_sets_what_was_chosen(webui: driver.WebUI) -> None:
    entries = {
        **{
            "preset": "anything-v3",
            "brackets": -2,
            "words": "bad, low",
            "ratio": "16:9",
            "cfg_factor": 2,
            "steps": 400,
        },
        **{
            "sampler": "Euler a",
            "scheduler": "Karras",
            "clip_skip": 3,
            "emphasis": "No norm",
            "seed": 9,
            "prompt": "car",
        },
    }
    p = begun(webui, [entries])
    made = plan.make(choices.read(entries))
    assert (p.prompt, p.negative_prompt) == ("car", made.negative_prompt) == ("car", "(bad:0.826), (low:0.826)")
    assert (p.width, p.height, p.cfg_scale, p.steps, p.seed) == (640, 384, made.cfg, 400, 9)
    assert (p.sampler_name, p.scheduler) == ("Euler a", "Karras")
    assert p.override_settings == {"CLIP_stop_at_last_layers": 3, "emphasis": "No norm"}
    assert p.extra_generation_params["Emphasis"] == "No norm"


@pytest.mark.parametrize(
    ("left", "kept"),
    [
        ("negative", {"negative_prompt": "typed"}),
        ("size", {"width": 192, "height": 128}),
        ("cfg", {"cfg_scale": 3}),
        ("steps", {"steps": 2}),
        ("sampler", {"sampler_name": "DPM++ 2M"}),
        ("scheduler", {"scheduler": "Karras"}),
    ],
)
def test_each_part_can_be_left_to_the_tab(webui: driver.WebUI, left: str, kept: dict[str, Any]) -> None:
    tab = {"negative_prompt": "typed", "width": 192, "height": 128, "cfg_scale": 3, "steps": 2}
    tab |= {"sampler_name": "DPM++ 2M", "scheduler": "Karras"}
    p = begun(webui, [{"leave": [left], "scheduler": "Uniform"}], **tab)
    others = {key for key in tab if getattr(p, key) == tab[key]}
    assert {key: getattr(p, key) for key in kept} == kept
    assert others == set(kept)


def test_a_left_clip_skip_is_the_settings(webui: driver.WebUI) -> None:
    assert begun(webui, [{"leave": "clip_skip"}]).override_settings == {}


def test_a_left_negative_prompt_keeps_the_hires_one_too(webui: driver.WebUI) -> None:
    p = begun(webui, [{"leave": "negative"}], negative_prompt="typed", enable_hr=True, hr_negative_prompt="finer")
    assert (p.negative_prompt, p.hr_negative_prompt) == ("typed", "finer")


@pytest.mark.parametrize(
    ("join", "made"), [("replace", WORDS), ("before", f"{WORDS}, typed"), ("after", f"typed, {WORDS}")]
)
def test_our_words_join_the_typed_ones_and_joining_again_changes_nothing(
    webui: driver.WebUI, join: str, made: str
) -> None:
    p = driver.request(negative_prompt="typed")
    seen = []
    for _ in range(3):
        driver.run(webui, [{**SMALL, "join": join}], p)
        seen.append((p.all_negative_prompts, p.prompt, p.cfg_scale, p.width, dict(p.extra_generation_params)))
    assert seen[0][0] == [made]
    assert seen[1:] == seen[:1] * 2
    assert begun(webui, [{"join": join}], negative_prompt="").negative_prompt == WORDS


def test_every_picture_of_a_job_has_our_words(webui: driver.WebUI) -> None:
    p = ran(webui, {"join": "before"}, negative_prompt="typed", n_iter=2, batch_size=3)
    assert p.all_negative_prompts == [f"{WORDS}, typed"] * 6
    assert p.all_seeds == [5, 6, 7, 8, 9, 10]


def test_lists_of_prompts_are_done_one_by_one(webui: driver.WebUI) -> None:
    p = ran(webui, {"join": "after"}, prompt=["a", "b"], negative_prompt=["x", ""], batch_size=2)
    assert p.all_prompts == ["a", "b"]
    assert p.all_negative_prompts == [f"x, {WORDS}", WORDS]
    p = ran(webui, {"join": "after"}, prompt="a", negative_prompt=["x", "y"], batch_size=2, seed=[5, 5])
    assert (p.all_prompts, p.all_negative_prompts) == (["a", "a"], [f"x, {WORDS}", f"y, {WORDS}"])
    p = ran(webui, prompt=["a", "b"], negative_prompt="x", batch_size=2)
    assert (p.all_prompts, p.all_negative_prompts) == (["a", "b"], [WORDS, WORDS])


@pytest.mark.parametrize(("prompts", "negatives"), [(["a", "b", "c"], ["x", "y"]), (["a"], ["x", "y"]), ("a", [])])
def test_lists_that_do_not_match_are_refused_not_stretched(webui: driver.WebUI, prompts: Any, negatives: Any) -> None:
    with pytest.raises(Exception, match=r"prompts? and [0-9]+ negative prompts?"):
        ran(webui, prompt=prompts, negative_prompt=negatives)


@pytest.mark.parametrize("left", [[], ["size"]])
@pytest.mark.parametrize("host_s", [(64, 64), (320, 256)], ids=["the tab's size", "the picture's size"])
def test_the_upscale_button_keeps_the_pictures_own_size(
    webui: driver.WebUI, left: list[str], host_s: tuple[int, int]
) -> None:
    picture = Image.new("RGB", (320, 256))
    width, height = host_s
    size = {"width": width, "height": height}
    p = begun(webui, [{"size": "640x384", "leave": left}], firstpass_image=picture, enable_hr=True, **size)
    assert (p.width, p.height) == (320, 256)
    assert p.negative_prompt == WORDS
    off = begun(webui, [False], firstpass_image=picture, enable_hr=True, **size)
    assert (off.width, off.height) == host_s


def test_an_inner_img2img_run_with_all_scripts_is_left_as_it_is(webui: driver.WebUI) -> None:
    from modules.processing import StableDiffusionProcessingImg2Img

    given = {"width": 320, "height": 256, "cfg_scale": 3, "steps": 7, "sampler_name": "Euler a", "seed": 4}
    inner = StableDiffusionProcessingImg2Img(negative_prompt=WORDS, **given)
    inner.is_api = True
    inner.scripts, inner.script_args = webui.runner, tuple(webui.args([{"size": "640x384", "join": "before"}]))
    before = fields_of(inner)
    webui.runner.before_process(inner)
    assert fields_of(inner) == before
    assert (inner.negative_prompt, inner.extra_generation_params) == (WORDS, {})


def test_settings_that_this_webui_does_not_know_are_not_stored(webui: driver.WebUI) -> None:
    from pure_negative.webui.core import apply

    unknown = {"emphasis": "No norm", "nothing_such": 3}
    assert apply.stored(unknown) == {"emphasis": "No norm", "nothing_such": 3}
    assert shared.opts.data["emphasis"] == "Original"
    assert "nothing_such" not in shared.opts.data


def test_the_ladder_goes_on_the_prompt_once(webui: driver.WebUI) -> None:
    p = driver.request(prompt="a, b")
    for _ in range(2):
        driver.run(webui, [{**SMALL, "ladder": True}], p)
        assert p.all_prompts == ["(a:1.0), (b:0.95)"]


def test_styles_stay_around_our_words(webui: driver.WebUI) -> None:
    shared.prompt_styles.styles["probe"] = PromptStyle("probe", "in ({prompt})", "style words", "x.csv")
    p = ran(webui, prompt="a", styles=["probe"])
    assert (p.all_prompts, p.all_negative_prompts) == (["in (a)"], [f"{WORDS}, style words"])


def test_hires_negatives_are_ours_too(webui: driver.WebUI) -> None:
    def hires(typed: Any, negative: Any = "first") -> list[str]:
        fields = {"negative_prompt": negative, "enable_hr": True, "hr_negative_prompt": typed, "batch_size": 2}
        p = begun(webui, [{"join": "before"}], **fields)
        p.setup_prompts()
        return list(p.all_hr_negative_prompts)

    assert hires("") == [f"{WORDS}, first"] * 2
    assert hires("finer") == [f"{WORDS}, finer"] * 2
    assert hires("  ") == [WORDS] * 2
    assert hires("", ["a", "b"]) == [f"{WORDS}, a", f"{WORDS}, b"]
    assert hires(["c", "d"], ["a", "b"]) == [f"{WORDS}, c", f"{WORDS}, d"]


def test_copies_share_no_dict_that_was_changed(webui: driver.WebUI) -> None:
    shared_dicts = {"override_settings": {"emphasis": "Original"}, "extra_generation_params": {"Note": "x"}}
    before = copy.deepcopy(shared_dicts)
    p = driver.request(**shared_dicts)
    p.is_api = True
    p.scripts = webui.runner
    for w in (0.5, 0.9):
        cell = copy.copy(p)
        cell.script_args = tuple(webui.args([{**SMALL, "w": w}]))
        webui.runner.before_process(cell)
        assert f"w={w}" in cell.extra_generation_params["Pure negative"]
        assert cell.extra_generation_params["Note"] == "x"
    assert p.override_settings == before["override_settings"]
    assert p.extra_generation_params == before["extra_generation_params"]
    assert shared_dicts == before


def test_no_setting_of_ours_outlives_the_run_on_a_fresh_install(webui: driver.WebUI) -> None:
    assert "CLIP_stop_at_last_layers" not in shared.opts.data
    assert "emphasis" not in shared.opts.data
    p = ran(webui, {"clip_skip": 4, "emphasis": "No norm"})
    assert "Clip skip: 4" in infotext_of(p)
    assert (shared.opts.CLIP_stop_at_last_layers, shared.opts.emphasis) == (1, "Original")


def test_an_override_of_the_users_own_is_left_unless_ours_is_given(webui: driver.WebUI) -> None:
    given = {"CLIP_stop_at_last_layers": 5, "emphasis": "No norm"}
    p = begun(webui, [{"leave": "clip_skip"}], override_settings=dict(given))
    assert p.override_settings == given
    assert p.extra_generation_params["Emphasis"] == "No norm"
    assert begun(webui, [True], override_settings=dict(given)).override_settings == {
        **given,
        "CLIP_stop_at_last_layers": 2,
    }


def test_the_text_in_the_picture_restores_the_choices(webui: driver.WebUI) -> None:
    entries = {**SMALL, "w": 1e-16, "words": "bad, astolfo_(fate)", "join": "after", "cfg": 24}
    restored = infotext.restore(infotext_of(driver.ran(webui, [entries], negative_prompt="typed", prompt="a car")))
    assert restored is not None
    assert restored.notes == ()
    made = plan.make(choices.read(entries), plan.Tab(prompt="a car", negative_prompt="typed", seed=5))
    assert restored.plan() == made


def test_warnings_are_below_the_gallery(webui: driver.WebUI) -> None:
    shared.opts.data["emphasis"] = "None"
    processed = driver.run(webui, [{**SMALL, "cfg": 1}])
    assert "Pure negative: At CFG scale 1 the negative prompt has no effect" in processed.comments
    assert "Pure negative: The setting Emphasis mode is None" in processed.comments
    shared.opts.data["emphasis"] = "Original"
    shared.opts.data["s_min_uncond"] = 2.0
    assert "The settings skip the negative prompt" in driver.run(webui, [SMALL]).comments


def infotext_of(p: Any) -> str:
    from modules import processing

    return processing.create_infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds) + clip_skip_of(p)


def clip_skip_of(p: Any) -> str:
    """What the text said while the override held."""
    return f", Clip skip: {p.override_settings['CLIP_stop_at_last_layers']}"


def test_a_run_that_is_complete_already_is_left_alone(webui: driver.WebUI) -> None:

    p = driver.request(negative_prompt="complete")
    setattr(p, names.OWN_RUN, True)
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args([True]))
    webui.runner.before_process(p)
    assert p.negative_prompt == "complete"


def test_what_was_read_otherwise_is_said_under_the_gallery(webui: driver.WebUI) -> None:
    p = ran(webui, {"words": "ba\u200bd，low", "w": 0.5, "join": "before"}, negative_prompt="ug\u00adly", prompt="a")
    assert p.all_negative_prompts == ["(bad:0.5), (low:0.5), ug\u00adly"]
    said = "\n".join(p.comments)
    assert all(part in said for part in ("U+200B", "'，'", "negative prompt: U+00AD"))
    assert not any("cannot be seen" in text for text in ran(webui, {"words": "bad"}, prompt="❤️").comments)


def test_the_hires_texts_are_looked_at_too(webui: driver.WebUI) -> None:
    p = begun(webui, [{**SMALL, "join": "after"}], enable_hr=True, hr_prompt="a\u2060", hr_negative_prompt="（b：1.2）")
    assert any("hires prompt: U+2060" in text for text in p.comments)
    assert any("hires negative prompt: the full-width" in text for text in p.comments)


@pytest.mark.parametrize("words", ["((bad)), [low]", "bad:1.2", "1.5::bad::", "{{{bad}}}"])
def test_another_programs_weight_is_refused_in_the_apis_answer(webui: driver.WebUI, words: str) -> None:
    answer = webui.txt2img(ours=[{**SMALL, "words": words}])
    assert answer.status_code == 422
    assert "write bad and give the weight of all words as W" in answer.text
