"""The rows of a dataset as one sequence over its splits, from which any page costs the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from domain.adapters.samples_wanted import PageWanted, Place


@dataclass(frozen=True, slots=True)
class Rows:
    """Splits in the source's order: `names`, and where each begins; `begins` has the total at its end."""

    names: Sequence[str]
    begins: Sequence[int]

    @classmethod
    def of(cls, splits: Sequence[tuple[str, int]]) -> "Rows":
        """Of splits with their rows."""
        return cls([name for name, _ in splits], list(accumulate((rows for _, rows in splits), initial=0)))

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.begins[-1]

    def page(self, wanted: PageWanted) -> tuple[int, int]:
        """The rows of a page: from the first number on, before the second."""
        start = wanted.at or 0 if wanted.after is None else self._number_of(wanted.after) + 1
        stop = self.total if wanted.before is None else self._number_of(wanted.before)
        if wanted.backward:
            return max(start, stop - wanted.limit), stop
        return start, max(start, min(stop, start + wanted.limit))

    def parts(self, start: int, stop: int) -> list[tuple[str, int, int]]:
        """(split, first index, how many) of the rows from `start` on, before `stop`."""
        found = []
        for name, first, end in zip(self.names, self.begins, self.begins[1:], strict=False):
            low, high = max(start, first), min(stop, end)
            if low < high:
                found.append((name, low - first, high - low))
        return found

    def _number_of(self, place: Place) -> int:
        return self.begins[self.names.index(place.split)] + place.index
