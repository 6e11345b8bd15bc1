"""10,000 wrong or odd inputs: each gives a valid result or one clear sentence, and never another weight.

The numbers of examples below add up to the 10,000; hypothesis draws the same ones on every machine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from pure_negative import options
from pure_negative.cli import main
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, infotext, plan
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.prompt import attention, emphasis
from pure_negative.rules import size
from tests import strategies as draw

NAI = library.load("nai")
NAI_TEXT = library.source_text("nai")


def is_one_sentence(error: PureNegativeError) -> bool:
    return str(error).isprintable() and ": " in str(error) and str(error).endswith(".") and len(str(error)) < 2000


@settings(max_examples=2500)
@given(
    st.lists(draw.hostile_text, max_size=5) | draw.hostile_text,
    draw.hostile_value | draw.weights | st.integers(-30, 30),
    st.sampled_from(emphasis.SCOPES),
    st.sampled_from(["weight", "bracket"]),
    st.booleans(),
)
def test_words_and_weights(typed, step, scope, notation, spaces):
    try:
        words, strength = emphasis.read_words(typed), emphasis.read_step(step)
        words = emphasis.spaced(words) if spaces else words
        text = emphasis.negative_prompt(words, strength, scope, notation)
    except PureNegativeError as error:
        assert is_one_sentence(error)
        return
    weight = emphasis.written_w(strength, notation)
    read = [(sign, weight) for part, weight in attention.parse(text) for sign in part]
    assert "".join(sign for sign, _ in read) == ", ".join(words)
    separators = 2 * (len(words) - 1) if scope == "each" else 0
    assert sum(math.isclose(found, weight) for _, found in read) >= len(read) - separators
    assert all(math.isclose(found, weight) or (sign in ", " and found == 1.0) for sign, found in read)
    if notation == "weight":
        assert all(found in (strength.w, 1.0) for _, found in read)


@settings(max_examples=1500)
@given(st.sampled_from(list(options.readers_by_key())), draw.hostile_value)
def test_values_of_every_choice(key, value):
    try:
        chosen = choices.read({key: value})
        made = plan.make(chosen, base=NAI)
    except PureNegativeError as error:
        assert is_one_sentence(error)
    else:
        assert choices.read(choices.write(chosen)) == chosen
        assert json.loads(json.dumps(made.api_body(), allow_nan=False)) == made.api_body()


number_like = st.text(alphabet="0123456789.eE+-९٣ xX×:/*_", max_size=14)


@settings(max_examples=2250)
@given(number_like | st.from_regex(r"[0-9.]{1,9}[x:/][0-9.]{1,9}", fullmatch=True) | draw.hostile_value)
def test_ratios_and_sizes(value):
    for reader in (size.read_ratio, size.read_size):
        try:
            found = reader(value)
        except PureNegativeError as error:
            assert is_one_sentence(error)
        else:
            found = size.from_ratio(found) if reader is size.read_ratio else found
            assert found.width % 64 == found.height % 64 == 0
            assert min(found.width, found.height) >= 64


yaml_bits = st.sampled_from(
    [
        *(
            "&a ",
            "*a",
            "!!python/object/apply:os.system [x]",
            "!!binary ",
            "? ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "|\n",
            ">\n",
        ),
        *("---\n", "...\n", "%YAML 1.1\n", "<<: ", "\t", "\x00", "\ufeff", "\ud800", "'", '"', "#", ": ", "\n", "  "),
        *(
            "w: 0\n",
            "w: 1e400\n",
            "w: .inf\n",
            "steps: 1_0\n",
            "steps: ٣\n",
            "words: [a, b]\n",
            "words: BREAK\n",
            "id: ../x\n",
        ),
        *(
            "cfg:\n  rows:\n    x: 1\n",
            "schema: 2\n",
            "size: 500x500\n",
            "clip_skip: -1\n",
            "unknown: 1\n",
            "[" * 50,
            "a" * 3000,
        ),
    ]
)


@st.composite
def yaml_texts(draw_from: st.DrawFn) -> str:
    """A right preset with something put in, taken out or doubled; or bits alone."""
    lines = NAI_TEXT.splitlines(keepends=True) if draw_from(st.booleans()) else []
    for _ in range(draw_from(st.integers(0, 3))):
        at = draw_from(st.integers(0, len(lines)))
        bit = draw_from(yaml_bits | draw.hostile_text | st.sampled_from(NAI_TEXT.splitlines(keepends=True)))
        lines[at : at + draw_from(st.integers(0, 1))] = [bit]
    return "".join(lines)


@settings(max_examples=1750)
@given(yaml_texts())
def test_yaml_files(text):
    try:
        known = preset.read(text, "mine.yaml")
        made = plan.make(choices.Choices(), base=known)
    except PureNegativeError as error:
        assert is_one_sentence(error)
    else:
        assert made.preset == known.id
        assert made.strength.w > 0
        assert "\n" not in made.negative_prompt


field_bits = st.sampled_from(
    [
        *(
            "v1",
            "v2",
            "v1;",
            ";",
            "=",
            "preset=nai",
            "preset=none",
            "preset=../x.yaml",
            "w=0.5",
            "w=0",
            "brackets=-6",
            "w=%00",
        ),
        *(
            "ratio=1%3A0",
            "size=500x500",
            "words=%28bad%2C",
            "leave=cfg",
            "leave=all",
            "ladder=true",
            "seed=9",
            "%",
            "%ZZ",
            "x=1",
        ),
        *(
            "join=after",
            "scope=whole",
            "notation=bracket",
            "spaces=on",
            "cfg_factor=2.25",
            "cfg=1e400",
            "w=0.5,",
            '"',
            ":",
        ),
    ]
)
pair_bits = st.sampled_from(
    [
        *(
            "Steps: 20",
            "Steps: 1e9",
            "Sampler: Euler",
            "Sampler: a;b",
            "CFG scale: 7",
            "CFG scale: nan",
            "Seed: 5",
            "Seed: -1",
        ),
        *(
            "Size: 512x512",
            "Size: 0x0",
            "Size: 999999x1",
            "Clip skip: 2",
            "Clip skip: x",
            "Emphasis: No norm",
            "Emphasis: ?",
        ),
        *(
            "Schedule type: Karras",
            'Hashes: {"a": 1}',
            'Note: "a, b"',
            'Note: "',
            "RNG: CPU",
            "a: b",
            "::",
            "Version: v1.10.1",
        ),
    ]
)


@st.composite
def infotexts(draw_from: st.DrawFn) -> str:
    field = ";".join(
        ["v1"] * draw_from(st.integers(0, 1)) + draw_from(st.lists(field_bits | draw.hostile_text, max_size=4))
    )
    pairs = [*draw_from(st.lists(pair_bits, max_size=6)), f"Pure negative: {field}"]
    head = draw_from(
        st.lists(draw.hostile_text | st.sampled_from(["Negative prompt: (bad:0.5)", "\n", "(bad:0.5), x"]), max_size=3)
    )
    return "\n".join([*head, ", ".join(draw_from(st.permutations(pairs)))])


@settings(max_examples=1500)
@given(infotexts())
def test_infotexts(text):
    try:
        back = infotext.restore(text)
        made = back and back.plan()
    except PureNegativeError as error:
        assert is_one_sentence(error)
        return
    if back and made:
        info = infotext.read(text)
        assert made.negative_prompt == info.negative_prompt
        assert all(note.endswith(".") and note.isprintable() for note in back.notes)
        kept = dataclasses.replace(back.choices, prompt=None)  # the picture's own text, blank lines and all
        assert choices.read(choices.write(kept)) == kept


option_names = st.sampled_from(
    [f"--{key.replace('_', '-')}" for key in options.readers_by_key() if key not in ("join", "leave")]
)


@settings(max_examples=500)
@given(
    st.lists(st.tuples(option_names | draw.hostile_text, draw.hostile_text | number_like), max_size=3), st.booleans()
)
def test_command_lines(options, as_json):
    arguments = ["plan", *(word for pair in options for word in pair), *["--json"] * as_json]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main.main(arguments)
        except SystemExit as stop:  # --help
            assert stop.code == 0
            return
    if code == 0:
        assert not as_json or json.loads(out.getvalue())["width"] % 64 == 0
    else:
        assert code == 2
        assert out.getvalue() == ""
        assert err.getvalue().startswith("error: ")
        assert err.getvalue().count("\n") == 1
