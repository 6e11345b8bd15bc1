"""What hypothesis draws from: right values of every kind, and wrong ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices
from pure_negative.prompt import emphasis, typed_text
from pure_negative.rules import cfg_scale, seeds, size

SIGNS = "()[]{}\\:,|#<>_.;=%&\"'-+ \t\n0158९٣aAbzé漢🎨\ufeff\u200b\u00a0\u3000×"

_ENDS = (seeds.LOWEST, seeds.LOWEST + 1, -5, -2, 0, 2**53 + 1, 2**63 - 1, 2**63, seeds.HIGHEST - 1, seeds.HIGHEST)
fixed_seeds = st.one_of(
    st.sampled_from(_ENDS), st.integers(seeds.LOWEST, seeds.HIGHEST).filter(lambda seed: seed != seeds.RANDOM)
)
"""Every seed that names a picture, the ends of what SQLite, a float and torch hold far oftener than chance would."""

hostile_text = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=SIGNS, max_size=30),
    st.lists(
        st.sampled_from(
            [
                *("(bad:0.5)", "[a:b:0.5]", "[x|y]", "BREAK", "AND", "<lora:x:1>", "<lora", "x>", ":", ")", "((", "\\"),
                *(
                    "Negative prompt:",
                    "Steps: 20",
                    "bad",
                    "low",
                    "1e400",
                    "1e-16",
                    ",",
                    "\n",
                    "\x00",
                    "\ud800",
                    "__c__",
                ),
                *("astolfo_(fate)", "\\(", ":0.5)", ": 1.2.3)", "|", "_", "a_BREAK", "#", "\r\n", "\u2028", "=", ";"),
            ]
        ),
        max_size=8,
    ).map("".join),
)
"""Texts of any signs, with what the WebUI's grammar and infotexts give a meaning to far oftener than chance would."""

hostile_value = st.recursive(
    st.one_of(
        hostile_text,
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**64, 1e308, float("nan"), float("inf"), -0.0, 5e-324]),
        st.sampled_from([5000, 400]).map(lambda digits: 10**digits),
        st.floats(),
        st.sampled_from(
            ["1e400", "1" * 6000, "९", "٣.٥", "0x10", "1_000", "1e-400", "--1", "16:9:4", "0:0", "1/0", ""]
        ),
        st.binary(max_size=10),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
"""Values of any type, as the API's JSON or a careless caller may hand in."""

weights = st.one_of(
    st.floats(min_value=1e-16, max_value=4.0),
    st.floats(min_value=5e-324, max_value=1.7e308, exclude_min=False),
    st.sampled_from([1.0, 0.564, 0.9, 0.82, 0.0001, 1e-16, 1e22, 1e16, 123456789.0]),
)


def _is_word(word: str) -> bool:
    try:
        return emphasis.read_words([emphasis.escape(word)]) == (word,)
    except PureNegativeError:
        return False


words = hostile_text.map(lambda text: text.replace(",", "").strip()).filter(_is_word)
word_lists = st.lists(words, min_size=1, max_size=6, unique=True).map(tuple)


def _is_prompt(text: str) -> bool:
    try:
        return typed_text.read_prompt(text, "prompt") == text
    except PureNegativeError:
        return False


prompts = hostile_text.map(str.strip).filter(_is_prompt)
ratios = st.one_of(
    st.builds(Fraction, st.integers(1, 64), st.integers(1, 64)),
    st.fractions(Fraction(1, 64), 64, max_denominator=size.FINEST),
)
sizes = st.builds(size.Size, *[st.integers(1, 128).map(lambda units: units * 64)] * 2)
cfg_scales = st.floats(0, cfg_scale.HIGHEST) | st.integers(0, 60).map(lambda halves: halves / 2)
names = st.from_regex(options.SAMPLER_NAME, fullmatch=True).map(str.strip).filter(bool)
strengths = st.one_of(
    weights.map(emphasis.Strength),
    st.integers(-emphasis.MOST_BRACKETS, emphasis.MOST_BRACKETS).map(emphasis.read_brackets),
)


@st.composite
def all_choices(draw: st.DrawFn) -> choices.Choices:
    """Any choices that `choices.read` can return, with the two built-in presets."""

    def maybe(strategy: st.SearchStrategy) -> object:
        return draw(st.none() | strategy)

    has_ratio, has_factor = draw(st.booleans()), draw(st.booleans())
    return choices.Choices(
        preset=maybe(st.sampled_from(["nai", "anything-v3"])),
        strength=maybe(strengths),
        words=maybe(word_lists),
        scope=maybe(st.sampled_from(emphasis.SCOPES)),
        notation=maybe(st.sampled_from(emphasis.NOTATIONS)),
        spaces=maybe(st.booleans()),
        join=maybe(st.sampled_from(options.JOINS)),
        prompt=maybe(prompts),
        ladder=maybe(st.booleans()),
        ratio=maybe(ratios) if has_ratio else None,
        size_rule=maybe(st.sampled_from(size.RULES)),
        size=None if has_ratio else maybe(sizes),
        cfg=None if has_factor else maybe(cfg_scales),
        cfg_factor=maybe(st.floats(0, 100, exclude_min=True)) if has_factor else None,
        steps=maybe(st.integers(1, options.MOST_STEPS)),
        sampler=maybe(names),
        scheduler=maybe(names),
        clip_skip=maybe(st.integers(1, options.HIGHEST_CLIP_SKIP)),
        emphasis=maybe(st.sampled_from(options.EMPHASES)),
        seed=maybe(st.integers(seeds.LOWEST, seeds.HIGHEST)),
        leave=maybe(st.lists(st.sampled_from(options.leavable()), unique=True).map(tuple)),
    )


_blanks = st.sampled_from(["", "", " ", "  ", "\t"])
_signs = st.sampled_from(["", "", "", "-", "+"])
_digits = st.one_of(st.integers(0, 30).map(str), st.decimals(0, 9, places=2).map(str), st.sampled_from([".5", "5."]))
_numbers = st.builds("{}{}".format, _signs, _digits)
_steps = st.builds("{}{}".format, st.sampled_from("+-"), st.sampled_from(["0", "1", "2", "3", "0.1", "0.25", "1.5"]))
_counts = st.sampled_from(["0", "1", "2", "5", "10", "11", "60", "2.5"])
_ranges = st.builds("{1}{0}-{0}{2}{0}".format, _blanks, _numbers, _numbers)
axis_parts = st.one_of(
    st.builds("{0}{1}{0}".format, _blanks, _numbers),
    _ranges,
    st.builds("{0}({1}{2}){2}".format, _ranges, _steps, _blanks),
    st.builds("{0}[{1}{2}]{2}".format, _ranges, _counts, _blanks),
    st.sampled_from(
        ['"a, b"', ' "x" y', '"', "'a'", '""', 'a"b', '""""', '"1-3"', '"a\nb"', "“a”", "1e-3", "2[", "six"]
    ),
)
"""What stands between the commas of an axis: numbers, ranges, counts, quotes right and wrong."""
axis_texts = st.builds(
    "{0}{1}".format,
    st.builds(str.join, st.sampled_from([",", ", ", " , ", "\n"]), st.lists(axis_parts, max_size=5)),
    st.sampled_from(["", "", ",", ", ", "\n"]),
)
