"""Rows as Python values: as pyarrow gives them, but that every time is ISO text."""

from datetime import UTC, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.adapters.arrow_rows import rows_of
from domain.adapters.cells import plain

LATE = 10**18  # microseconds: the year 33658


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (1_000_000, pa.timestamp("us"), "1970-01-01T00:00:01"),
        (-1, pa.timestamp("ms"), "1969-12-31T23:59:59.999000"),
        (1, pa.timestamp("s", "UTC"), "1970-01-01T00:00:01+00:00"),
        (0, pa.timestamp("s", "Europe/Berlin"), "1970-01-01T01:00:00+01:00"),
        (0, pa.timestamp("s", "-02:30"), "1969-12-31T21:30:00-02:30"),
        (0, pa.timestamp("s", "Nowhere/Atall"), "1970-01-01T00:00:00+00:00"),
        (1_001, pa.timestamp("ns"), "1970-01-01T00:00:00.000001001"),
        (1, pa.timestamp("ns", "+01:00"), "1970-01-01T01:00:00.000000001+01:00"),
        (2_000, pa.timestamp("ns"), "1970-01-01T00:00:00.000002"),
        (LATE, pa.timestamp("us"), "33658-09-27T01:46:40.000000"),
        (LATE, pa.timestamp("us", "Europe/Berlin"), "33658-09-27T01:46:40.000000+00:00"),
        (-1, pa.date32(), "1969-12-31"),
        (4_000_000, pa.date32(), "12921-08-18"),
        (86_400_000, pa.date64(), "1970-01-02"),
        (1_500, pa.duration("ms"), 1.5),
        (1, pa.duration("ns"), 1e-9),
    ],
)
def test_a_time_is_told_whatever_its_unit_zone_and_year(number: int, kind: Any, expected: Any) -> None:
    array = pa.array([number, None], pa.int32() if pa.types.is_date32(kind) else pa.int64()).view(kind)
    assert rows_of(pa.table({"cell": array})) == [{"cell": expected}, {"cell": None}]


DAYS = pa.array([0, 1, None], pa.int32()).view(pa.date32())
MOMENTS = some.datetimes(timezones=some.just(UTC)) | some.none()
DEEP = pa.struct(
    {
        "when": pa.timestamp("us", "UTC"),
        "days": pa.list_(pa.date32()),
        "two": pa.list_(pa.struct({"day": pa.date32(), "n": pa.int64()}), 2),
        "text": pa.large_list(pa.string()),
    }
)


@given(
    rows=some.lists(
        some.none()
        | some.fixed_dictionaries(
            {
                "when": MOMENTS,
                "days": some.none() | some.lists(some.none() | some.dates(), max_size=3),
                "two": some.none()
                | some.lists(
                    some.none() | some.fixed_dictionaries({"day": some.dates(), "n": some.just(1)}),
                    min_size=2,
                    max_size=2,
                ),
                "text": some.none() | some.lists(some.text(max_size=3), max_size=2),
            }
        ),
        max_size=8,
    ),
    cut=some.integers(0, 3),
)
def test_deep_rows_are_as_pyarrow_gives_them_wherever_they_are_cut(rows: list[Any], cut: int) -> None:
    table = pa.table({"deep": pa.array(rows, DEEP), "n": list(range(len(rows)))}).slice(cut)
    assert [plain(row) for row in rows_of(table)] == [plain(row) for row in table.to_pylist()]


def test_what_has_no_fields_has_rows_beside_times() -> None:
    cells = pa.array([{}, None, {}], pa.struct([]))
    table = pa.table({"none": cells, "some": pa.array([[{}], [], None], pa.list_(pa.struct([]))), "day": DAYS})
    assert [plain(row) for row in rows_of(table)] == [plain(row) for row in table.to_pylist()]


def test_what_has_no_times_is_left_to_pyarrow() -> None:
    rows = [{"a": b"1", "b": {"c": [1.5, None]}, "d": timedelta(0)}, {"a": None, "b": None, "d": None}]
    table = pa.Table.from_pylist(rows)
    assert rows_of(table.drop(["d"])) == table.drop(["d"]).to_pylist()
