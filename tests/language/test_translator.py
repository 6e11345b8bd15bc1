"""A sentence that was put together is recognised and said in another language; everything else stays as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.language import names
from pure_negative.language.current import say, speaking, spoken
from pure_negative.language.translator import Translator, translator
from pure_negative.planning import choices, plan
from pure_negative.preset import library

SOME = Translator({"{} was renamed to {}.": "{1} <- {0}.", "Area {}: ": "A {}: ", "small.": "klein.", "Size": "S"})


def test_a_sentence_is_recognised_by_its_fixed_parts():
    assert SOME("mine was renamed to other.") == "other <- mine."
    assert SOME("Area 1.0: small.") == "A 1.0: klein."
    assert SOME("Area 1.0: of something else") == "A 1.0: of something else"
    assert SOME("mine was renamed to other") == "mine was renamed to other"
    assert SOME("{} was renamed to {}.", "Size", "x{}y") == "x{}y <- S."


@given(st.text(), st.text())
def test_what_is_put_in_comes_out_again_whatever_it_is(one, other):
    said = SOME("{} was renamed to {}.", one, other)
    assert said == f"{SOME.catalogue.get(other, other)} <- {SOME.catalogue.get(one, one)}."


@given(st.text())
def test_whatever_no_catalogue_knows_stays(text):
    for name in names.CATALOGUES:
        found = translator(name)(f"\u0001{text}")
        assert text in found or found != f"\u0001{text}"
    assert translator("")(text) == text


def test_a_long_hostile_sentence_takes_no_long_time():
    began = time.perf_counter()
    translator("ja")("Pure negative: w: " + "a: is not allowed; give " * 5_000)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_the_plan_s_hints_and_warnings_are_said(name):
    made = plan.make(choices.read({"size": "1024x1024", "w": 0.9, "cfg": 1, "words": "x"}), plan.Tab(hires=True))
    ours = [*made.hints, *made.warnings]
    assert len(ours) > 5
    assert [text for text in ours if translator(name)(text) == text] == []


@pytest.mark.parametrize("name", names.CATALOGUES)
def test_every_built_in_preset_s_hints_are_said(name):
    hints = {text for known in library.Library().presets() for text in known.hints}
    assert len(hints) > 50
    assert [text for text in hints if translator(name)(text) == text] == []


def test_the_aid_card_s_hints_are_in_both_of_its_languages_and_in_one_where_that_is_spoken():
    made = library.load("anime-illust-diffusion").hints
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) and any(map(str.isascii, text)) for text in made)
    assert [translator("zh_CN")(text) for text in made] == [text.partition(" / ")[2] for text in made]


def test_a_language_holds_while_it_is_spoken():
    with spoken("ja"):
        assert say("Size") == "サイズ"
        with spoken(""):
            assert say("Size") == "Size"
        assert say("{}: {} changed", "Words", 2) == "単語：2 件変更"
    assert say("Size") == "Size"
    assert speaking(lambda: "ko", say)("Size") == "크기"


@pytest.mark.parametrize(
    ("name", "catalogue"),
    [
        *[("zh_CN", "zh_CN"), ("zh-Hans (Stable)", "zh_CN"), ("zh", "zh_CN"), ("zh_TW", "zh_TW"), ("zh-HK", "zh_TW")],
        *[("zh-Hant (Stable)", "zh_TW"), ("ja_JP", "ja"), ("ja_JP.UTF-8", "ja"), ("ja.UTF-8", "ja"), ("ko-KR", "ko")],
        *[("None", ""), ("", ""), ("en_US", ""), ("de_DE", ""), ("C.UTF-8", ""), ("java", "")],
    ],
)
def test_the_names_that_languages_go_by(name, catalogue):
    assert names.catalogue(name) == catalogue


@pytest.mark.parametrize(
    ("header", "catalogue"),
    [
        *[("ja,en-US;q=0.9", "ja"), ("en-US,en;q=0.9,ja;q=0.8", ""), ("de, ko;q=0.5, en;q=0.1", "ko"), ("fr", "")],
        *[("zh-TW;q=0.3, zh-CN;q=0.7", "zh_CN"), ("", ""), (";q=x,,ja;q=1", "ja"), ("a" * 10_000, "")],
    ],
)
def test_the_language_a_browser_asks_for(header, catalogue):
    assert names.asked(header) == catalogue


def test_the_shell_s_language_is_the_one_gettext_would_take():
    assert names.of_shell({"LANG": "ja_JP.UTF-8"}) == "ja"
    assert names.of_shell({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}) == ""
    assert names.of_shell({"LANGUAGE": "ko:en", "LANG": "C"}) == "ko"
    assert names.of_shell({}) == ""
