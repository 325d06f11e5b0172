"""Sets of a part's rows as packed bits: bit i, the lowest of each byte first, is row i; bits past the last are 0.

How they are made, from numbers or from what holds for rows, and how they are counted, listed and asked.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

BYTE_BITS = 8
FEW_SHARE = 64  # fewer than one of so many rows are set bit by bit


def no_rows(rows: int) -> Bits:
    """None of so many rows."""
    return np.zeros((rows + BYTE_BITS - 1) // BYTE_BITS, np.uint8)


def all_rows(rows: int) -> Bits:
    """All of so many rows."""
    bits = np.full((rows + BYTE_BITS - 1) // BYTE_BITS, 0xFF, np.uint8)
    if rows % BYTE_BITS:
        bits[-1] = (1 << rows % BYTE_BITS) - 1
    return bits


def bits_of(found: npt.NDArray[np.int32] | npt.NDArray[np.int64], rows: int) -> Bits:
    """Those of so many rows whose numbers are given."""
    numbers = np.asarray(found, np.int64)
    if len(numbers) * FEW_SHARE < rows:
        bits = no_rows(rows)
        np.bitwise_or.at(bits, numbers // BYTE_BITS, (1 << numbers % BYTE_BITS).astype(np.uint8))
        return bits
    flags = np.zeros(rows, np.bool_)
    flags[numbers] = True
    return rows_that(flags)


def rows_that(holds: npt.NDArray[np.bool_]) -> Bits:
    """The rows for which it holds."""
    return np.packbits(holds, bitorder="little")


def each_of(bits: Bits, rows: int) -> npt.NDArray[np.bool_]:
    """For each of so many rows whether it is in the set."""
    return np.unpackbits(bits, count=rows, bitorder="little").view(np.bool_)


def count_rows(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


def count_before(bits: Bits, row: int) -> int:
    """How many rows of the set come before a row, which may be past the last."""
    whole, rest = divmod(row, BYTE_BITS)
    within = int(bits[whole]) & ((1 << rest) - 1) if whole < len(bits) else 0
    return count_rows(bits[:whole]) + within.bit_count()


def numbers_of(bits: Bits) -> Numbers:
    """The rows, ascending."""
    return np.flatnonzero(np.unpackbits(bits, bitorder="little"))


def are_in(bits: Bits, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
    """For each of some rows whether it is in the set."""
    found: npt.NDArray[np.bool_] = (bits[rows // BYTE_BITS] >> (rows % BYTE_BITS).astype(np.uint8) & 1).astype(np.bool_)
    return found
