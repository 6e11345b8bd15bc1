"""Brightness, detail and paleness of pictures that are known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pure_negative.sheet.draw import metrics


def of(array: object) -> metrics.Measure:
    return metrics.measure(Image.fromarray(np.asarray(array, np.uint8)))


def grey(value: object) -> np.ndarray:
    return np.broadcast_to(np.asarray(value)[..., None], (64, 64, 3))


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_picture_is_as_bright_as_its_grey_and_has_no_detail(value):
    found = of(grey(np.full((64, 64), value)))
    assert found.brightness == pytest.approx(value / 255, abs=0.003)
    assert found.detail == 0


def test_detail_is_the_sum_of_the_mean_steps_to_the_right_and_down():
    across = np.tile([0, 255], (64, 32))
    assert of(grey(across)).detail == pytest.approx(1)
    assert of(grey(np.maximum(across, across.T))).detail == pytest.approx(1, abs=0.03)
    assert of(grey(across ^ across.T)).detail == pytest.approx(2)
    assert of(grey(np.tile(np.arange(64), (64, 1)))).detail == pytest.approx(1 / 255)


def framed(background: object, middle: object = (90, 20, 160)) -> np.ndarray:
    picture = np.empty((64, 64, 3))
    picture[:] = background
    picture[16:48, 16:48] = middle
    return picture


@pytest.mark.parametrize(
    ("background", "pale"),
    [((238, 235, 240), True), ((255, 255, 255), True), ((180, 180, 180), False), ((255, 230, 190), False)],
)
def test_a_light_colourless_empty_background_is_pale_whatever_stands_before_it(background, pale):
    assert of(framed(background)).pale is pale


def test_a_dark_background_is_not_pale_whatever_stands_before_it():
    assert not of(framed((30, 60, 90), (245, 245, 245))).pale


def test_a_light_background_full_of_detail_is_not_pale():
    noise = np.random.default_rng(1).integers(195, 255, (64, 64))
    assert not of(grey(noise)).pale


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 1), (3, 3)])
def test_tiny_pictures_have_measures(size):
    found = metrics.measure(Image.new("RGB", size, (250, 250, 250)))
    assert found.brightness == pytest.approx(250 / 255)
    assert found.pale
