"""First guesses from tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.yields import guess
from pure_negative.yields.db import labels


@pytest.mark.parametrize(
    ("tags", "judged"),
    [
        ("", "Pattern"),
        ("abstract, no_humans, pink_background", "Pattern"),
        ("monochrome, pattern", "Pattern"),
        ("scenery, no_humans, tree, sky", "Object or scenery"),
        ("food, simple background", "Object or scenery"),
        ("1girl, solo, long_hair, smile", "Legit human"),
        ("2boys, multiple boys, sky", "Legit human"),
        ("6+girls, crowd", "Legit human"),
        ("1girl, bad anatomy", "Malformed human"),
        ("1boy, solo, extra_arms", "Malformed human"),
        ("solo, \\(artist\\), missing_left_leg", "Malformed human"),
    ],
)
def test_tags_make_a_class(tags: str, judged: str) -> None:
    assert labels.CLASSES[guess.of_tags(tags) - 1] == judged


@given(st.text(max_size=300))
def test_any_text_is_one_of_the_classes(text: str) -> None:
    assert 1 <= guess.of_tags(text) <= len(labels.CLASSES)
