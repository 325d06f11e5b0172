"""A file is cut after a whole row, wherever its blocks begin and end."""

import csv
import io
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.row_ends import RowEnds, header_rows, is_document, row_pattern

CSV = {"name": "csv", "options": {}}
JSON = {"name": "json", "options": {}}
CELLS = st.text(alphabet='a", \né', max_size=6)
TABLES = st.lists(st.tuples(CELLS, CELLS, st.just("x")), min_size=1, max_size=8)


def ends(format, content: bytes, most: int | None = None, cuts=()) -> RowEnds:
    pattern = row_pattern(format)
    assert pattern is not None
    found = RowEnds(pattern, most)
    for start, stop in pairwise(sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})):
        found.take(content[start:stop])
    return found


def written(rows, line_end: str) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=line_end)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    return file.getvalue().encode()


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 200)))
def test_every_row_of_a_csv_file_is_one_whatever_is_in_its_quotes(rows, line_end, cuts):
    content = written(rows, line_end)
    found = ends(CSV, content, cuts=cuts)
    assert (found.rows, found.end) == (len(rows) + 1, len(content))


@pytest.mark.slow
@given(TABLES, st.integers(1, 8))
def test_a_csv_file_that_is_cut_has_the_first_rows_of_the_whole(rows, most):
    content = written(rows, "\n")
    cut = content[: ends(CSV, content, most + 1).end]
    whole = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    assert pd.read_csv(io.BytesIO(cut), dtype=str, keep_default_na=False).equals(whole[:most])


def test_a_quote_in_the_middle_of_a_field_opens_nothing():
    content = b'size,what\n5" pipe,a\n6" pipe,"b\n"\n'
    assert ends(CSV, content).rows == 3
    assert len(pd.read_csv(io.BytesIO(content))) == 2


def test_a_separator_of_another_kind_is_heeded():
    content = b'a\tb\n"x\ty\n"\tz\n'
    assert ends({"name": "csv", "options": {"sep": "\t"}}, content).rows == 2


def test_what_comes_after_the_last_line_feed_is_no_whole_row_until_the_file_is_over():
    found = ends(JSON, b'{"a": 1}\n\n{"a": 2}')
    assert (found.rows, found.end) == (1, 9)
    found.close()
    assert (found.rows, found.end) == (2, 18)


def test_blank_lines_are_rows_of_plain_text_alone():
    content = b"one\n\n \ntwo\n"
    assert ends({"name": "text", "options": {}}, content).rows == 4
    assert ends(JSON, content).rows == ends(CSV, b"a\n\nb\n").rows == 2


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(("name", "row"), [("text", b"a b"), ("json", b'{"a": 1}'), ("csv", b"a,b")])
def test_a_row_ends_with_any_end_of_a_line(name, row, line_end):
    content = (row + line_end) * 9
    found = ends({"name": name, "options": {}}, content, most=3, cuts=range(len(content)))
    assert (found.rows, found.end) == (3, 3 * len(row + line_end))


@pytest.mark.parametrize(
    "format",
    [
        {"name": "parquet", "options": {}},
        {"name": "arrow", "options": {}},
        {"name": "json", "options": {"field": "rows"}},
        {"name": "json", "options": {"encoding": "utf-16"}},
        {"name": "text", "options": {"sample_by": "paragraph"}},
        {"name": "csv", "options": {"sep": "::"}},
        {"name": "csv", "options": {"quoting": 3}},
        {"name": "csv", "options": {"skipfooter": 1}},
    ],
)
def test_where_rows_end_is_not_guessed(format):
    assert row_pattern(format) is None


def test_a_csv_file_has_a_header_unless_its_columns_are_named():
    assert header_rows(CSV) == 1
    assert header_rows({"name": "csv", "options": {"names": ["a"]}}) == header_rows(JSON) == 0


@pytest.mark.parametrize(
    ("beginning", "document"),
    [
        (b'{"a": 1}\n{"a"', False),
        (b'\xef\xbb\xbf{"a": 1}\n', False),
        (b'[{"a": 1},\n', True),
        (b' \n[{"a": 1}]', True),
        (b'{\n "a": 1\n}', True),
        (b'{"a": [1,\n2]}', True),
        (b'{"a": ' + b"[" * 100_000 + b"\n", True),
        (b'{"a": "no line feed yet', False),
    ],
)
def test_one_json_document_is_told_from_rows(beginning, document):
    assert is_document(beginning) is document
