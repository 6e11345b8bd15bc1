"""Sampler names of before WebUI v1.9, which hold the schedule type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.planning import choices, infotext, plan
from pure_negative.planning.request import Model
from pure_negative.rules import schedule_type


@pytest.mark.parametrize(
    ("given_name", "beside", "sampler", "scheduler"),
    [
        ("DPM++ 2M Karras", "Automatic", "DPM++ 2M", "Automatic"),
        ("DPM++ 2M karras", "Uniform", "DPM++ 2M", "Automatic"),
        ("DPM++ 2M SDE Karras", "Automatic", "DPM++ 2M SDE", "Karras"),
        ("Euler a Karras", "Automatic", "Euler a", "Karras"),
        ("Euler SGM Uniform", "Automatic", "Euler", "SGM Uniform"),
        ("Euler", "Karras", "Euler", "Karras"),
        ("DPM++ 2M", "Automatic", "DPM++ 2M", "Automatic"),
        ("Another Karras", "Automatic", "Another Karras", "Automatic"),
        ("DDIM", "Automatic", "DDIM", "Automatic"),
        (" Karras", "Automatic", " Karras", "Automatic"),
    ],
)
def test_a_name_of_both_is_taken_apart(given_name, beside, sampler, scheduler):
    assert schedule_type.split(given_name, beside) == (sampler, scheduler)


@given(st.sampled_from(schedule_type.SAMPLERS), st.sampled_from(["Automatic", "Karras"]))
def test_today_s_names_stay(sampler, scheduler):
    assert schedule_type.split(sampler, scheduler) == (sampler, scheduler)


def test_the_picture_is_asked_for_and_described_in_today_s_names():
    made = plan.make(choices.read({"sampler": "DPM++ 2M Karras"}))
    request = made.request(7)
    assert (request.sampler, request.scheduler) == ("DPM++ 2M", "Automatic")
    text = infotext.write(request, Model("m", "0"), infotext.pack(made))
    assert "Sampler: DPM++ 2M, Schedule type: Karras" in text
