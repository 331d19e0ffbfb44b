"""Histograms of durations, and the percentiles read from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.usage.histogram import BOUNDS_MS, BUCKETS, bucket_of, percentile


def counted(*durations: int) -> list[int]:
    histogram = [0] * BUCKETS
    for duration in durations:
        histogram[bucket_of(duration)] += 1
    return histogram


def test_it_works() -> None:
    assert percentile(counted(*[30] * 50, *[700] * 50), 50) == 50
    assert percentile(counted(*[30] * 50, *[700] * 50), 100) == 1_000


@pytest.mark.parametrize(("duration", "bucket"), [(0, 0), (9, 0), (10, 1), (59_999, 11), (60_000, 12)])
def test_a_bound_belongs_to_the_bucket_that_it_begins(duration: int, bucket: int) -> None:
    assert bucket_of(duration) == bucket


def test_nothing_counted_has_no_percentile() -> None:
    assert percentile(counted(), 95) is None


def test_the_endless_bucket_answers_with_its_beginning() -> None:
    assert percentile(counted(10**9), 99) == BOUNDS_MS[-1]


@given(st.lists(st.integers(0, 59_999), min_size=1), st.integers(1, 100))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(durations: list[int], percent: int) -> None:
    true = sorted(durations)[-(-len(durations) * percent // 100) - 1]
    bucket = bucket_of(true)
    low = BOUNDS_MS[bucket - 1] if bucket else 0
    read = percentile(counted(*durations), percent)
    assert read is not None
    assert low <= read <= BOUNDS_MS[bucket]
