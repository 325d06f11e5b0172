"""The figure that most of what was measured stays below."""

import pytest

from tests.benchmarks.api_load import percentile

MEASURED = [*range(100)][::-1]


@pytest.mark.parametrize(("share", "told"), [(0, 0), (0.5, 50), (0.95, 95), (1, 99)])
def test_a_share_of_what_was_measured_is_below_the_figure(share, told):
    assert percentile(MEASURED, share) == told


def test_a_share_in_percent_is_not_taken_for_the_longest():
    with pytest.raises(AssertionError):
        percentile(MEASURED, 95)
