"""Words as people paste them: what is unseen is taken out and said, other commas divide, other weights are refused."""

from __future__ import annotations

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters
from pure_negative.planning import choices, plan
from pure_negative.preset import model as preset
from pure_negative.prompt import emphasis, word_list
from pure_negative.prompt.emphasis import escape, read_words
from pure_negative.sheet import axis
from tests import strategies as draw

WEIGHTED = (
    *("((bad))", "[low]", "(bad)", "[[bad]]", "((((bad))))", "(bad hands)", "[bad_hands]", "({bad})", "(坏手)"),
    *("{bad}", "{{{bad}}}", "{a|b}", "[a|b]", "[a:b:0.5]", "(bad) (low)", "((bad)) [low]"),
    *(
        "bad:1.2",
        "bad: 1.2",
        "bad :1.2",
        "bad:2",
        "bad:.5",
        "bad:-0.5",
        "bad:+1",
        "bad:120%",
        "bad：1.2",
        "坏手：１．２",
    ),
    *(
        "[low]:0.5",
        "{bad}:1.2",
        "`bad`:2",
        "(bad:1.2)",
        "bad:1.2)",
        "(worst quality:1.4",
        "（bad：1.2）",
        "(bad：1.2）",
    ),
    *("1.5::bad::", "1.5::bad ::", "-1::bad", "bad::", "bad::1.2", "bad:: low", "bad::2 low::-1", "{bad}::2"),
    *("bad^1.2", "bad*1.2", "(bad)^2", "bad++", "bad--", "bad ++", "(bad)++", "(bad)+", "(bad)1.2", '"bad"++'),
    *("-bad", "- bad", "－bad", "–bad", "--no bad", '["bad"', 'low"]', "['bad'", "embedding:bad", "embedding:bad:1.2"),
    *("((bad", "worst))", "(bad", "bad)", "[low", "low]", "{bad", "bad}", "bad (low", "low) bad", "（bad", "bad）"),
    *("（bad）", "｛bad｝", "［bad］", "＜lora：x：1＞", "<lora:x:1>", "<bad:1.2>"),
)
"""One word each: what some program reads as a weight, or as something to load."""

PLAIN = (
    *(":)", ":(", ":3", ";)", ":d", "d:", ">:3", ">:(", ">:)", ":-(", "(:", "^_^", ">_<", "x_x", "@_@", "0_0", "+_+"),
    *("(=_=)", "(^_^)", "(o_o)", "(T_T)", "(;_;)", ";_;", "(uwu)", "(OwO)", "(´・ω・｀)", "（＾＾）", "[]", "(o)_(o)"),
    *("\\m/", "\\o/", "\\||/", "<o>_<o>", "<|>_<|>", "||_||", "^^^", "...", "!!", "=3", "<3", "o3o"),
    *("ryu_(street_fighter)", "2b_(nier:automata)", "artoria (lancer) (fate)", "hatsune miku (append) 2", "(9)"),
    *("re:zero", "nier:automata", "nier:_automata_ver1.1a", "evangelion:_3.0_you_can_(not)_redo", "re:creators"),
    *("fate/stay_night", ".hack//g.u.", "k-on!", "yu-gi-oh!_5d's", "dog_days''", "idolm@ster", "rosario+vampire"),
    *("16:9", "aspect ratio 4:3", "time 12:30", "2.35:1", "cat :3", "smile :)", "bad :( face", "(: smile"),
    *("c++", "18+", "r-18", "x-ray", "-_-", "--", "-x-", "-hikari-", "+tic_elder_sister", "b&w", "a|b", "__c__"),
    *("低质量", "悪い手", "é", "ｂａｄ", "<concept>", "(not) bad", "x^y", "5*5", "score_6", "e=mc2"),
    *("👨‍👩‍👧", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽"),
)
"""One word each, without commas: faces, names, tags as boorus write them."""


@pytest.mark.parametrize("typed", WEIGHTED)
def test_a_word_with_a_weight_of_whatever_program_is_refused_with_what_to_write(typed):
    for text in (typed, f"low, {typed} , worst"):
        with pytest.raises(PureNegativeError, match=r"^words: .*(write|plain word)") as refused:
            read_words(text)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "write"),
    [
        ("((bad)), low", "write bad and"),
        ("[low]", "write low and"),
        ("worst quality:1.2", "write worst quality and"),
        ("1.5::bad::", "write bad and"),
        ("{{{bad}}}", "write bad and"),
        ("（bad：1.2）", "write bad and"),
        ("bad++", "write bad and"),
        ("(bad)1.2", "write bad and"),
        ("-bad", "write bad and"),
        ("(bad, low:1.2)", "write bad and"),
        ("[bad], low", r"belong to a word are written \( \) \[ \]"),
        ("bad\nlow", "write a comma"),
        ("bad AND low", "write a comma"),
        ("bad BREAK low", "write a comma"),
        ("<lora:x:1>", "write it into the prompt"),
    ],
)
def test_the_refusal_says_the_plain_word(typed, write):
    with pytest.raises(PureNegativeError) as refused:
        read_words(typed)
    assert write in str(refused.value)


@pytest.mark.parametrize("typed", PLAIN)
def test_faces_names_and_tags_are_words_as_they_stand(typed):
    read = read_words(typed)
    assert read == (emphasis.unescape(typed),)
    assert read.notes == ()
    assert read_words([escape(word) for word in read]) == read


def test_brackets_that_belong_to_a_word_are_escaped():
    assert read_words(r"\(bad\), \[low\]") == ("(bad)", "[low]")
    assert emphasis.negative_prompt(read_words(r"\(bad\)"), emphasis.Strength(0.5)) == r"(\(bad\):0.5)"


@pytest.mark.parametrize(
    ("typed", "words", "sign"),
    [
        ("bad，low、worst", ("bad", "low", "worst"), "'，' and '、'"),
        ("bad､low", ("bad", "low"), "'､'"),
        ("bad،low", ("bad", "low"), "'،'"),
        ("bad；low", ("bad", "low"), "'；'"),
        ("bad; low", ("bad", "low"), "';'"),
        ("bad;low;worst;", ("bad", "low", "worst"), "';'"),
        ("坏手，低质量，", ("坏手", "低质量"), "'，'"),
    ],
)
def test_other_commas_divide_and_are_said(typed, words, sign):
    read = read_words(typed)
    assert read == words
    [note] = read.notes
    assert sign in note
    assert "separated" in note


UNSEEN = (
    *("\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u00ad", "\ufeff", "\u180e", "\u2060", "\u2063", "\u061c"),
    *("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u034f"),
    *("\ufe0e", "\ufe0f", "\ufe00", "\U000e0041", "\U000e0100", "\u3164", "\uffa0", "\u115f", "\u180b"),
)


@pytest.mark.parametrize("sign", UNSEEN, ids=lambda sign: f"U+{ord(sign):04X}")
@pytest.mark.parametrize("typed", ["ba{}d, low", "{}bad, low{}", "bad{}, {}, low", "bad,{}low"])
def test_what_nobody_sees_is_taken_out_and_said(sign, typed):
    read = read_words(typed.replace("{}", sign))
    assert read == ("bad", "low")
    [note] = read.notes
    assert f"U+{ord(sign):04X}" in note


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("👨\u200d👩\u200d👧", None),
        ("❤\ufe0f\u200d🔥", None),
        ("☺\ufe0f", None),
        ("☺\ufe0e", "☺"),
        ("👍\U0001f3fd\u200d", "👍\U0001f3fd"),
        ("a\u200d👩", "a👩"),
        ("1\ufe0f", "1"),
        ("1\ufe0f\u20e3", None),
        ("葛\U000e0100", "葛"),
        ("می\u200cخواهم", "میخواهم"),
    ],
)
def test_an_emoji_keeps_what_makes_it_one(typed, word):
    assert read_words(typed) == (word or typed,)


def test_a_list_of_unseen_signs_alone_holds_no_words():
    with pytest.raises(PureNegativeError, match="there are 0 words"):
        read_words("\u200b, \u00ad")


def test_accents_are_composed_which_is_what_the_tokenizer_reads():
    decomposed = unicodedata.normalize("NFD", "fiancé")
    assert read_words([decomposed, "fiancé"]) == ("fiancé",)


@pytest.mark.parametrize(
    "typed", ["bad;low", "bad+", '"bad"', "“bad”", "bad::low", "'bad'", "`bad`", "坏手。低质量", "bad | low"]
)
def test_what_may_be_meant_otherwise_is_taken_as_it_stands_and_said(typed):
    read = read_words(typed)
    assert read == (typed,)
    [note] = read.notes
    assert repr(typed) in note or typed in note


@given(draw.hostile_text | st.text(alphabet="".join(UNSEEN) + "abc，；、;:()[]{}12.+-^ \\❤👩e\u0301", max_size=24))
def test_what_is_read_is_seen_composed_and_read_again_as_it_is(text):
    try:
        read = read_words(text)
    except PureNegativeError as error:
        assert "\n" not in str(error)
        return
    assert characters.invisible(", ".join(read)) == []
    assert read_words([escape(word) for word in read]) == read
    assert choices.read(choices.write(choices.Choices(words=read))).words == read
    assert not any(sign in word for word in read for sign in characters.COMMAS)


@given(st.lists(st.sampled_from(["bad", "low quality", "ryu_(sf)", "re:zero", ":3"]), min_size=1, unique=True))
def test_no_word_is_lost_or_changed_by_unseen_signs_and_other_commas(words):
    between = ["\u200b，\u00ad", "、", " ,\ufeff", "\u2060； "]
    typed = "".join(f"{word}{between[place % 4]}" for place, word in enumerate(words))
    assert read_words(typed) == tuple(words)


def test_a_long_word_of_signs_is_read_in_a_moment():
    for sign in ("(", "[a", ":1", ";a", "::", "+", "a:", "\\("):
        with contextlib.suppress(PureNegativeError):
            read_words((sign * 10_000)[:20_000])
        with contextlib.suppress(PureNegativeError):
            read_words((sign * 100)[:200])


# Every door


def test_the_plan_says_what_was_read_otherwise():
    made = plan.make(choices.read({"words": "ba\u200bd，low", "embeddings": "easy\u00adnegative"}))
    assert made.words.startswith("easynegative, (bad:")
    said = " ".join(made.warnings)
    assert all(each in said for each in ("U+200B", "'，'", "U+00AD"))


def test_a_preset_s_file_says_it_too_and_is_written_clean():
    base = preset.read('schema: 1\nid: a\nwords: ["ba\\u200bd、low", worst]\nw: 0.5\n', "a.yaml")
    assert base.words == ("bad", "low", "worst")
    assert len(word_list.notes(base.words)) == 2
    assert sum("a.yaml: words: " in text for text in plan.make(choices.read({}), base=base).warnings) == 2
    assert not any("a.yaml" in text for text in plan.make(choices.read({"words": "bad"}), base=base).warnings)


def test_a_preset_s_weighted_words_are_refused_by_file_and_key():
    with pytest.raises(PureNegativeError, match=r"^a\.yaml: words: .*'\{bad\}'.*write bad"):
        preset.read('schema: 1\nid: a\nwords: "{bad}, low"\n', "a.yaml")


def test_an_embedding_s_name_with_an_unseen_sign_in_a_preset_is_refused():
    with pytest.raises(PureNegativeError, match=r"embeddings: .*U\+200B"):
        preset.read('schema: 1\nid: a\nembeddings: ["easy\\u200bnegative"]\n', "a.yaml")


def test_a_cell_of_a_words_axis_says_it():
    read = axis.read("words: ba\u200bd，low, worst")
    first, second = (plan.make(read.applied(value, choices.read({}))) for value in read.values)
    assert first.words.startswith("(bad:")
    assert any("U+200B" in text for text in first.warnings)
    assert not any("words" in text for text in second.warnings)
    with pytest.raises(PureNegativeError, match="write bad"):
        axis.read('words: "((bad)), low"')


def test_underscores_made_blanks_are_read_as_a_typed_word_is():
    with pytest.raises(PureNegativeError, match="has its own weight"):
        emphasis.spaced(("bad:_1.2",))


def test_the_ladder_s_tags_are_read_like_words_and_said():
    assert emphasis.climb("mi\u200bku，1girl") == "(miku:1.0), (1girl:0.95)"
    made = plan.make(choices.read({"prompt": "mi\u200bku，1girl", "ladder": True}))
    assert made.prompt == "(miku:1.0), (1girl:0.95)"
    assert sum("prompt: " in text for text in made.warnings) == 2
    with pytest.raises(PureNegativeError, match=r"prompt: .*write miku"):
        emphasis.climb("((miku)), 1girl")


def test_a_prompt_is_kept_as_typed_and_said_to_hold_what_nobody_sees():
    made = plan.make(choices.read({"prompt": "mi\u200bku", "join": "before"}), plan.Tab(negative_prompt="（bad：1.2）"))
    assert made.prompt == "mi\u200bku"
    assert any(text.startswith("prompt: U+200B") for text in made.warnings)
    assert any(text.startswith("negative prompt: the full-width signs") for text in made.warnings)
    plain = plan.make(
        choices.read({"prompt": "❤️ (miku:1.2), (初音ミク:1.1)", "join": "before"}), plan.Tab(negative_prompt="x")
    )
    assert not any(text.startswith(("prompt", "negative prompt")) for text in plain.warnings)
