"""What another script sets for a picture holds over the plan, as the X/Y/Z plot's own axes do; what can't is said."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from modules import processing, shared
from modules.styles import PromptStyle

from pure_negative.planning import choices, infotext, plan
from pure_negative.webui import names
from pure_negative.webui.xyz import other_scripts
from tests.standin import driver

SMALL = {"size": "64x64", "steps": 3, "cfg": 5, "sampler": "Euler", "scheduler": "Automatic", "words": "bad", "w": 0.5}
OURS = "(bad:0.5)"
TAB = {"steps": 20, "cfg_scale": 7.0, "width": 128, "height": 192, "sampler_name": "Euler a", "scheduler": "Karras"}
PLANNED = {"steps": 3, "cfg_scale": 5, "width": 64, "height": 64, "sampler_name": "Euler", "scheduler": "Automatic"}
NOTES = names.NOTES


def made(webui: driver.WebUI, run: Callable[[Any], Any], entries: Any = None, **fields: Any) -> Any:
    """What a script of the Script list gives back, run through the API."""
    with driver.listed(webui, run) as place:
        p = driver.request(**{**TAB, **fields})
        p.is_api = True
        p.scripts = webui.runner
        p.script_args = (place, *webui.args([{**SMALL, **(entries or {})}])[1:])
        return webui.runner.run(p, *p.script_args)


def pictures(webui: driver.WebUI, lines: list[dict[str, Any]], entries: Any = None, **fields: Any) -> list[Any]:
    """A copy of the run for each line, with what it says set there; the copies after their pictures."""

    def run(p: Any) -> list[Any]:
        found = []
        for line in lines:
            mine = copy.copy(p)
            for name, value in line.items():
                setattr(mine, name, value)
            mine.processed = processing.process_images(mine)
            found.append(mine)
        return found

    return made(webui, run, entries, **fields)  # type: ignore[no-any-return]


def values(p: Any) -> dict[str, Any]:
    return {name: getattr(p, name) for name in TAB}


def text_of(p: Any) -> str:
    return str(p.processed.infotexts[0])


def restored(p: Any) -> infotext.Restored:
    found = infotext.restore(text_of(p))
    assert found is not None
    assert found.notes == ()
    return found


OWN = {
    "steps": (7, "steps"),
    "cfg_scale": (9.0, "cfg"),
    "sampler_name": ("DPM++ 2M", "sampler"),
    "scheduler": ("Uniform", "scheduler"),
}
"""Attribute → a value of another script's own, and what of the plan it takes the place of."""


@pytest.mark.parametrize("name", OWN)
def test_a_value_of_another_scripts_holds_for_its_picture_alone(webui: driver.WebUI, name: str) -> None:
    value, part = OWN[name]
    first, second, third = pictures(webui, [{name: value}, {}, {name: TAB[name]}])
    assert values(first) == {**PLANNED, name: value}
    assert values(second) == PLANNED
    assert values(third) == {**PLANNED, name: TAB[name]}, "the tab's own value is meant too"
    for p in (first, third):
        assert restored(p).choices.leave == (part,)
        assert getattr(restored(p).plan(), part) == getattr(p, name)
        assert p.all_negative_prompts == [OURS]
    assert restored(second).choices.leave is None
    assert first.comments == {}


@pytest.mark.parametrize("size", [{"width": 256, "height": 320}, {"width": 256}, {"height": 320}, {"width": 128}])
def test_a_side_of_another_scripts_holds_with_the_tabs_other(webui: driver.WebUI, size: dict[str, int]) -> None:
    for entries in ({}, {"size": None, "ratio": "4:3"}):
        first, second = pictures(webui, [size, {}], entries)
        assert values(first) == {**PLANNED, "width": 128, "height": 192, **size}
        assert (second.width, second.height) == ((64, 64) if not entries else (576, 384))
        assert first.processed.images[0].size == (first.width, first.height)


def test_all_of_them_hold_together_over_an_explicit_panel(webui: driver.WebUI) -> None:
    own = {name: value for name, (value, _) in OWN.items()} | {"width": 256, "height": 320}
    (p,) = pictures(webui, [own], {"leave": ["clip_skip"], "cfg": None, "cfg_factor": 2})
    assert values(p) == own
    assert p.all_negative_prompts == [OURS]
    assert set(restored(p).choices.leave or ()) == {"clip_skip", "steps", "cfg", "sampler", "scheduler", "size"}


def test_what_is_set_on_the_run_itself_holds_picture_after_picture(webui: driver.WebUI) -> None:
    seen = []

    def run(p: Any) -> Any:
        for scale in (2.0, 7.0, 5.0):
            p.cfg_scale = scale
            processed = processing.process_images(p)
            seen.append((p.cfg_scale, p.steps, p.width, p.all_negative_prompts))
        return processed

    made(webui, run)
    assert seen == [(scale, 3, 64, [OURS]) for scale in (2.0, 7.0, 5.0)]


def test_a_script_that_sets_values_and_leaves_the_run_to_the_webui(webui: driver.WebUI) -> None:
    def run(p: Any) -> None:
        p.steps, p.negative_prompt = 9, "its own"

    with driver.listed(webui, run) as place:
        p = driver.request(**TAB)
        p.is_api = True
        p.scripts, p.script_args = webui.runner, (place, *webui.args([SMALL])[1:])
        assert webui.runner.run(p, *p.script_args) is None
        processing.process_images(p)
    assert (p.steps, p.cfg_scale, p.all_negative_prompts) == (9, 5, [f"{OURS}, its own"])


def test_from_the_page_too_whose_own_controls_come_after_our_setup(webui: driver.WebUI) -> None:
    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"] = True
    page["pure_negative_w"], page["pure_negative_words"] = "0.5", "bad"
    page["txt2img_steps"], page["txt2img_width"], page["txt2img_cfg_scale"] = 4, 128, 3
    seen = []

    def run(p: Any) -> Any:
        for line in ({"steps": 4}, {"width": 192}, {"cfg_scale": 3, "negative_prompt": "own"}, {}):
            mine = copy.copy(p)
            for name, value in line.items():
                setattr(mine, name, value)
            processed = processing.process_images(mine)
            seen.append((mine.steps, mine.width, mine.cfg_scale, mine.all_negative_prompts[0]))
        return processed

    with driver.listed(webui, run) as place:
        p = page.request(place)
        webui.runner.run(p, *p.script_args)
    usual = plan.make(choices.read({"w": 0.5, "words": "bad"}))
    cfg = usual.cfg
    assert seen == [
        (4, 512, cfg, OURS),
        (48, 192, plan.make(choices.read({"w": 0.5, "words": "bad"})).cfg, OURS),
        (48, 512, 3, f"{OURS}, own"),
        (48, 512, cfg, OURS),
    ]


def test_the_pages_runs_are_told_their_user_once_every_script_is_set_up(webui: driver.WebUI) -> None:
    txt2img = pytest.importorskip("modules.txt2img", reason="THE PAGE'S ORDER NOT SEEN: only the real WebUI has it")
    import types

    plain = ["", "typed", [], 1, 1, 7.0, 64, 64, False, 0.7, 2.0, "Latent", 0, 0, 0]
    plain += ["Use same checkpoint", "Use same sampler", "Use same scheduler", "", "", []]
    arguments = webui.args([SMALL])
    sampler = driver.script_titled(webui.runner, "Sampler")
    arguments[sampler.args_from] = 11
    p = txt2img.txt2img_create_processing("task", types.SimpleNamespace(username=None), *plain, *arguments)
    known = other_scripts.seen(p)
    assert known is not None
    assert (known.tab["steps"], known.names) == (11, frozenset())


def test_negative_prompts_of_another_script_are_joined_not_replaced(webui: driver.WebUI) -> None:
    found = pictures(webui, [{"negative_prompt": "ugly"}, {"negative_prompt": "typed"}, {}], negative_prompt="typed")
    assert [p.all_negative_prompts for p in found] == [[f"{OURS}, ugly"], [f"{OURS}, typed"], [OURS]]
    assert restored(found[0]).choices.join == "before"
    assert restored(found[0]).tab.negative_prompt == "ugly"
    line = "Pure negative: Another script sets a negative prompt of its own for each picture, so the words go before it"
    assert [text for text in found[0].comments if text.startswith(line)]
    assert found[0].processed.extra_generation_params[NOTES] == list(found[0].comments)


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ({"join": "replace"}, f"{OURS}, ugly"),
        ({"join": "before"}, f"{OURS}, ugly"),
        ({"join": "after"}, f"ugly, {OURS}"),
        ({"leave": "negative"}, "ugly"),
    ],
)
def test_a_negative_prompt_of_another_scripts_under_each_way_of_joining(
    webui: driver.WebUI, entries: dict[str, Any], wanted: str
) -> None:
    (p,) = pictures(webui, [{"negative_prompt": "ugly"}], entries, negative_prompt="typed")
    assert p.all_negative_prompts == [wanted]
    assert bool(p.comments) == (entries == {"join": "replace"})


def test_an_empty_negative_prompt_of_another_scripts_is_our_words_alone(webui: driver.WebUI) -> None:
    (p,) = pictures(webui, [{"negative_prompt": ""}], negative_prompt="typed")
    assert (p.all_negative_prompts, p.comments) == ([OURS], {})


def matrix(p: Any) -> Any:
    """As Prompt matrix does over the negative prompt."""
    processing.fix_seed(p)
    first, *rest = p.negative_prompt.split("|")
    texts = [", ".join([first, *(part for n, part in enumerate(rest) if number & 1 << n)]) for number in range(4)]
    p.negative_prompt, p.seed, p.n_iter = texts, [p.seed] * 4, 4
    return processing.process_images(p)


def test_a_matrix_over_the_negative_prompt_has_our_words_in_each_picture(webui: driver.WebUI) -> None:
    processed = made(webui, matrix, negative_prompt="ugly|blurry|grey")
    ends = ["ugly", "ugly, blurry", "ugly, grey", "ugly, blurry, grey"]
    assert processed.all_negative_prompts == [f"{OURS}, {end}" for end in ends]
    assert "don't replace it" in processed.comments


def test_a_matrix_over_the_prompt_keeps_replacing_the_typed_negative(webui: driver.WebUI) -> None:
    def run(p: Any) -> Any:
        p.prompt, p.seed, p.n_iter = ["a", "a, b"], [5, 5], 2
        return processing.process_images(p)

    processed = made(webui, run, negative_prompt="typed")
    assert (processed.all_prompts, processed.all_negative_prompts) == (["a", "a, b"], [OURS, OURS])
    assert processed.comments == ""


def test_a_prompt_of_another_scripts_holds_over_one_of_the_requests_dict(webui: driver.WebUI) -> None:
    first, second = pictures(webui, [{"prompt": "dog"}, {}], {"prompt": "car", "ladder": False}, prompt="typed")
    assert (first.all_prompts, second.all_prompts) == (["dog"], ["car"])


def test_the_ladder_goes_on_another_scripts_prompt_too(webui: driver.WebUI) -> None:
    (p,) = pictures(webui, [{"prompt": "a, b"}], {"ladder": True})
    assert p.all_prompts == ["(a:1.0), (b:0.95)"]


def test_hires_negatives_of_another_script_are_joined_by_themselves(webui: driver.WebUI) -> None:
    lines = [{"hr_negative_prompt": "finer"}, {"negative_prompt": "ugly"}, {}]
    found = pictures(webui, lines, negative_prompt="typed", enable_hr=True, hr_negative_prompt="of the tab")
    assert [(p.negative_prompt, p.hr_negative_prompt) for p in found] == [
        (OURS, f"{OURS}, finer"),
        (f"{OURS}, ugly", OURS),
        (OURS, OURS),
    ]


def test_a_hires_cfg_scale_of_another_scripts_holds_where_the_host_has_one(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modules.processing import StableDiffusionProcessingTxt2Img

    from pure_negative.webui.hosts import detect
    from pure_negative.webui.hosts.forge_common import Patched

    monkeypatch.setattr(detect, "current", Patched)
    monkeypatch.setattr(StableDiffusionProcessingTxt2Img, "hr_cfg", None, raising=False)
    first, second, third = pictures(webui, [{"hr_cfg": 2.5}, {}, {"cfg_scale": 9.0}])
    assert [getattr(p, "hr_cfg", None) for p in (first, second, third)] == [2.5, 5, None]


def test_a_sampler_that_the_webui_does_not_know_is_replaced_as_without_us(webui: driver.WebUI) -> None:
    (p,) = pictures(webui, [{"sampler_name": None}])
    without = driver.run_with(driver.runner_of(), **{**TAB, "sampler_name": None})
    assert p.sampler_name == without.sampler_name
    assert restored(p).plan().sampler == p.sampler_name


def test_settings_of_another_scripts_hold_though_they_are_in_the_dict_that_copies_share(webui: driver.WebUI) -> None:
    seen = []

    def run(p: Any) -> Any:
        for skip, emphasis in ((None, None), (4, "No norm")):
            mine = copy.copy(p)
            if skip:
                mine.override_settings["CLIP_stop_at_last_layers"] = skip
                mine.override_settings["emphasis"] = emphasis
            processed = processing.process_images(mine)
            seen.append((mine.override_settings, mine.extra_generation_params.get("Emphasis")))
        return processed

    made(webui, run, {"clip_skip": 2, "emphasis": "Original"})
    assert seen == [
        ({"CLIP_stop_at_last_layers": 2, "emphasis": "Original"}, None),
        ({"CLIP_stop_at_last_layers": 4, "emphasis": "No norm"}, "No norm"),
    ]


def test_settings_of_the_tab_are_no_other_scripts(webui: driver.WebUI) -> None:
    given = {"CLIP_stop_at_last_layers": 5, "emphasis": "No norm"}
    seen = []

    def run(p: Any) -> Any:
        for _ in range(2):
            processed = processing.process_images(p)
            seen.append(dict(p.override_settings))
        return processed

    made(webui, run, {"clip_skip": 2, "emphasis": "Original"}, override_settings=dict(given))
    assert seen == [{"CLIP_stop_at_last_layers": 2, "emphasis": "Original"}] * 2


def test_a_seed_of_ours_is_what_another_script_counts_from(webui: driver.WebUI) -> None:
    def run(p: Any) -> list[Any]:
        found = []
        for own in (None, None, 77):
            mine = copy.copy(p)
            if own:
                mine.seed = own
            processing.process_images(mine)
            found.append(mine.all_seeds)
            p.seed += 1
        return found

    assert made(webui, run, {"seed": 9}) == [[9], [10], [77]]
    assert made(webui, run) == [[5], [6], [77]]
    assert made(webui, lambda p: processing.process_images(p), {"seed": 9}).all_seeds == [9]
    assert driver.ran(webui, [{**SMALL, "seed": 9}]).all_seeds == [9]


def test_styles_of_another_scripts_go_around_our_words(webui: driver.WebUI) -> None:
    shared.prompt_styles.styles["probe"] = PromptStyle("probe", "", "style words", "x.csv")
    first, second = pictures(webui, [{"styles": ["probe"]}, {}])
    assert (first.all_negative_prompts, second.all_negative_prompts) == ([f"{OURS}, style words"], [OURS])


def test_batch_counts_of_another_scripts_hold(webui: driver.WebUI) -> None:
    (p,) = pictures(webui, [{"batch_size": 2, "n_iter": 3}])
    assert p.all_negative_prompts == [OURS] * 6


@pytest.mark.parametrize("name", OWN)
def test_an_always_on_script_before_us_holds_and_it_is_said(webui: driver.WebUI, name: str) -> None:
    value, part = OWN[name]
    with driver.beside(webui, before_process=lambda _, p, *__: setattr(p, name, value)):
        p = driver.ran(webui, [SMALL], **TAB)
    assert values(p) == {**PLANNED, name: value}
    wanted = f"Another extension sets the {other_scripts.NAMES[part]} of this picture; it holds over the panel."
    assert list(p.comments) == [f"Pure negative: {wanted}"]
    with driver.beside(webui, first=False, before_process=lambda _, p, *__: setattr(p, name, value)):
        assert values(driver.ran(webui, [SMALL], **TAB)) == {**PLANNED, name: value}


def test_two_things_of_an_always_on_script_are_one_line(webui: driver.WebUI) -> None:
    def both(_: Any, p: Any, *__: Any) -> None:
        p.width, p.steps, p.cfg_scale = 256, 9, 3.0

    with driver.beside(webui, before_process=both):
        p = driver.ran(webui, [SMALL], **TAB)
    assert [*p.comments] == [
        "Pure negative: Another extension sets the size, CFG scale and steps of this picture; it holds over the panel."
    ]


def test_an_always_on_script_that_writes_the_tabs_own_value_back_sets_nothing(webui: driver.WebUI) -> None:
    def back(_: Any, p: Any, *__: Any) -> None:
        p.width, p.height, p.sampler_name = p.width // 8 * 8, p.height // 8 * 8, p.sampler_name
        p.negative_prompt = p.negative_prompt.strip()

    with driver.beside(webui, before_process=back):
        p = driver.ran(webui, [SMALL], **TAB, negative_prompt="typed")
    assert (values(p), p.all_negative_prompts, p.comments) == (PLANNED, [OURS], {})


def test_words_that_an_extension_takes_out_are_missed_in_words(webui: driver.WebUI) -> None:
    def own(_: Any, p: Any, *__: Any) -> None:
        p.all_negative_prompts[1:] = ["its own"] * (len(p.all_negative_prompts) - 1)

    def around(_: Any, p: Any, *__: Any) -> None:
        p.all_negative_prompts = [f"before,  {text}, behind" for text in p.all_negative_prompts]

    with driver.beside(webui, process=own):
        processed = driver.run(webui, [SMALL], n_iter=3)
    line = "Pure negative: another extension took the words out of the negative prompt of 2 of 3 pictures."
    assert line in processed.comments
    assert processed.extra_generation_params[NOTES] == [line]
    with driver.beside(webui, process=around):
        assert driver.run(webui, [SMALL], n_iter=3).comments == ""


SR = {"x": ("Prompt S/R", "ugly, grey, blurry")}


def test_search_and_replace_over_a_typed_negative_prompt(webui: driver.WebUI) -> None:
    plotted = driver.plot(webui, SR, [SMALL], negative_prompt="ugly, old")
    assert [p.all_negative_prompts for p in plotted.cells] == [
        [f"{OURS}, {each}, old"] for each in ("ugly", "grey", "blurry")
    ]
    after = driver.plot(webui, SR, [{**SMALL, "join": "after"}], negative_prompt="ugly")
    assert [p.all_negative_prompts for p in after.cells] == [[f"{each}, {OURS}"] for each in ("ugly", "grey", "blurry")]


def test_search_and_replace_over_the_prompt_leaves_the_negative_as_planned(webui: driver.WebUI) -> None:
    plotted = driver.plot(webui, SR, [SMALL], prompt="an ugly dog", negative_prompt="typed")
    assert [(p.prompt, p.negative_prompt) for p in plotted.cells] == [
        (f"an {each} dog", OURS) for each in ("ugly", "grey", "blurry")
    ]
    held = driver.plot(webui, SR, [{**SMALL, "prompt": "car"}], prompt="ugly dog")
    assert [p.prompt for p in held.cells] == ["ugly dog", "grey dog", "blurry dog"]
    beside = driver.plot(webui, SR, [{**SMALL, "prompt": "car"}], prompt="dog", negative_prompt="ugly")
    assert [p.prompt for p in beside.cells] == ["car"] * 3


def test_search_and_replace_beside_an_axis_of_ours_with_the_tick_off(webui: driver.WebUI) -> None:
    wanted = {**SR, "y": (names.AXIS_PREFIX + "W", "0.5, 0.9")}
    plotted = driver.plot(webui, wanted, [{"enabled": False, "words": "bad"}], negative_prompt="ugly")
    assert [p.negative_prompt for p in plotted.cells] == [
        f"(bad:{w}), {each}" for w in (0.5, 0.9) for each in ("ugly", "grey", "blurry")
    ]


def test_an_axis_of_another_extensions_holds_as_the_plots_own(webui: driver.WebUI) -> None:
    from tests.standin.test_facts_xyz import LABEL, axis

    with axis(webui, lambda p, value, _: setattr(p, "cfg_scale", float(value))):
        cells = driver.plot(webui, {"x": (LABEL, "3, 7"), "y": (names.AXIS_PREFIX + "W", "0.5, 0.9")}, [SMALL]).cells
    assert [p.cfg_scale for p in cells] == [3, 7, 3, 7]


def test_an_axis_of_ours_that_changes_nothing_is_said(webui: driver.WebUI) -> None:
    with driver.beside(webui, before_process=lambda _, p, *__: setattr(p, "cfg_scale", 3.0)):
        plotted = driver.plot(webui, {"x": (names.AXIS_PREFIX + "CFG ×", "1, 2")}, [{**SMALL, "cfg": None}])
    assert [p.cfg_scale for p in plotted.cells] == [3.0, 3.0]
    assert "Another script sets the CFG scale of each picture, so the axis of it changes nothing." in str(
        plotted.cells[0].comments
    )


def test_the_lines_are_in_the_apis_answer_and_in_no_pictures_text(webui: driver.WebUI) -> None:
    answer = webui.txt2img(ours=[{**SMALL, "cfg": 1}])
    info = json.loads(answer.json()["info"])
    (line,) = info["extra_generation_params"][NOTES]
    assert line.startswith("Pure negative: At CFG scale 1")
    assert not [text for text in info["infotexts"] if NOTES in text]
    assert NOTES not in json.loads(webui.txt2img(ours=[SMALL]).json()["info"])["extra_generation_params"]


def test_the_lines_are_in_the_answer_of_a_script_that_writes_its_own(webui: driver.WebUI) -> None:
    def run(p: Any) -> Any:
        images, texts = [], []
        for own in ("ugly", "grey"):
            mine = copy.copy(p)
            mine.negative_prompt = own
            processed = processing.process_images(mine)
            images += processed.images
            texts += processed.infotexts
        return processing.Processed(p, images, p.seed, "", infotexts=texts)

    processed = made(webui, run)
    info = json.loads(processed.js())
    assert len(info["extra_generation_params"][NOTES]) == 1
    assert info["extra_generation_params"][NOTES][0] + "\n" == processed.comments
    assert [f"{OURS}, ugly", f"{OURS}, grey"] == [infotext.read(text).negative_prompt for text in info["infotexts"]]
    assert not [text for text in info["infotexts"] if NOTES in text]


@pytest.mark.parametrize("ours", [[False], [], [{"enabled": False}], [{**SMALL, "w": "heavy"}]])
def test_no_note_is_taken_of_a_run_that_is_not_ours(webui: driver.WebUI, ours: list[Any]) -> None:
    p = driver.request()
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args(ours))
    assert type(p) is processing.StableDiffusionProcessingTxt2Img
    assert other_scripts.ATTRIBUTE not in vars(p)


def test_no_note_is_taken_under_our_own_scripts(webui: driver.WebUI) -> None:
    sheet = driver.script_titled(webui.runner, "Pure negative sheet")
    p = driver.request()
    p.is_api = True
    place = 1 + webui.runner.selectable_scripts.index(sheet)
    p.scripts, p.script_args = webui.runner, (place, *webui.args([SMALL])[1:])
    assert type(p) is processing.StableDiffusionProcessingTxt2Img


def test_a_run_of_ours_passes_for_the_webuis_own(webui: driver.WebUI) -> None:
    p = driver.request()
    p.is_api = True
    p.scripts, p.script_args = webui.runner, tuple(webui.args([SMALL]))
    usual = processing.StableDiffusionProcessingTxt2Img
    assert isinstance(p, usual)
    assert (type(p).__name__, type(p).__module__) == (usual.__name__, usual.__module__)
    deep = copy.deepcopy({key: value for key, value in vars(p).items() if not key.startswith("script")})
    assert set(deep) >= set(TAB)
