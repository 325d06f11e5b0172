"""Sets of a part's rows as packed bits: bit i, the lowest of each byte first, is row i; bits past the last are 0."""

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]

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
    return np.packbits(flags, bitorder="little")


def rows_of(bits: Bits, rows: int) -> npt.NDArray[np.int64]:
    """The numbers of the rows, of so many, that are set."""
    return np.flatnonzero(np.unpackbits(bits, count=rows, bitorder="little"))
