"""Sets of a part's rows by name, mapped: found by bisection, so that opening costs nothing.

A set is packed bits, or where that is shorter the distances from row to row, the first one counted from -1: seven bits
a byte, the lowest first, and the highest bit says that more follow.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.adapters.search_bits import BYTE_BITS, Bits, bits_of

MORE, DISTANCE_BITS, DISTANCE_BYTES = 0x80, 7, 4
SECTIONS = ("names", "name_ends", "sets", "set_ends")


class RowSets:
    """`arrays` are the sections: names in the order of their bytes, the sets in the same order, and where each ends."""

    def __init__(self, arrays: Mapping[str, Any], rows: int) -> None:
        self._names, self._name_ends, self._sets, self._set_ends = (arrays[name] for name in SECTIONS)
        self._rows = rows

    def rows(self, name: bytes) -> Bits | None:
        """The rows of a set; None where there is none of that name."""
        place = self.place(name)
        if place is None:
            return None
        kept = self._sets[_start(self._set_ends, place) : self._set_ends[place]]
        if len(kept) == (self._rows + BYTE_BITS - 1) // BYTE_BITS:
            return np.array(kept)
        return bits_of(_rows(kept), self._rows)

    def place(self, name: bytes) -> int | None:
        """Which set has the name."""
        first, last = 0, len(self._name_ends)
        while first < last:
            place = (first + last) // 2
            found = self._names[_start(self._name_ends, place) : self._name_ends[place]].tobytes()
            if found == name:
                return place
            first, last = (place + 1, last) if found < name else (first, place)
        return None


def _start(ends: npt.NDArray[np.uint32], place: int) -> int:
    return int(ends[place - 1]) if place else 0


def _rows(kept: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    is_more = kept >= MORE
    distances, shifts = (kept & (MORE - 1)).astype(np.int32), np.zeros(len(kept), np.int32)
    is_behind = is_more
    for step in range(1, DISTANCE_BYTES):
        if not is_behind.any():
            break
        shifts[step:] += DISTANCE_BITS * is_behind[: len(kept) - step]
        is_behind = is_behind[: len(kept) - step] & is_more[step:]
    rows: npt.NDArray[np.int32] = np.cumsum(distances << shifts, dtype=np.int32)[~is_more] - 1
    return rows
