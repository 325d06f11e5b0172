"""The rows that were found, as those of each range, in the order of ROW."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np

from domain.adapters.length_counts import LengthCounts
from domain.adapters.row_ranges import RowRange
from domain.adapters.rows_on_demand import RowsOnDemand
from domain.adapters.samples_wanted import Place
from domain.adapters.search_bits import Bits, Numbers, count_before, each_of, numbers_of
from domain.errors import ErrorCode, Refused


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of a range that was found, and its rank in the order that it was read in, as of Place."""

    range: RowRange
    row: int
    rank: float | None = None

    @property
    def place(self) -> Place:
        return Place(self.range.split, self.range.start + self.row, self.rank)

    @property
    def words(self) -> int | None:
        """The words of its text; None where it is not indexed."""
        return None if self.range.part is None else int(self.range.part.words[self.row])


class FoundRows:
    """Those of each of the `ranges`, which are all ranges of a dataset; `begins` is how many rows were found before
    each, with all at the end."""

    def __init__(self, ranges: Sequence[RowRange], found: Sequence[RowsOnDemand]) -> None:
        self.ranges = ranges
        self._found = found
        self.begins: Sequence[int] = list(accumulate((each.count for each in found), initial=0))

    @property
    def total(self) -> int:
        return self.begins[-1]

    def bits(self, number: int) -> Bits:
        """The rows of a range."""
        return self._found[number].bits

    def rows(self, start: int, stop: int) -> list[tuple[int, Numbers]]:
        """(number of a range, rows in it) of those found from number `start` on, before `stop`; as quick anywhere."""
        found = []
        for number, (begin, end) in enumerate(pairwise(self.begins)):
            if begin < stop and start < end:
                found.append((number, numbers_of(self.bits(number))[max(start - begin, 0) : stop - begin]))
        return found

    def all_rows(self) -> list[tuple[int, Numbers]]:
        """`rows` of all that were found."""
        return self.rows(0, self.total)

    def locate(self, place: Place) -> tuple[int, int]:
        """(number of a range, row in it) of a place. INVALID_INPUT when no range has it."""
        for number, each in enumerate(self.ranges):
            if each.split == place.split and each.start <= place.index < each.stop:
                return number, place.index - each.start
        message = f"There is no row {place.index} of {place.split!r} among those that are read here."
        raise Refused(ErrorCode.INVALID_INPUT, message)

    def count_before(self, number: int, row: int) -> int:
        """How many were found before a row of a range."""
        return self.begins[number] + count_before(self.bits(number), row)

    def only(self, keep: Callable[[int], Bits | None]) -> "FoundRows":
        """Those that are in a set of rows as well, given by the number of the range; None: an empty set."""
        kept = (_both(self.bits(number), keep(number)) for number in range(len(self.ranges)))
        return FoundRows(self.ranges, list(map(RowsOnDemand.of, kept)))

    def in_split(self, split: str) -> int:
        """How many of them are in a split."""
        ranges = zip(self.ranges, pairwise(self.begins), strict=True)
        return sum(end - begin for each, (begin, end) in ranges if each.split == split)

    @cached_property
    def lengths(self) -> LengthCounts:
        """Of the rows found that are indexed, how many have each number of words."""
        found = [
            each.part.words[each_of(bits, each.rows)]
            for each, bits in zip(self.ranges, map(self.bits, range(len(self.ranges))), strict=True)
            if each.part is not None and bits.any()
        ]
        return LengthCounts.of_all(found)


def _both(bits: Bits, other: Bits | None) -> Bits:
    return np.zeros_like(bits) if other is None else bits & other
