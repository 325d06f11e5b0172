"""Rows of Arrow batches as Python values, times as ISO text.

pyarrow's own way with times loads pandas, for which the API has no room, or fails for a year that Python has not.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
DAY_THOUSANDTHS = 86_400_000


def rows_of(batch: Any) -> list[dict[str, Any]]:
    """The rows of a RecordBatch or Table by column, as `to_pylist` gives them but for times."""
    if not any(map(_has_times, batch.schema.types)):
        found: list[dict[str, Any]] = batch.to_pylist()
        return found
    columns = [_values(column) for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _has_times(kind: Any) -> bool:
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_duration(kind):
        return True
    return any(_has_times(kind.field(number).type) for number in range(kind.num_fields))


def _values(array: Any) -> list[Any]:
    """Of an Array, or a ChunkedArray, of any type."""
    if isinstance(array, pa.ChunkedArray):
        return [value for chunk in array.chunks for value in _values(chunk)]
    if pa.types.is_struct(array.type):
        return list(_structs(array))
    if any(is_one(array.type) for is_one in LISTS):
        return list(_lists(array))
    tell = _teller(array.type)
    if tell is None:
        plain: list[Any] = array.to_pylist()
        return plain
    numbers = array.view(pa.int32() if pa.types.is_date32(array.type) else pa.int64()).to_pylist()
    return [None if number is None else tell(number) for number in numbers]


LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)


def _teller(kind: Any) -> Callable[[int], Any] | None:
    """What makes values of the numbers that stand for them; None: pyarrow does."""
    if pa.types.is_timestamp(kind):
        return partial(_moment, unit=kind.unit, zone=kind.tz)
    if pa.types.is_date32(kind):
        return _date
    if pa.types.is_date64(kind):
        return lambda thousandths: _date(thousandths // DAY_THOUSANDTHS)
    return (lambda length: length / UNITS[kind.unit]) if pa.types.is_duration(kind) else None


def _structs(array: Any) -> Iterator[Mapping[str, Any] | None]:
    names = [array.type.field(number).name for number in range(array.type.num_fields)]
    # one without fields has rows all the same
    rows = zip(*map(_values, array.flatten()), strict=True) if names else repeat((), len(array))
    for there, values in zip(array.is_valid().to_pylist(), rows, strict=True):
        yield dict(zip(names, values, strict=True)) if there else None


def _lists(array: Any) -> Iterator[list[Any] | None]:
    values, start = _values(array.flatten()), 0
    for length in array.value_lengths().to_pylist():
        yield None if length is None else values[start : start + length]
        start += length or 0


def _moment(number: int, unit: str, zone: str | None) -> str:
    """In its own zone where this machine knows it, else in UTC; beyond the years of Python as numpy tells it."""
    try:
        moment = EPOCH + timedelta(microseconds=number * UNITS["us"] // UNITS[unit])
        told = moment.astimezone(_zone(zone)) if zone else moment.replace(tzinfo=None)
    except OverflowError:
        return f"{np.array(number).astype(f'datetime64[{unit}]')}{'+00:00' if zone else ''}"
    rest = number % 1_000 if unit == "ns" else 0
    if not rest:
        return told.isoformat()
    whole = told.replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{whole}{rest:03}{told.isoformat(timespec='microseconds')[len(whole) :]}"


def _zone(name: str) -> Any:
    try:
        return datetime.strptime(name, "%z").tzinfo if name[:1] in "+-" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _date(days: int) -> str:
    return str(np.datetime64(days, "D"))
