"""Sets of a part's rows as packed bits: bit i, the lowest of each byte first, is row i; bits past the last are 0."""

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]

BYTE_BITS = 8


def no_rows(rows: int) -> Bits:
    """None of so many rows."""
    return np.zeros((rows + BYTE_BITS - 1) // BYTE_BITS, np.uint8)


def all_rows(rows: int) -> Bits:
    """All of so many rows."""
    bits = np.full((rows + BYTE_BITS - 1) // BYTE_BITS, 0xFF, np.uint8)
    if rows % BYTE_BITS:
        bits[-1] = (1 << rows % BYTE_BITS) - 1
    return bits


def bits_of(found: npt.ArrayLike, rows: int) -> Bits:
    """Those of so many rows whose numbers are given."""
    flags = np.zeros(rows, np.bool_)
    flags[np.asarray(found, np.int64)] = True
    return np.packbits(flags, bitorder="little")
