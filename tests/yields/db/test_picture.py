"""A picture's key: the same for the same request however it is written, another for any other."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.errors import PureNegativeError
from pure_negative.yields.db import picture
from tests.yields.making import imagined, told


def test_what_a_picture_is_counted_by():
    found = imagined(7, preset="nai", size="512x768", brackets=-6)
    assert vars(found.setting) == {
        "preset": "nai",
        "w": 0.564,
        "width": 512,
        "height": 768,
        "cfg": 16.0,
        "steps": 48,
        "checkpoint": "fake [0123456789]",
    }
    assert found.seed == 7
    assert picture.KEY.fullmatch(found.key)


@pytest.mark.parametrize("seed", [-(2**63), -5, 0, 2**53 + 1, 2**63, 2**64 - 1])
def test_every_seed_that_torch_takes_is_read(seed):
    assert imagined(seed).seed == seed
    with pytest.raises(PureNegativeError, match="Seed: '18446744073709551616' is not allowed"):
        picture.read(told(seed).replace(f"Seed: {seed},", "Seed: 18446744073709551616,"))


OTHERS = (
    *({"seed": 8}, {"w": 0.9}, {"words": "bad"}, {"prompt": "car"}, {"size": "512x576"}, {"cfg": 8}, {"steps": 49}),
    *({"sampler": "Euler a"}, {"scheduler": "Karras"}, {"clip_skip": 1}, {"emphasis": "No norm"}),
)


def test_every_part_of_the_request_makes_another_picture():
    keys = [imagined(**{"seed": 7, **others}).key for others in ({}, *OTHERS)]
    assert len(set(keys)) == len(keys)


def test_another_checkpoint_is_another_picture_and_its_name_is_not():
    text = told(7)
    assert picture.read(text.replace("0123456789", "123456789")).key != picture.read(text).key
    assert picture.read(text.replace("Model: fake", "Model: renamed")).key == picture.read(text).key
    bare = text.replace("Model hash: 0123456789, ", "")
    assert picture.read(bare.replace("Model: fake", "Model: other")).key != picture.read(bare).key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CFG scale: 10.5", "CFG scale: 10.50"),
        ("Clip skip: 2", "Clip skip: 2.0"),
        (", Pure negative:", ", Version: v1.10.1, Pure negative:"),
        (", Pure negative:", ", Sheet X axis: W, Schedule type: Automatic, Emphasis: Original, Pure negative:"),
        ("preset=nai", "preset=mine"),
    ],
)
def test_the_same_request_written_otherwise_is_the_same_picture(old, new):
    text = told(7)
    assert old in text
    assert picture.read(text.replace(old, new)).key == picture.read(text).key


def test_what_changes_the_picture_and_is_not_ours_counts_too():
    text = told(7)
    keys = {
        picture.read(text.replace(", Pure negative:", f", {more}, Pure negative:")).key
        for more in ("RNG: CPU", "RNG: NV", "Hires upscale: 2", "VAE hash: abc", "Variation seed: 5", "Tiling: True")
    }
    assert len(keys | {picture.read(text).key}) == 7


def test_a_picture_of_another_program_has_neither_preset_nor_w():
    found = picture.read("a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: ab")
    assert (found.setting.preset, found.setting.w, found.setting.checkpoint) == ("", 0.0, "[ab]")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a cat",
        "Steps: 20, CFG scale: 7, Seed: 1",
        "Steps: 20, CFG scale: 7, Size: 512x512",
        "Steps: 20, CFG scale: 7, Seed: 1, Size: 512",
        "Steps: 20, CFG scale: 7, Seed: 1, Size: 0x512",
        "Steps: 20, CFG scale: 1e999, Seed: 1, Size: 512x512",
        "Steps: -1, CFG scale: 7, Seed: 1, Size: 512x512",
        "Steps: 20, CFG scale: 7, Seed: 99999999999999999999, Size: 512x512",
        "Steps: 20, CFG scale: nan, Seed: 1, Size: 512x512",
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(text):
    with pytest.raises(PureNegativeError, match=r"\.$"):
        picture.read(text)


@pytest.mark.parametrize("field", ["v9;w=1", "v1;w=0", "v1;w=x", "v1;w=1;brackets=2;step=3", "", ";;;"])
def test_a_field_that_can_not_be_read_does_not_stop_the_count(field):
    text = told(7).split("Pure negative: ")[0] + f"Pure negative: {field}"
    assert picture.read(text).setting.steps == 48


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(PureNegativeError):
        picture.read(text + "\nSteps: 20, CFG scale: 7, Seed: 1, Size: 512x512, " + text.replace("\n", " "))


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "a.png").write_bytes(b"nothing")
    for name in ("a.png", "none.png", "."):
        with pytest.raises(PureNegativeError, match=r"\.$"):
            picture.of_file(tmp_path / name)
