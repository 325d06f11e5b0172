"""Figures from counted lengths are those of the lengths themselves."""

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.length_counts import LengthCounts

LENGTHS = st.lists(st.integers(0, 5000), min_size=1, max_size=60)


@given(LENGTHS, LENGTHS)
@settings(deadline=None)
def test_merged_counts_give_the_figures_of_all_rows(some: list[int], others: list[int]) -> None:
    told = LengthCounts.of(np.array(others)).to_json()
    merged = LengthCounts.of(np.array(some)).merged(LengthCounts.from_json(told))
    rows = some + others
    assert (merged.rows, merged.total) == (len(rows), sum(rows))
    assert (merged.shortest, merged.longest) == (min(rows), max(rows))
    assert merged.mean == pytest.approx(statistics.fmean(rows))
    assert merged.median == statistics.median(rows)


@given(st.lists(st.lists(st.sampled_from([0, 3, 16_383, 16_384, 16_385, 4_000_000_000])), max_size=4))
@settings(deadline=None)
def test_lengths_are_counted_part_by_part_however_long_they_are(parts: list[list[int]]) -> None:
    together = LengthCounts.of(np.array([length for part in parts for length in part], np.uint32))
    assert LengthCounts.of_all([np.array(part, np.uint32) for part in parts]).to_json() == together.to_json()


@given(LENGTHS)
@settings(deadline=None)
def test_a_histogram_has_20_whole_bins_that_hold_every_row(rows: list[int]) -> None:
    bins = LengthCounts.of(np.array(rows)).histogram()
    width = max(1, -(-(max(rows) - min(rows) + 1) // 20))
    assert [each["from"] for each in bins] == [min(rows) + number * width for number in range(20)]
    assert {each["to"] - each["from"] for each in bins} == {width}
    assert [each["count"] for each in bins] == [sum(each["from"] <= row < each["to"] for row in rows) for each in bins]
    assert sum(each["count"] for each in bins) == len(rows)


def test_figures_of_no_rows_are_zero() -> None:
    empty = LengthCounts.empty()
    assert (empty.rows, empty.total, empty.mean, empty.median, empty.longest) == (0, 0, 0.0, 0.0, 0)
    assert [each["count"] for each in empty.histogram()] == [0] * 20
