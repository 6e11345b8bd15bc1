"""Negative prompts without the WebUI's parser: the same answers, where it would find nothing and where it would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.webui.batch import processing_copy, prompt_schedules

try:
    from modules import prompt_parser
except ImportError:  # the stand-in has no parser
    prompt_parser = None

real = pytest.mark.skipif(prompt_parser is None, reason="SCHEDULES NOT COMPARED: only the real WebUI has the parser")
PIECES = [*"()[]:|\\ab.,5 -e+\n", ":0.5", ":0.5]", "[a", "(b:1.1)", " BREAK ", "\u00a0", "٣", "１"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@pytest.mark.parametrize("text", ["", "(bad:0.564), (low:0.564)", "[[[bad]]], [low]", "[a:b]", "16:9, a :)", "[a:b:c]"])
def test_a_plain_text_holds_from_the_first_step_to_the_last_and_is_not_parsed(text: str) -> None:
    def parse(*_: Any) -> Any:
        raise AssertionError(text)

    quick = prompt_schedules.quick_schedules(parse)
    assert quick([text, text], 20) == [[[20, text]]] * 2
    assert quick([text], 20, 8) == [[[8, text]]]
    assert quick([text], 20, 8, True) == [[[20, text]]]


def test_what_may_change_from_step_to_step_goes_through_the_parser_once() -> None:
    asked: list[Any] = []

    def parse(texts: list[str], *rest: Any) -> Any:
        asked.append((texts, *rest))
        return [[[1, text]] for text in texts]

    texts = ["[a|b]", "plain", "[a:b:0.5]", "[a|b]", "[bad: 3 ]"]
    found = prompt_schedules.quick_schedules(parse)(texts, 20, 8, True)
    assert asked == [(["[a|b]", "[a:b:0.5]", "[bad: 3 ]"], 20, 8, True)]
    assert [each[0][1] for each in found] == texts
    assert [each[0][0] for each in found] == [1, 20, 1, 1, 1]


def test_a_host_whose_parser_knows_no_old_way_is_not_told_of_it() -> None:
    def parse(texts: list[str], base_steps: int, hires_steps: int | None = None) -> Any:
        return [[[hires_steps or base_steps, text]] for text in texts]

    quick = prompt_schedules.quick_schedules(parse)
    assert quick(["[cat:dog:0.5]", "plain"], 20) == [[[20, "[cat:dog:0.5]"]], [[20, "plain"]]]
    assert quick(["[cat:dog:0.5]", "plain"], 20, 8) == [[[8, "[cat:dog:0.5]"]], [[8, "plain"]]]


def test_only_the_copy_looks_the_quick_way_and_so_do_its_own_copies() -> None:
    import copy

    class Run:
        width = 64

        def get_conds_with_caching(self, function: Any, prompts: Any) -> Any:
            return self.width, function, prompts

    p = Run()
    quick = processing_copy.copy_of(p)
    other = copy.copy(quick)
    other.width = 128
    foreign = object()
    assert type(p) is Run
    assert isinstance(quick, Run)
    assert type(quick).__name__ == "Run"
    for run, width in ((p, 64), (quick, 64), (other, 128)):
        assert run.get_conds_with_caching(foreign, ["a"]) == (width, foreign, ["a"])


@real
@given(st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from([None, 7]), st.booleans())
def test_every_schedule_is_what_the_webuis_parser_says(texts: list[str], hires: int | None, old: bool) -> None:
    parse = prompt_parser.get_learned_conditioning_prompt_schedules
    assert prompt_schedules.quick_schedules(parse)(texts, 10, hires, old) == parse(texts, 10, hires, old)


@real
def test_the_conditionings_are_the_webuis_own() -> None:
    from modules import shared

    prompts = prompt_parser.SdConditioning(["(bad:0.5), low", "[a:b:3]", "", "(bad:0.5), low"], True, 64, 64)
    own = prompt_parser.get_learned_conditioning
    quick = prompt_schedules.quick(own)
    assert quick is not own
    for made, wanted in zip(quick(shared.sd_model, prompts, 20), own(shared.sd_model, prompts, 20), strict=True):
        assert [each.end_at_step for each in made] == [each.end_at_step for each in wanted]
        assert all(bool((one.cond == other.cond).all()) for one, other in zip(made, wanted, strict=True))


@real
@pytest.mark.parametrize("name", ["get_learned_conditioning", "get_learned_conditioning_prompt_schedules"])
def test_what_another_extension_put_in_its_place_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_parser, name, lambda *_: None)
    assert prompt_schedules.quick(prompt_parser.get_learned_conditioning) is prompt_parser.get_learned_conditioning


@real
def test_another_grammar_is_left_to_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    own = prompt_parser.get_learned_conditioning
    assert prompt_schedules.quick(own) is not own
    monkeypatch.setattr(prompt_parser.schedule_parser, "source_grammar", "another")
    assert prompt_schedules.quick(own) is own
