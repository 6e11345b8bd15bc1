"""Axis texts in the X/Y/Z plot itself: it makes of them what the tests' oracle says, and what our notation takes."""

from __future__ import annotations

from typing import Any

import modules
import pytest
from hypothesis import HealthCheck, given, settings

from pure_negative.sheet import axis, notation
from pure_negative.webui import names
from tests import plot_values
from tests import strategies as draw
from tests.standin import driver
from tests.standin.test_facts_xyz import LABEL
from tests.standin.test_facts_xyz import axis as probe

TEXTS = 200 if "standin" in (modules.__file__ or "") else 5_000
"""The stand-in's plot reads by the oracle itself; the real one is what has to be tried."""


class Read(Exception):  # noqa: N818 - it carries the values out before the first cell
    """What the plot made of an axis text."""


def values(webui: driver.WebUI, text: str, kind: type) -> list[Any]:
    """The plot's values, by its own parser; it is stopped where it asks whether they can be used."""

    def confirm(_: Any, found: list[Any]) -> None:
        raise Read(found)

    with probe(webui, type=kind, confirm=confirm), pytest.raises((Read, ValueError, ZeroDivisionError)) as stopped:
        driver.plot(webui, {"x": (LABEL, text)})
    if not isinstance(stopped.value, Read):
        raise stopped.value
    return list(stopped.value.args[0])


def outcome(read: Any, *given: Any) -> Any:
    """The values, or that there are none because of an error, whichever."""
    try:
        return read(*given)
    except (ValueError, ZeroDivisionError):
        return "an error"


@settings(max_examples=TEXTS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw.axis_texts)
def test_the_plot_reads_an_axis_as_the_oracle_says_and_as_the_sheet_does(webui: driver.WebUI, text: str) -> None:
    texts = values(webui, text, str)
    assert plot_values.split(text) == texts
    assert notation.split(text, "x", blanks=True) == texts


@settings(max_examples=TEXTS, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw.axis_texts)
def test_the_plot_reads_numbers_as_the_oracle_says(webui: driver.WebUI, text: str) -> None:
    for kind in (int, float):
        assert outcome(values, webui, text, kind) == outcome(plot_values.numbers, text, kind)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"bad, low" , "x, y"', [("bad", "low"), ("x", "y")]),
        ('"bad, low', [("bad", "low")]),
        ("bad，low, worst", [("bad", "low"), ("worst",)]),
    ],
)
def test_our_axis_of_words_takes_what_the_plots_own_take(webui: driver.WebUI, text: str, words: list[Any]) -> None:
    made = driver.plot(
        webui, {"x": (names.AXIS_PREFIX + "Words", text)}, [{"size": "64x64", "steps": 3, "w": 0.5}]
    ).cells
    assert [p.negative_prompt for p in made] == [", ".join(f"({word}:0.5)" for word in each) for each in words]


def test_our_axis_of_sizes_takes_full_width_ratios(webui: driver.WebUI) -> None:
    made = driver.plot(webui, {"x": (names.AXIS_PREFIX + "Size", "１：１，64×128")}, [{"steps": 3}]).cells
    assert [(p.width, p.height) for p in made] == [(512, 512), (64, 128)]
    assert len(axis.prepare("ratio", "１：１")) == 1
