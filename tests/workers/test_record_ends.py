"""How much of a record of CSV is still open, wherever its blocks begin and end."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.workers.test_row_ends import TABLES, written
from workers.record_ends import OpenRecord


def open_record(content: bytes, cuts: list[int]) -> OpenRecord:
    found = OpenRecord(b",", b'"')
    for start, stop in pairwise(sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})):
        found.take(content[start:stop])
    return found


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 200)))
def test_what_follows_the_last_whole_record_is_open(rows, line_end, cuts):
    whole = written(rows, line_end)
    opened = b'a,"b\nc'
    found = open_record(whole + opened, cuts)
    assert (found.size, found.line) == (len(opened), whole.count(b"\n") + 1)
    assert open_record(whole, cuts).size == 0


def test_a_quote_in_the_middle_of_a_field_opens_nothing():
    content = b'a,b\n5",x\n6",y\nit"s'
    found = open_record(content, [6, 11])
    assert (found.size, found.line) == (4, 4)


def test_two_quotes_within_quotes_close_nothing():
    found = open_record(b'a,b\n"one ""two"",\nthree', [10, 11, 12])
    assert (found.size, found.line) == (len(b'"one ""two"",\nthree'), 2)
