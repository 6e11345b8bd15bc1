"""The interval of a share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pure_negative.yields import wilson

SAMPLES = st.integers(1, 10**6).flatmap(lambda sample: st.tuples(st.integers(0, sample), st.just(sample)))


@pytest.mark.parametrize(
    ("count", "sample", "low", "high"),
    [(8, 20, 0.2188, 0.6134), (0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (1, 2, 0.0945, 0.9055), (0, 0, 0.0, 1.0)],
)
def test_known_intervals(count, sample, low, high):
    assert wilson.interval(count, sample) == pytest.approx((low, high), abs=5e-5)


@given(SAMPLES)
def test_both_ends_solve_the_equation_they_come_from(case):
    """The ends are the shares p with |count/n − p| = z·√(p(1−p)/n), which is what a score interval is."""
    count, sample = case
    for end in wilson.interval(count, sample):
        if 0 < end < 1:
            deviation = wilson.Z * (end * (1 - end) / sample) ** 0.5
            assert abs(count / sample - end) == pytest.approx(deviation, rel=1e-6, abs=1e-12)


@given(SAMPLES)
def test_the_share_lies_inside_and_the_other_share_mirrors_it(case):
    count, sample = case
    low, high = wilson.interval(count, sample)
    assert 0 <= low <= count / sample <= high <= 1
    assert wilson.interval(sample - count, sample) == pytest.approx((1 - high, 1 - low))


@given(SAMPLES, st.integers(2, 50))
def test_a_larger_sample_of_the_same_share_is_surer(case, times):
    count, sample = case
    (low, high), (lower, higher) = wilson.interval(count * times, sample * times), wilson.interval(count, sample)
    assert high - low < higher - lower
