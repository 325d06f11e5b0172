"""The order of relevance: BM25 of the search, the best first."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import numpy as np

from domain.adapters.found_rows import FoundRows, Spot
from domain.adapters.sample_orders import ByRow
from domain.adapters.samples_wanted import Place
from domain.adapters.search_bits import Bits, Numbers, are_in, bits_of
from domain.adapters.search_parts import SearchPart
from domain.adapters.search_terms import Query
from domain.adapters.search_text import Scores

MOST_RANKED = 1_000_000
# What is asked for at least, and how many times more when that was not enough.
LEAST_RANKED, GROWTH = 100, 8


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows by the number of their range, best first."""

    numbers: Numbers
    rows: Numbers
    scores: Scores

    @classmethod
    def best_of(cls, parts: "list[Ranking]", most: int) -> "Ranking":
        """The best of all; of those with one score, the first rows."""
        numbers = np.concatenate([np.empty(0, np.int64), *(part.numbers for part in parts)])
        rows = np.concatenate([np.empty(0, np.int64), *(part.rows for part in parts)])
        scores = np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)])
        order = np.lexsort((rows, numbers, -scores))[:most]
        return cls(numbers[order], rows[order], scores[order])

    def __len__(self) -> int:
        return len(self.rows)

    def place_of(self, number: int, row: int) -> int | None:
        """Where a row of a range stands; None: it is not among them."""
        at = np.flatnonzero((self.numbers == number) & (self.rows == row))
        return int(at[0]) if len(at) else None

    def bits(self, number: int, rows: int) -> Bits:
        """Those of a range of so many rows."""
        return bits_of(self.rows[self.numbers == number], rows)


class ByRelevance:
    """By score, then by row, ranked as far as it is read. Behind them, by row, come those past the best MOST_RANKED,
    and those for which there was no time before the deadline."""

    def __init__(self, found: FoundRows, query: Query, deadline: float) -> None:
        self._found = found
        self._query = query
        self._deadline = deadline
        self._ranking = Ranking.best_of([], 0)
        self._behind: FoundRows | None = None
        self._is_late = False

    @property
    def not_ranked(self) -> int:
        """How many of those behind the ranked ones there was no time for."""
        return self._behind.total if self._is_late and self._behind else 0

    def spots(self, start: int, stop: int) -> list[Spot]:
        self._rank(stop)
        ranking, ranked = self._ranking, len(self._ranking)
        best = [
            Spot(self._found.ranges[ranking.numbers[at]], int(ranking.rows[at]), float(ranking.scores[at]))
            for at in range(start, min(stop, ranked))
        ]
        behind = ByRow(self._behind).spots(start - ranked, stop - ranked) if self._behind else []
        return [*best, *behind]

    def count_before(self, place: Place, *, with_it: bool) -> int:
        number, row = self._found.locate(place)
        while (at := self._ranking.place_of(number, row)) is None and self._behind is None:
            self._rank(len(self._ranking) + 1)
        if at is not None or self._behind is None:
            return (at or 0) + with_it
        if are_in(self._behind.bits(number), np.array([row])).all():
            return len(self._ranking) + self._behind.count_before(number, row + with_it)
        return int(np.count_nonzero(self._ranking.scores > (place.rank or 0)))  # it is not found any more

    def _rank(self, wanted: int) -> None:
        if wanted <= len(self._ranking) or self._behind is not None:
            return
        most = min(self._found.total, MOST_RANKED)
        wanted = min(max(wanted, LEAST_RANKED, GROWTH * len(self._ranking)), most)
        ranking = Ranking.best_of(list(self._best_of_parts(wanted)), wanted)
        if not self._is_late or not len(self._ranking):
            self._ranking = ranking
        if self._is_late or len(ranking) < wanted or wanted == most:
            self._behind = self._found.only(self._not_among_best)

    def _best_of_parts(self, wanted: int) -> Iterator[Ranking]:
        for number, each in enumerate(self._found.ranges):
            count = self._found.begins[number + 1] - self._found.begins[number]
            if each.part is None or not count:
                continue
            if monotonic() > self._deadline:
                self._is_late = True
                return
            yield _best(each.part, number, self._query, self._found.bits(number), min(wanted, count))

    def _not_among_best(self, number: int) -> Bits | None:
        if len(self._ranking) == self._found.total:
            return None
        return ~self._ranking.bits(number, self._found.ranges[number].rows)


def _best(part: SearchPart, number: int, query: Query, bits: Bits, wanted: int) -> Ranking:
    """The best rows of a part that are in a set too: asked for more and more, until there are enough in it."""
    limit = wanted
    while True:
        rows, scores = part.best(query, limit)
        keep = are_in(bits, rows)
        if np.count_nonzero(keep) >= wanted or len(rows) < limit or limit >= part.rows:
            return Ranking(np.full(np.count_nonzero(keep), number), rows[keep], scores[keep])
        limit = min(limit * GROWTH, part.rows)
