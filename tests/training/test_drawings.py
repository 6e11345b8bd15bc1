"""The drawings: what their words say is in them, and the judge finds every spoiled one without a model."""

from __future__ import annotations

import numpy as np
import pytest

from training import judge, scenes
from training.captions import EMPTY, caption
from training.drawings import SPOILED_SHARE, draw
from training.spoilings import ORDER, spoil


def test_the_same_generator_draws_the_same_pictures():
    one, other = (draw(np.random.default_rng(4)) for _ in range(2))
    assert (one.tags, one.faults) == (other.tags, other.faults)
    assert np.array_equal(one.pixels, other.pixels)


def test_a_good_half_of_the_drawings_is_spoiled_in_one_to_three_ways():
    random = np.random.default_rng(0)
    counts = [len(draw(random).faults) for _ in range(2000)]
    assert np.mean(np.array(counts) > 0) == pytest.approx(SPOILED_SHARE, abs=0.04)
    assert set(counts) == {0, 1, 2, 3}


def test_the_judge_names_everything_in_a_clean_scene():
    random = np.random.default_rng(1)
    for _ in range(40):
        scene = scenes.draw_scene(random)
        found = judge.look(scenes.pixels(scenes.paint(scene)))
        assert found.distance == 0
        assert found.scene == scene


@pytest.mark.parametrize("word", ORDER)
def test_the_judge_finds_each_way_of_spoiling(word):
    random = np.random.default_rng(2)
    drawn = [spoil(scenes.draw_scene(random), frozenset({word}), random) for _ in range(40)]
    assert np.mean([judge.look(pixels).spoiled for pixels in drawn]) >= 0.97


def test_captions_name_what_is_there_and_are_empty_as_often_as_said():
    random = np.random.default_rng(3)
    empty = 0
    for _ in range(2000):
        drawing = draw(random)
        words = set(filter(None, caption(drawing, random).split(", ")))
        empty += not words
        assert words <= {*drawing.tags, *ORDER}
        assert drawing.faults or not words & set(ORDER)
    assert EMPTY <= empty / 2000 < EMPTY + 0.05
