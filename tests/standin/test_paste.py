"""From a picture's text back to the page: the tick, the panel and the tab; and texts that are not ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modules import infotext_utils, script_callbacks, shared

from pure_negative.panel import controls, values
from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from tests import strategies
from tests.standin import driver

MODEL = Model("any", "0123456789")
WORDS = plan.make(choices.read({})).words
FOREIGN = [
    "",
    "a car",
    "a car\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: abc",
    f"Negative prompt: {WORDS}\nSteps: 3, Sampler: Euler, CFG scale: 10.5, Seed: 5, Size: 64x64",
    "Steps: 20, Pure negative prompt: yes, Seed: 1, Size: 64x64",
]


def text_of(entries: dict[str, Any], tab: plan.Tab | None = None) -> str:
    """A picture's text, as this program writes it."""
    made = plan.make(choices.read(entries), tab)
    return infotext.write(made.request(5), MODEL, infotext.pack(made))


def shown(page: driver.Page) -> dict[str, Any]:
    """The panel's controls by name."""
    return dict(zip(("enabled", *values.CONTROLS), page.ours(), strict=True))


def pasted(webui: driver.WebUI, text: str) -> driver.Page:
    page = driver.Page(webui)
    page.paste(text)
    return page


def test_a_paste_restores_the_tick_the_panel_and_the_tab(webui: driver.WebUI) -> None:
    entries = {
        **{"preset": "anything-v3", "brackets": -2, "words": "bad, astolfo_(fate)", "scope": "whole", "ratio": "4:3"},
        **{"size_rule": "closest", "cfg": 9.5, "steps": 400, "sampler": "Euler a", "scheduler": "Karras"},
        **{"clip_skip": 1, "spaces": True, "join": "after", "prompt": "a car"},
    }
    page = pasted(webui, text_of(entries, plan.Tab(negative_prompt="typed")))
    wanted = {
        **{
            "enabled": True,
            "preset": "anything-v3",
            "w": "2[",
            "scope": "whole",
            "shape": "4:3",
            "size_rule": "closest",
        },
        **{
            "words": "bad, astolfo_\\(fate\\)",
            "cfg": "9.5",
            "steps": "400",
            "sampler": "Euler a",
            "scheduler": "Karras",
        },
        **{"spaces": True, "join": "after", "cfg_factor": 1.0, "ladder": False, "clip_skip": "1", "leave": []},
    }
    assert {key: shown(page)[key] for key in wanted} == wanted
    assert (page["txt2img_prompt"], page["txt2img_neg_prompt"]) == ("a car", "typed")
    assert (page["txt2img_steps"], page["txt2img_sampling"], page["txt2img_seed"]) == (400, "Euler a", 5)


def test_the_tab_is_restored_where_its_prompts_have_no_value_yet(
    webui: driver.WebUI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for elem_id in ("txt2img_prompt", "txt2img_neg_prompt"):
        monkeypatch.setattr(webui.component(elem_id), "value", None)
    page = pasted(webui, text_of({"join": "after", "prompt": "a car"}, plan.Tab(negative_prompt="typed")))
    assert (page["txt2img_prompt"], page["txt2img_neg_prompt"]) == ("a car", "typed")


def test_the_slider_comes_with_the_weight(webui: driver.WebUI) -> None:
    assert pasted(webui, text_of({"brackets": 3}))["pure_negative_brackets"] == 3
    assert pasted(webui, text_of({"w": 0.0001}))["pure_negative_brackets"] == controls.SLIDER[0]


def test_what_was_really_made_wins_over_our_field(webui: driver.WebUI) -> None:
    made = text_of({"size": "64x64", "steps": 3, "cfg": 9})
    changed = made.replace("Size: 64x64", "Size: 128x192").replace("Steps: 3", "Steps: 7")
    found = shown(pasted(webui, changed.replace("CFG scale: 9", "CFG scale: 11.5")))
    assert (found["shape"], found["steps"], found["cfg"]) == ("128x192", "7", "11.5")


ROUNDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({}, {"txt2img_neg_prompt": "typed", "txt2img_prompt": "a car"}),
    ({"join": "before"}, {"txt2img_neg_prompt": "typed, (more:1.2)"}),
    ({"join": "after", "w": "2("}, {"txt2img_neg_prompt": "typed"}),
    ({"w": "0.0000000000000001", "words": "bad, a:b, astolfo_(fate), \\[x\\]"}, {}),
    ({"notation": "bracket", "w": "6[", "scope": "whole"}, {"txt2img_neg_prompt": "typed"}),
    ({"ladder": True, "shape": "1:1", "cfg_factor": 1.5}, {"txt2img_prompt": "a, b"}),
    ({"leave": ["negative", "size", "cfg", "steps"]}, {"txt2img_neg_prompt": "typed", "txt2img_width": 128}),
    ({"preset": "anything-v3", "cfg": "9", "sampler": "Euler a", "scheduler": "Karras", "clip_skip": "3"}, {}),
    ({"leave": ["clip_skip", "sampler", "scheduler"]}, {"txt2img_sampling": "Euler a"}),
    ({"join": "after"}, {"txt2img_neg_prompt": "typed", "txt2img_hr-checkbox": True, "hires_neg_prompt": "finer"}),
]


@pytest.mark.parametrize(("ours", "tab"), ROUNDS)
def test_generate_and_paste_again_and_again_and_nothing_grows(
    webui: driver.WebUI, ours: dict[str, Any], tab: dict[str, Any]
) -> None:
    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"], page["txt2img_seed"] = True, 5
    page["pure_negative_shape"], page["pure_negative_steps"] = "64x64", "3"
    page["txt2img_width"] = page["txt2img_height"] = 64
    page["txt2img_steps"] = 3
    for name, value in ours.items():
        page[controls.elem_id(name)] = value
    for name, value in tab.items():
        page[name] = value
    texts, panels = [], []
    for _ in range(4):
        texts.append(page.generate().infotexts[0])
        page = pasted(webui, texts[-1])
        panels.append((page.ours(), page["txt2img_neg_prompt"], page["txt2img_prompt"], page["hires_neg_prompt"]))
    assert texts[1:] == texts[:1] * 3
    assert panels[1:] == panels[:1] * 3
    typed = tab.get("txt2img_neg_prompt", "") if ours.get("join") or "leave" in ours else ""
    assert panels[0][1] == typed


@settings(max_examples=60)
@given(entries=strategies.all_choices(), typed=strategies.prompts, prompt=strategies.prompts)
def test_the_panel_holds_whatever_a_text_says(entries: choices.Choices, typed: str, prompt: str) -> None:
    """Not by the page, for its cost: what each control would become is read as a run would read it."""
    from pure_negative.errors import PureNegativeError
    from pure_negative.webui.core import paste

    try:
        made = plan.make(entries, plan.Tab(prompt=prompt, negative_prompt=typed, seed=5))
    except PureNegativeError:
        return
    text = infotext.write(made.request(5), MODEL, infotext.pack(made))
    restored = infotext.restore(text)
    assert restored is not None
    params = infotext_utils.parse_generation_parameters(text, [])
    paste.on_pasted(text, params)
    fields = {name: paste._getter(name)(params) for name in ("enabled", *values.CONTROLS)}
    chosen = values.read(list(fields.values()))
    assert chosen is not None
    again = plan.make(chosen, restored.tab)
    wanted = restored.plan()
    for key in ("words", "negative_prompt", "size", "cfg", "steps", "sampler", "scheduler", "clip_skip"):
        assert getattr(again, key) == getattr(wanted, key)


@pytest.mark.parametrize("text", FOREIGN[1:])
def test_other_programs_texts_untick_and_leave_the_panel_alone(webui: driver.WebUI, text: str) -> None:
    page = driver.Page(webui)
    page["pure_negative_tick-checkbox"], page["pure_negative_w"] = True, "2("
    page.paste(text)
    assert shown(page)["enabled"] is False
    assert shown(page)["w"] == "2("
    assert page["txt2img_neg_prompt"] == infotext_utils.parse_generation_parameters(text, [])["Negative prompt"]


def test_an_empty_paste_takes_the_last_picture(webui: driver.WebUI) -> None:
    driver.run(webui, [{"size": "64x64", "steps": 3, "w": 0.9}])
    page = pasted(webui, "")
    assert (shown(page)["enabled"], shown(page)["w"], page["txt2img_neg_prompt"]) == (True, "0.9", "")


def test_a_user_may_drop_our_field_from_pastes(webui: driver.WebUI) -> None:
    shared.opts.data["infotext_skip_pasting"] = [infotext.FIELD]
    page = pasted(webui, text_of({}))
    assert (shown(page)["enabled"], page["txt2img_neg_prompt"]) == (False, WORDS)


@pytest.mark.parametrize("skipped", ["Prompt", "Negative prompt", "Clip skip", "Steps", "Size", "Sampler", "CFG scale"])
def test_what_the_webui_disregards_of_a_paste_is_not_taken_for_missing(webui: driver.WebUI, skipped: str) -> None:
    text = text_of({"clip_skip": 2, "steps": 3, "size": "64x64", "cfg": 9, "prompt": "a car", "join": "after"})
    whole = pasted(webui, text)
    names = ("Size-1", "Size-2") if skipped == "Size" else (skipped,)
    shared.opts.data["infotext_skip_pasting"] = list(names)
    page = driver.Page(webui)
    page["txt2img_neg_prompt"] = "mine"
    page.paste(text)
    assert shown(page) == shown(whole)
    assert page["txt2img_prompt"] == (text if skipped == "Prompt" else "a car")
    assert page["txt2img_neg_prompt"] == ("mine" if skipped == "Negative prompt" else "")


def test_a_paste_elsewhere_has_the_whole_prompts(webui: driver.WebUI) -> None:
    text = text_of({"preset": "nai", "prompt": "a car"}, plan.Tab(negative_prompt="typed"))
    params = infotext_utils.parse_generation_parameters(text)
    before = params["Prompt"], params["Negative prompt"]
    script_callbacks.infotext_pasted_callback(text, params)
    assert (params["Prompt"], params["Negative prompt"]) == before
    assert WORDS in before[1]


@pytest.mark.parametrize(
    "packed",
    [
        *["v2;preset=nai", "v1;w=heavy", "v1;steps=0", "v1;preset=../../x", "v1;w=1;w=2", "v1;unknown=1", "v1", ""],
        *["v1;words=%00", "v1;words=<script>", "<script>alert(1)</script>", "v1;leave=everything", "v1;" * 9999],
        *["v1;preset=no-longer-here;w=0.5", "v1;size=0x0", "v1;ratio=1:0", "x" * 10_000, "v1;w=%e9%e9"],
    ],
)
def test_hostile_fields_do_no_harm(webui: driver.WebUI, packed: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"a car\nNegative prompt: bad\nSteps: 3, Sampler: Euler, Seed: 5, Size: 64x64, Pure negative: {packed}"
    page = pasted(webui, text)
    assert page["txt2img_prompt"] == "a car"
    assert "Traceback" not in capsys.readouterr().err
    if shown(page)["enabled"]:
        assert len(page.generate().images) == 1
    answer = webui.txt2img(infotext=text)
    assert answer.status_code == 200, answer.json()


@settings(max_examples=150)
@given(strategies.hostile_text, st.lists(strategies.hostile_text, max_size=4), strategies.hostile_text)
def test_any_text_at_all_can_be_pasted(prompt: str, pairs: list[str], packed: str) -> None:
    from pure_negative.webui.core import paste

    keys = ("Steps", "CFG scale", "Size", "Sampler")
    written = "".join(f", {key}: {value}" for key, value in zip(keys, pairs, strict=False))
    text = f"{prompt}\nSteps: 3, Seed: 5, Size: 64x64{written}, Pure negative: v1;{packed}"
    params = infotext_utils.parse_generation_parameters(text, [])
    paste.on_pasted(text, params)
    fields = [paste._getter(name)(params) for name in ("enabled", *values.CONTROLS)]
    assert fields[0] in (True, False)
    if fields[0]:
        assert values.read(fields) is not None


def test_the_apis_infotext_runs_the_same_picture(webui: driver.WebUI) -> None:
    for entries, typed in (({}, "typed"), ({"join": "after", "w": 0.9}, "typed"), ({"join": "before"}, "")):
        first = driver.run(webui, [{"size": "64x64", "steps": 3, **entries}], negative_prompt=typed).infotexts[0]
        body = {"infotext": first}
        again = webui.client.post("/sdapi/v1/txt2img", json=body)
        assert again.status_code == 200, again.json()
        assert first in again.json()["info"].encode().decode("unicode_escape").replace("\\n", "\n") or first_in(
            again, first
        )


def first_in(answer: Any, text: str) -> bool:
    import json

    return bool(json.loads(answer.json()["info"])["infotexts"][0] == text)


def test_pasting_never_calls_twice_for_one_text(webui: driver.WebUI) -> None:
    """The choices are worked out once a paste, however many controls ask."""
    seen = []
    original = infotext.restore_info
    try:
        infotext.restore_info = lambda info: seen.append(1) or original(info)  # type: ignore[assignment]
        pasted(webui, text_of({}))
    finally:
        infotext.restore_info = original
    assert seen == [1]


def test_our_callback_is_registered_once_after_each_reload(webui: driver.WebUI) -> None:
    for _ in range(2):
        driver.start(reload=True)
    known = [getattr(each, "callback", each) for found in script_callbacks.callback_map.values() for each in found]
    ours = [callback for callback in known if callback.__module__.startswith("pure_negative.")]
    assert len(ours) == len(set(ours)) == 7
    page = pasted(webui, text_of({"join": "after"}, plan.Tab(negative_prompt="typed")))
    assert page["txt2img_neg_prompt"] == "typed"


@pytest.mark.parametrize(
    "wrap", ["```\n{}\n```", "parameters\n{}", "look:\n~~~\n{}\n~~~\nbye", "{}\nTime taken: 3 sec."]
)
def test_a_text_from_a_chat_is_pasted_as_if_it_stood_alone(webui: driver.WebUI, wrap: str) -> None:
    text = text_of({"preset": "nai", "words": "bad, low", "w": 0.5, "prompt": "a car"})
    alone, wrapped = pasted(webui, text), pasted(webui, wrap.format(text))
    assert shown(wrapped) == shown(alone)
    assert shown(wrapped)["enabled"] is True
