"""Facts about one job of pictures: the order of things, what stops it, what its copies share, what its text says."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from modules import infotext_utils, processing, shared
from modules.styles import PromptStyle
from PIL import Image

from tests.standin import driver

HOOKS = ("before_process", "process", "before_process_batch", "process_batch", "postprocess")


def written(**fields: Any) -> str:
    """The text of the first picture."""
    return driver.run_with(driver.runner_of(), **fields).processed.infotexts[0]


def test_the_order_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noting(name: str) -> Any:
        return lambda *_, **__: seen.append(name)

    setup_prompts = processing.StableDiffusionProcessingTxt2Img.setup_prompts

    def prompts(p: Any) -> None:
        seen.append(f"setup_prompts, clip skip {shared.opts.CLIP_stop_at_last_layers}")
        setup_prompts(p)

    monkeypatch.setattr(processing.StableDiffusionProcessingTxt2Img, "setup_prompts", prompts)
    runner = driver.runner_of(driver.always(**{name: noting(name) for name in ("setup", *HOOKS)}))
    driver.run_with(runner, n_iter=2, override_settings={"CLIP_stop_at_last_layers": 2})
    batch = ["before_process_batch", "process_batch"]
    assert seen == [
        *("setup", "before_process", "setup_prompts, clip skip 2", "process", *batch, *batch, "postprocess"),
    ]


def test_what_before_process_sets_is_what_is_made() -> None:
    def fill(_: Any, p: Any) -> None:
        p.negative_prompt, p.width, p.height, p.steps, p.cfg_scale = "ours", 128, 64, 3, 9
        p.sampler_name, p.scheduler, p.seed = "Euler a", "Karras", 11
        p.override_settings = {"CLIP_stop_at_last_layers": 2}
        p.extra_generation_params = {**p.extra_generation_params, "Pure negative": "v1;w=1.0"}

    p = driver.run_with(driver.runner_of(driver.always(before_process=fill)), negative_prompt="typed")
    text = p.processed.infotexts[0]
    assert p.processed.images[0].size == (128, 64)
    assert text.startswith("Negative prompt: ours\nSteps: 3, Sampler: Euler a, Schedule type: Karras, CFG scale: 9, ")
    assert ", Seed: 11, Size: 128x64, " in text
    assert ", Clip skip: 2, Pure negative: v1;w=1.0, Version: " in text


def test_what_setup_prompts_raises_ends_the_job_and_no_other() -> None:
    def stop() -> None:
        raise ValueError("stopped here")

    def before_process(_: Any, p: Any) -> None:
        if p.seed == 1:
            p.setup_prompts = stop

    runner = driver.runner_of(driver.always(before_process=before_process))
    with pytest.raises(ValueError, match="stopped here"):
        driver.run_with(runner, seed=1)
    assert len(driver.run_with(runner, seed=2).processed.images) == 1


def test_comments_are_lines_below_the_gallery_each_once() -> None:
    def say(_: Any, p: Any) -> None:
        p.comment("one")
        p.comment("two")
        p.comment("one")

    assert driver.run_with(driver.runner_of(driver.always(before_process=say))).processed.comments == "one\ntwo\n"


def test_a_prompt_for_each_picture() -> None:
    p = driver.run_with(driver.runner_of(), prompt="a", negative_prompt="b", batch_size=2, n_iter=2)
    assert (p.all_prompts, p.all_negative_prompts, p.all_seeds) == (["a"] * 4, ["b"] * 4, [5, 6, 7, 8])
    p = driver.run_with(driver.runner_of(), prompt="a", negative_prompt=["b", "c"], batch_size=2, seed=[7, 7])
    assert (p.all_prompts, p.all_negative_prompts, p.all_seeds) == (["a", "a"], ["b", "c"], [7, 7])
    with pytest.raises(RuntimeError):
        driver.run_with(driver.runner_of(), prompt=["a", "b", "c"], negative_prompt=["b", "c"], batch_size=3)


def test_styles_go_around_both_prompts() -> None:
    shared.prompt_styles.styles["probe"] = PromptStyle("probe", "in ({prompt})", "style words", "x.csv")
    p = driver.run_with(driver.runner_of(), prompt="a", negative_prompt="b", styles=["probe"])
    assert (p.all_prompts, p.all_negative_prompts) == (["in (a)"], ["b, style words"])


def test_an_empty_hires_negative_prompt_copies_the_first_passs() -> None:
    for typed, made in (("", "b"), ("mine", "mine")):
        p = driver.request(negative_prompt="b", enable_hr=True, hr_negative_prompt=typed, n_iter=2)
        p.setup_prompts()
        assert p.all_hr_negative_prompts == [made] * 2


def test_a_copy_shares_every_dict_and_list() -> None:
    p = driver.request(override_settings={"emphasis": "Original"}, styles=["x"])
    other = copy.copy(p)
    for name in ("extra_generation_params", "override_settings", "comments", "styles"):
        assert getattr(other, name) is getattr(p, name)


def test_a_text_begins_with_the_prompts_and_ends_with_pairs() -> None:
    text = written(prompt="a car", negative_prompt="bad, low", cfg_scale=10.5, steps=3)
    lines = text.split("\n")
    assert lines[:2] == ["a car", "Negative prompt: bad, low"]
    usual = "Steps: 3, Sampler: Euler, Schedule type: Automatic, CFG scale: 10.5, Seed: 5, Size: 64x64, Model hash: "
    assert lines[2].startswith(usual)
    assert ", Version: v1.10.1" in lines[2]
    assert "Clip skip" not in text
    assert written(negative_prompt="bad").startswith("Negative prompt: bad\nSteps: ")
    assert written(prompt="a").startswith("a\nSteps: ")


def test_extra_pairs_may_be_texts_lists_and_functions_and_go_over_standard_ones() -> None:
    def fill(_: Any, p: Any) -> None:
        p.extra_generation_params = {
            "Steps": "other",
            "Nothing": None,
            "Each": ["first", "second"],
            "Made": lambda index, **_: f"number {index}",
            "Broken": lambda **_: 1 / 0,
            "Quoted": "a, b: c",
        }

    p = driver.run_with(driver.runner_of(driver.always(before_process=fill)), batch_size=2)
    text = p.processed.infotexts[-1]
    assert text.startswith("Steps: other, ")
    assert 'Each: second, Made: number 1, Quoted: "a, b: c", Version: ' in text
    assert "Nothing" not in text
    assert "Broken" not in text


def test_values_with_what_ends_a_value_are_quoted_and_others_are_not() -> None:
    ours = "v1;preset=nai;w=0.564;words=a%2Cb%3A (c)"
    assert infotext_utils.quote(ours) == ours
    assert infotext_utils.quote(10.5) == 10.5
    for text in ("a, b", "a: b", "a\nb", 'say "x", y'):
        assert infotext_utils.quote(text) == json.dumps(text)
        assert infotext_utils.unquote(infotext_utils.quote(text)) == text
    assert infotext_utils.unquote('"open') == '"open'


def test_each_picture_carries_its_text() -> None:
    processed = driver.run_with(driver.runner_of(), n_iter=2).processed
    texts = [image.info["parameters"] for image in processed.images]
    assert texts == processed.infotexts
    assert ["Seed: 5" in texts[-2], "Seed: 6" in texts[-1]] == [True, True]
    answer = json.loads(processed.js())
    assert answer["infotexts"] == processed.infotexts
    assert answer["seed"] == 5


def test_an_interrupted_job_has_no_pictures_but_a_text() -> None:
    runner = driver.runner_of(driver.always(process=lambda *_: setattr(shared.state, "interrupted", True)))
    try:
        processed = driver.run_with(runner).processed
    finally:
        shared.state.interrupted = False
    assert processed.images == []
    assert processed.info.startswith("Steps: 2, ")


def test_a_fixed_seed_is_kept_a_random_one_is_drawn_and_a_list_passes() -> None:
    assert processing.get_fixed_seed(7) == 7
    assert processing.get_fixed_seed(-1) >= 0
    assert processing.get_fixed_seed([1, 2]) == [1, 2]


def test_an_error_is_shown_escaped_in_place_of_the_answer() -> None:
    from modules.call_queue import wrap_gradio_call_no_job

    def fail() -> None:
        raise ValueError("<b>wrong</b>")

    answer = wrap_gradio_call_no_job(fail, extra_outputs=[None, "", ""])()
    assert answer[:3] == (None, "", "")
    assert answer[3] == "<div class='error'>ValueError: &lt;b&gt;wrong&lt;/b&gt;</div>"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"hr_scale": 1.55}, (793, 1190, 0, 0)),
        ({"hr_resize_x": 1024}, (1024, 1536, 0, 0)),
        ({"hr_resize_y": 1024}, (682, 1024, 0, 0)),
        ({"hr_resize_x": 1024, "hr_resize_y": 1024}, (1024, 1536, 0, 64)),
        ({"hr_resize_x": 600, "hr_resize_y": 1200}, (800, 1200, 25, 0)),
    ],
)
def test_what_the_second_pass_enlarges_to(fields: dict[str, Any], expected: tuple[int, ...]) -> None:
    p = driver.request(enable_hr=True, width=512, height=768, **fields)
    p.calculate_target_resolution()
    assert (p.hr_upscale_to_x, p.hr_upscale_to_y, p.truncate_x, p.truncate_y) == expected
    assert [key for key in p.extra_generation_params if key.startswith("Hires")] != []


def test_what_is_told_of_a_job_is_what_its_processing_object_holds_in_the_end() -> None:
    fresh = driver.request()
    assert (fresh.sd_model_name, fresh.sd_model_hash, fresh.is_api) == (None, None, False)
    p = driver.run_with(driver.runner_of(), width=128, cfg_scale=9, sampler_name="Euler a")
    told = json.loads(p.processed.js())
    assert [told[key] for key in ("width", "height", "steps", "cfg_scale", "batch_size")] == [128, 64, 2, 9, 1]
    assert (told["sampler_name"], told["clip_skip"]) == ("Euler a", 1)
    checkpoint = shared.sd_model.sd_checkpoint_info
    assert (told["sd_model_name"], told["sd_model_hash"]) == (checkpoint.name_for_extra, checkpoint.shorthash)


def test_a_picture_is_saved_under_what_its_processing_object_holds(tmp_path: Path) -> None:
    from modules import images

    pattern = "[model_hash]-[steps]-[cfg]-[width]"
    shared.opts.data |= {"samples_filename_pattern": pattern, "grid_save_to_dirs": False, "save_to_dirs": False}
    p, picture = driver.request(cfg_scale=9), Image.new("RGB", (72, 64))
    for model, expected in ((None, "[model_hash]"), ("0123", "0123")):
        p.sd_model_hash = model
        path, _ = images.save_image(picture, str(tmp_path / expected), "sheet", seed=5, prompt="", grid=True, p=p)
        assert Path(path).name == f"sheet-0000-{expected}-2-9-72.png"
        assert picture.already_saved_as == path
