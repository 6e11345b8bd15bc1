"""The WebUI's attention grammar, as its parser was seen to behave (every row was run in WebUI v1.10.1)."""

from __future__ import annotations

import pytest
from hypothesis import given

from pure_negative.errors import PureNegativeError
from pure_negative.prompt.attention import parse
from tests import strategies as draw


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [("", 1.0)]),
        ("bad, low", [("bad, low", 1.0)]),
        ("(bad)", [("bad", 1.1)]),
        ("[bad]", [("bad", 1 / 1.1)]),
        ("(bad:0.564)", [("bad", 0.564)]),
        ("(bad:.5)", [("bad", 0.5)]),
        ("(bad:5.)", [("bad", 5.0)]),
        ("(bad:+0.5)", [("bad", 0.5)]),
        ("(bad:-0.5)", [("bad", -0.5)]),
        ("(bad: 0.5 )", [("bad", 0.5)]),
        ("(bad:0.00005)", [("bad", 0.00005)]),
        ("(bad:0)", [("bad", 0.0)]),
        ("(bad:1e-4)", [("bad:1e-4", 1.1)]),
        ("(bad:0,5)", [("bad:0,5", 1.1)]),
        ("(bad:0.5", [("bad:0.5", 1.1)]),
        ("((bad:0.5))", [("bad", 0.55)]),
        ("[bad:0.5]", [("bad:0.5", 1 / 1.1)]),
        ("(a:b:0.5)", [("a:b", 0.5)]),
        ("(bad:0.5)(low:0.5)", [("badlow", 0.5)]),
        ("(bad:0.5), (low:0.5)", [("bad", 0.5), (", ", 1.0), ("low", 0.5)]),
        (r"astolfo_\(fate\)", [("astolfo_(fate)", 1.0)]),
        (r"a\\b", [("a\\b", 1.0)]),
        (r"a\b", [("ab", 1.0)]),
        ("bad)", [("bad)", 1.0)]),
        ("bad:0.5)", [("bad:0.5)", 1.0)]),
        ("a BREAK b", [("a", 1.0), ("BREAK", -1.0), ("b", 1.0)]),
        ("(a BREAK b:0.5)", [("a", 0.5), ("BREAK", -0.5), ("b", 0.5)]),
        ("BREAKFAST", [("BREAKFAST", 1.0)]),
    ],
)
def test_what_the_parser_returns(text, pieces):
    found = parse(text)
    assert [piece for piece, _ in found] == [piece for piece, _ in pieces]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in pieces])


@pytest.mark.parametrize("text", ["(bad:1.2.3)", "(bad:..)"])
def test_a_weight_that_stops_the_webui_is_refused(text):
    with pytest.raises(PureNegativeError, match="is not a weight"):
        parse(text)


@pytest.mark.parametrize("sign", ["(a", "a)", "[", "\\(", ":", ": ", " ", "BREAK ", "a BREAK", "(a:0.5)"])
def test_a_long_text_is_read_in_time_that_grows_with_it(sign):
    """Blanks alone once took minutes, and so did brackets inside each other."""
    text = sign * (300_000 // len(sign))
    if sign == "(a":
        with pytest.raises(PureNegativeError, match="brackets are nested too deep"):
            parse(text)
    else:
        assert parse(text)


@pytest.mark.parametrize("depth", [1, 40, 1_900])
def test_brackets_inside_each_other_multiply_one_by_one(depth):
    weights = [1.0]
    for _ in range(depth):
        weights.append(weights[-1] * 1.1)
    for text in ("(a" * depth, "(a" * depth + ")" * depth):
        assert parse(text) == [("a", weight) for weight in weights[1:]]


@given(draw.hostile_text)
def test_any_text_is_read_or_refused(text):
    try:
        pieces = parse(text)
    except PureNegativeError as error:
        assert str(error).isprintable()
    else:
        assert pieces
        assert set("".join(piece for piece, _ in pieces)) <= set(text) | set("BREAK")
