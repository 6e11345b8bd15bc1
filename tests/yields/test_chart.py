"""The chart: any name stands in it as text, whatever signs it has, and two threads draw what one would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from pure_negative.yields import chart
from pure_negative.yields.table import Row, Table
from tests.strategies import hostile_text
from tests.yields.making import imagined

matplotlib = pytest.importorskip("matplotlib")
TEXT = "{http://www.w3.org/2000/svg}text"


def table_of(*names: str) -> Table:
    setting = imagined().setting
    return Table(("preset",), tuple(Row({"preset": name}, setting, (1, 2, 3, 4), 1, {}) for name in names), {})


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()).strip() for each in ElementTree.fromstring(svg).iter(TEXT)]


@settings(max_examples=15, deadline=None)
@given(hostile_text)
def test_any_name_makes_a_whole_picture_of_as_many_texts(name):
    tame = texts(chart.svg(table_of("name")))
    assert len(texts(chart.svg(table_of(name)))) in (len(tame), len(tame) - 1)


@pytest.mark.parametrize("name", ["$a_b$", "a & <b>", r"\frac", "漢字"])
def test_a_name_stands_as_it_is(name):
    assert name in texts(chart.svg(table_of(name, "other")))


def test_a_long_name_leaves_room_for_the_bars():
    shown = texts(chart.svg(table_of("x" * 500)))
    assert any(text.startswith("xxx") and text.endswith("…") and len(text) < 30 for text in shown)


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_a_chart_of_nothing_is_still_a_file_of_its_format(form, start):
    assert chart.draw(table_of(), form).startswith(start)


def test_threads_draw_the_same_and_leave_the_settings_of_others_alone():
    before = dict(matplotlib.rcParams)
    table = table_of("a", "b")
    with ThreadPoolExecutor(4) as pool:
        drawn = set(pool.map(chart.svg, [table] * 8))
    assert drawn == {chart.svg(table)}
    assert dict(matplotlib.rcParams) == before
