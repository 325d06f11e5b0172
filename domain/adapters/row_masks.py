"""Sets of rows as packed bits: how they are made from what holds for rows, counted and listed."""

from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.search_bits import BYTE_BITS, Bits

Numbers = npt.NDArray[np.int64]


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
