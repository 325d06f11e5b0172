"""Packed bits are the set of rows that they stand for."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.adapters.search_bits import are_in, count_before, count_rows, each_of, numbers_of, rows_that

HOLDS = st.lists(st.booleans(), max_size=40)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(HOLDS)
def test_a_set_of_rows_is_counted_listed_and_asked(holds: list[bool]) -> None:
    bits, rows = rows_that(np.array(holds, np.bool_)), [row for row, is_in in enumerate(holds) if is_in]
    assert numbers_of(bits).tolist() == rows
    assert count_rows(bits) == len(rows)
    assert each_of(bits, len(holds)).tolist() == holds
    assert are_in(bits, np.arange(len(holds))).tolist() == holds
    for row in range(len(holds) + 20):
        assert count_before(bits, row) == sum(holds[:row])
