"""Sets of rows as packed bits, little endian: bit n is row n. Bits past the last row are never set."""

from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


def all_of(rows: int) -> Bits:
    return packed(np.ones(rows, np.bool_))


def none_of(rows: int) -> Bits:
    return np.zeros((rows + 7) // 8, np.uint8)


def packed(holds: npt.NDArray[np.bool_]) -> Bits:
    """The rows for which it holds."""
    return np.packbits(holds, bitorder="little")


def unpacked(bits: Bits, rows: int) -> npt.NDArray[np.bool_]:
    """For each of so many rows whether it is in the set."""
    return np.unpackbits(bits, count=rows, bitorder="little").view(np.bool_)


def count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def numbers(bits: Bits) -> Numbers:
    """The rows, ascending."""
    return np.flatnonzero(np.unpackbits(bits, bitorder="little"))


def count_before(bits: Bits, row: int) -> int:
    """How many rows of the set come before a row."""
    whole, rest = divmod(max(row, 0), 8)
    last = int(bits[whole]) & ((1 << rest) - 1) if whole < len(bits) else 0
    return count(bits[:whole]) + last.bit_count()


def has(bits: Bits, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
    """For each of some rows whether it is in the set."""
    held: npt.NDArray[np.bool_] = (bits[rows >> 3] >> (rows & 7).astype(np.uint8) & 1).astype(np.bool_)
    return held
