"""The orders in which found rows are read: each knows its rows by number, and the number of a place."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from domain.adapters.found_rows import FoundRows, Spot
from domain.adapters.samples_wanted import Place
from domain.adapters.search_bits import Bits, Numbers, rows_that


class Order(Protocol):
    """Found rows in an order, numbered from 0."""

    def spots(self, start: int, stop: int) -> list[Spot]:
        """The rows from number `start` on, before `stop`."""

    def count_before(self, place: Place, *, with_it: bool) -> int:
        """How many rows come before a place, and with that at it. INVALID_INPUT for a place that is none."""


class ByRow:
    """Splits in the source's order, then by index."""

    def __init__(self, found: FoundRows) -> None:
        self._found = found

    def spots(self, start: int, stop: int) -> list[Spot]:
        found = self._found.rows(start, stop)
        return [Spot(self._found.ranges[number], row) for number, rows in found for row in rows.tolist()]

    def count_before(self, place: Place, *, with_it: bool) -> int:
        number, row = self._found.locate(place)
        return self._found.count_before(number, row + with_it)


class ByLength:
    """By the words of the text, then by row; rows that are not indexed come last.

    Lengths are counted, not sorted: only rows of the lengths that are asked for are looked at.
    """

    def __init__(self, found: FoundRows, *, longest_first: bool) -> None:
        self._found = found
        self._sign = -1 if longest_first else 1
        turned = slice(None, None, self._sign)
        self._lengths = found.lengths.lengths[turned]
        self._begins: Numbers = np.concatenate(([0], np.cumsum(found.lengths.counts[turned])))
        self._unknown = found.only(lambda number: None if found.ranges[number].part else found.bits(number))

    def spots(self, start: int, stop: int) -> list[Spot]:
        known = int(self._begins[-1])
        behind = ByRow(self._unknown).spots(start - known, stop - known)
        return [*(self._known(start, min(stop, known)) if start < known else []), *behind]

    def count_before(self, place: Place, *, with_it: bool) -> int:
        number, row = self._found.locate(place)
        part = self._found.ranges[number].part
        if part is None:
            return int(self._begins[-1]) + self._unknown.count_before(number, row + with_it)
        length = int(part.words[row])
        shorter = np.searchsorted(self._sign * self._lengths, self._sign * length)
        return int(self._begins[shorter]) + self._of_lengths(length, length).count_before(number, row + with_it)

    def _known(self, start: int, stop: int) -> list[Spot]:
        first, last = np.searchsorted(self._begins, [start, stop - 1], side="right") - 1
        least, most = sorted((int(self._lengths[first]), int(self._lengths[last])))
        found = self._of_lengths(least, most).all_rows()
        lengths = np.concatenate([self._words(number)[rows] for number, rows in found])
        order = np.argsort(self._sign * lengths.astype(np.int64), kind="stable")
        ranges = np.repeat([number for number, _ in found], [len(rows) for _, rows in found])
        rows = np.concatenate([rows for _, rows in found])
        begin = int(self._begins[first])
        return [Spot(self._found.ranges[ranges[at]], int(rows[at])) for at in order[start - begin : stop - begin]]

    def _words(self, number: int) -> npt.NDArray[np.uint32]:
        part = self._found.ranges[number].part
        return np.empty(0, np.uint32) if part is None else part.words

    def _of_lengths(self, least: int, most: int) -> FoundRows:
        def of(number: int) -> Bits | None:
            part = self._found.ranges[number].part
            return None if part is None else rows_that((part.words >= least) & (part.words <= most))

        return self._found.only(of)
