"""A predicate is checked against what its column holds, and then holds for exactly the rows that it should."""

import math
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from domain.adapters.predicates import fit, whole_words
from domain.adapters.samples_wanted import Predicate
from domain.adapters.search_bits import all_rows, bits_of, each_of, numbers_of
from domain.errors import ErrorCode, Refused
from tests.workers.indexes import write_texts

DAY = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def rows(values: list[Any], type_: pa.DataType, **asked: Any) -> list[int]:
    """The numbers of the values for which a predicate holds; the column is in two chunks and ends with a null."""
    column = pa.chunked_array([pa.array(values[:1], type_), pa.array([*values[1:], None], type_)])
    test = fit(Predicate("x", **asked), pa.schema({"x": type_}), "where", "0")
    return numbers_of(test.narrowed(all_rows(len(column)), column)).tolist()


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (pa.int8(), [-128, 0, 127]),
        (pa.uint16(), [0, 1, 65_535]),
        (pa.int64(), [-(2**63), 0, 2**63 - 1]),
        (pa.uint64(), [0, 2**53 + 1, 2**64 - 1]),
        (pa.float64(), [-1e300, 0.1, 1e300]),
        (pa.float32(), [-1.5, 0.25, 2.0**100]),
        (pa.float16(), [-1.5, 0.25, 2.0]),
        (pa.string(), ["", "a", "\U0001f600"]),
        (pa.large_string(), ["A", "a", "b"]),
        (pa.string_view(), ["A", "a", "b"]),
        (pa.dictionary(pa.int32(), pa.string()), ["A", "a", "b"]),
    ],
)
def test_values_are_equal_to_themselves_and_in_their_order(type_: pa.DataType, values: list[Any]) -> None:
    for place, value in enumerate(values):
        assert rows(values, type_, equals=value) == [place]
        assert rows(values, type_, one_of=[value, values[0]]) == sorted({0, place})
        assert rows(values, type_, one_of=[value] * 20) == [place]
        assert rows(values, type_, least=value) == list(range(place, 3))
        assert rows(values, type_, most=value) == list(range(place + 1))
        assert rows(values, type_, least=value, most=value) == [place]


@pytest.mark.parametrize(
    ("type_", "values", "as_json"),
    [
        (pa.date32(), [date(1969, 1, 1), date(2024, 5, 6)], ["1969-01-01", "2024-05-06"]),
        (pa.date64(), [date(1969, 1, 1), date(2024, 5, 6)], ["1969-01-01", "2024-05-06"]),
        (pa.timestamp("s"), [DAY.replace(tzinfo=None)], ["2024-05-06T07:08:09"]),
        (pa.timestamp("us", "Europe/Berlin"), [DAY], ["2024-05-06T09:08:09+02:00"]),
        (pa.timestamp("ms", "UTC"), [DAY], ["2024-05-06T07:08:09Z"]),
        (pa.timestamp("ns"), [np.datetime64("2024-05-06T07:08:09.123456789")], ["2024-05-06T07:08:09.123456789"]),
        (pa.time32("ms"), [time(0, 0), time(23, 59, 59, 5000)], ["00:00", "23:59:59.005"]),
        (pa.time64("us"), [time(1, 2, 3, 4)], ["01:02:03.000004"]),
        (pa.duration("ms"), [timedelta(seconds=1.5)], [1.5]),
        (pa.decimal128(5, 2), [Decimal("-1.10"), Decimal("1.10")], ["-1.1", 1.1]),
        (pa.decimal64(5, 2), [Decimal("-1.10"), Decimal("1.10")], ["-1.1", 1.1]),
        (pa.decimal256(50, 1), [Decimal("1.5")], ["15e-1"]),
        (pa.bool_(), [False, True], [False, True]),
    ],
)
def test_times_decimals_and_truth_are_asked_for_as_json_has_them(
    type_: pa.DataType, values: list[Any], as_json: list[Any]
) -> None:
    for place, value in enumerate(as_json):
        assert rows(values, type_, equals=value) == [place]
        assert rows(values, type_, one_of=[value]) == [place]


@pytest.mark.parametrize(
    ("type_", "values", "asked", "expected"),
    [
        (pa.int8(), [-1, 5], {"equals": 300}, []),
        (pa.int8(), [-1, 5], {"one_of": [300, 5]}, [1]),
        (pa.int8(), [-1, 5], {"one_of": []}, []),
        (pa.int8(), [-1, 5], {"least": 300}, []),
        (pa.int8(), [-1, 5], {"most": 300}, [0, 1]),
        (pa.int8(), [-1, 5], {"least": -(10**30)}, [0, 1]),
        (pa.int8(), [1, 2], {"equals": 1.5}, []),
        (pa.int8(), [1, 2], {"equals": 2.0}, [1]),
        (pa.int8(), [1, 2], {"least": 1.5}, [1]),
        (pa.int8(), [1, 2], {"most": 1.5}, [0]),
        (pa.uint8(), [0, 255], {"least": -1, "most": 10**400}, [0, 1]),
        (pa.float32(), [0.1, 0.5], {"equals": 0.1}, [0]),
        (pa.float32(), [0.1, math.inf], {"equals": 1e300}, []),
        (pa.float64(), [math.nan, math.inf], {"least": 10**400}, [1]),
        (pa.float64(), [math.nan, -1.0], {"most": 0}, [1]),
        (pa.float64(), [math.nan, -1.0], {"is_null": False}, [0, 1]),
        (pa.decimal128(5, 2), [Decimal("1.10"), Decimal("1.11")], {"equals": "1.105"}, []),
        (pa.decimal128(5, 2), [Decimal("1.10"), Decimal("1.11")], {"least": 1.105}, [1]),
        (pa.decimal128(5, 2), [Decimal("1.10")], {"most": 10**30}, [0]),
        (pa.timestamp("s"), [DAY.replace(tzinfo=None)], {"equals": "2024-05-06T07:08:09.5"}, []),
        (pa.timestamp("s"), [DAY.replace(tzinfo=None)], {"most": "2024-05-06T07:08:09.5"}, [0]),
        (pa.timestamp("s"), [DAY.replace(tzinfo=None)], {"least": "2024-05-06"}, [0]),
        (pa.string(), ["100%", "a.c"], {"contains": "%"}, [0]),
        (pa.string(), ["abc", "a.c"], {"contains": "a.c"}, [1]),
        (pa.string(), ["abc", "ABC"], {"contains": ""}, [0, 1]),
        (pa.string_view(), ["abc", "ABC"], {"contains": "B"}, [1]),
        (pa.string(), ["abc", ""], {"is_null": True}, [2]),
        (pa.binary(), [b"abc", b""], {"is_null": True}, [2]),
        (pa.null(), [None], {"is_null": True}, [0, 1]),
        (pa.string(), ["abc", "b"], {"is_null": True, "contains": "a"}, []),
        (pa.string(), ["abc", "b"], {"least": "b", "contains": "a"}, []),
    ],
)
def test_a_predicate_holds_for_these_rows(
    type_: pa.DataType, values: list[Any], asked: dict[str, Any], expected: list[int]
) -> None:
    assert rows(values, type_, **asked) == expected


@pytest.mark.parametrize(
    ("type_", "asked", "field", "message"),
    [
        (pa.int64(), {}, (), "Nothing is asked of column 'x'"),
        (pa.int64(), {"equals": "1"}, ("equals",), "holds int64: it is compared with whole numbers, not with '1'"),
        (pa.int64(), {"equals": True}, ("equals",), "not with True"),
        (pa.int64(), {"least": [1]}, ("min",), r"not with \[1\]"),
        (pa.int64(), {"one_of": [1, None]}, ("in",), "Null is asked for by isNull"),
        (pa.int64(), {"least": 2, "most": 1}, ("min",), "least value of 'x', 2, is above the most, 1"),
        (pa.int64(), {"contains": "1"}, ("contains",), "only text contains a text"),
        (pa.float64(), {"equals": "nan"}, ("equals",), "compared with numbers"),
        (pa.string(), {"equals": 1}, ("equals",), "compared with text, not with 1"),
        (pa.string(), {"contains": "\ud800"}, ("contains",), "compared with text"),
        (pa.bool_(), {"equals": 1}, ("equals",), "true or false"),
        (pa.bool_(), {"most": True}, ("max",), "has no order"),
        (pa.date32(), {"equals": "2024-05-06T00:00"}, ("equals",), "dates as ISO text"),
        (pa.timestamp("s"), {"equals": "yesterday"}, ("equals",), "times as ISO text"),
        (pa.time32("s"), {"equals": "12:00Z"}, ("equals",), "times of day"),
        (pa.decimal128(5, 2), {"equals": "1e999999999"}, ("equals",), "decimals"),
        (pa.decimal128(5, 2), {"equals": "NaN"}, ("equals",), "decimals"),
        (pa.binary(), {"equals": "a"}, (), "only be asked whether it is null"),
        (pa.list_(pa.int64()), {"is_null": True}, ("column",), "is nested"),
        (pa.struct({"a": pa.int64()}), {"equals": 1}, ("column",), "is nested"),
    ],
)
def test_a_predicate_that_does_not_fit_is_refused_in_words(
    type_: pa.DataType, asked: dict[str, Any], field: tuple[str, ...], message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        rows([], type_, **asked)
    assert refused.value.code == ErrorCode.INVALID_INPUT
    assert refused.value.path == ("where", "0", *field)


@pytest.mark.slow
@pytest.mark.parametrize("within", [[], [0, 39], [5, 17], list(range(40))])
def test_of_long_texts_those_are_looked_at_that_are_asked_about(within: list[int]) -> None:
    texts = [f"{'x' * 120_000} {number % 3}" for number in range(40)]
    column = pa.chunked_array([pa.array([*texts[:17], None], pa.string()), pa.array(texts[18:], pa.string())])
    test = fit(Predicate("x", contains=" 2"), pa.schema({"x": pa.string()}))
    found = numbers_of(test.narrowed(bits_of(within, 40), column)).tolist()
    assert found == [row for row in within if row % 3 == 2 and row != 17]


def test_reading_loads_no_library_that_is_heavy(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from domain.adapters.predicates import fit
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import Predicate
from domain.adapters.search_bits import all_rows
samples = SampleFolder(Path(sys.argv[1]))
test = fit(Predicate("n", one_of=[2, 3], least=1, is_null=False), samples.schema("train"))
assert test.narrowed(all_rows(4), samples.column("train", "n", 0, 4)).tolist() == [0b110]
assert [row.values for row in samples.at([("train", 3), ("train", 0)])] == [{"n": 4}, {"n": 1}]
print(*{"pandas", "datasets"} & set(sys.modules))
"""
    folder = write_texts(tmp_path / "data", {"train": pa.table({"n": [1, 2, 3, 4]})})
    told = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


def test_a_column_that_is_not_there_is_refused_and_those_that_are_named() -> None:
    with pytest.raises(Refused, match=r"no column 'y'\. Columns: x, z\.") as refused:
        fit(Predicate("y", equals=1), pa.schema({"x": pa.int64(), "z": pa.int64()}), "where", "3")
    assert refused.value.path == ("where", "3", "column")


@pytest.mark.parametrize(
    "part", ["a.b", "x%", "1\\n2", "[", "(?i)a", "\\", "\0", "東", "a b", " a", "-", "^a$", "x" * 1_001]
)
def test_a_part_of_long_texts_is_found_letter_for_letter(part: str) -> None:
    texts = [f"{'=' * 300}{middle}{'=' * 300}" for middle in (part, part.upper() + "A", "axb", "12", "", part * 2)]
    test = fit(Predicate("x", contains=part), pa.schema({"x": pa.string()}))
    found = each_of(test.narrowed(all_rows(len(texts)), pa.chunked_array([texts])), len(texts))
    assert found.tolist() == [part in text for text in texts]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("whole", []),
        ("half of the whol", ["of", "the"]),
        (" Both Ends! ", ["both", "ends"]),
        ("ab東京cd ef", ["東京", "cd"]),
        ("", []),
        (" ".join("abcdefghijkl"), list("bcdefghi")),
    ],
)
def test_only_words_that_end_within_a_part_are_known_to_be_whole(part: str, words: list[str]) -> None:
    assert [word.text for word in whole_words(part)] == words
