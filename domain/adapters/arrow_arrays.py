"""Arrow arrays from and to plain memory. What pyarrow has for this loads pandas, for which the API has no room."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from domain.adapters.search_bits import BYTE_BITS, Bits


def of_numbers(numbers: npt.NDArray[np.int64]) -> Any:
    """An Array of int64 over the same memory."""
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])


def of_bits(bits: Bits, rows: int) -> Any:
    """An Array of booleans: for each of so many rows whether it is in the set."""
    return pa.Array.from_buffers(pa.bool_(), rows, [None, pa.py_buffer(bits)])


def of_one(type_: Any, value: bytes) -> Any:
    """An Array of one value of a type of fixed width, by its bytes; a truth is one byte."""
    return pa.Array.from_buffers(type_, 1, [None, pa.py_buffer(value)])


def of_one_text(type_: Any, value: str) -> Any:
    """An Array of one text, of the types string or large_string."""
    data = value.encode()
    offsets = np.array([0, len(data)], np.int64 if pa.types.is_large_string(type_) else np.int32)
    return pa.Array.from_buffers(type_, 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def flags(arrays: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """The values of Arrays of booleans, one behind the other; null is false."""
    return np.concatenate([np.empty(0, np.bool_), *map(_flags, arrays)])


def _flags(array: Any) -> npt.NDArray[np.bool_]:
    validity, values = (None if buffer is None else _unpacked(buffer, array) for buffer in array.buffers())
    if values is None:
        return np.zeros(len(array), np.bool_)
    return values if validity is None else values & validity


def _unpacked(buffer: Any, array: Any) -> npt.NDArray[np.bool_]:
    whole, rest = divmod(array.offset, BYTE_BITS)
    packed = np.frombuffer(buffer, np.uint8, offset=whole)
    return np.unpackbits(packed, count=rest + len(array), bitorder="little")[rest:].view(np.bool_)
