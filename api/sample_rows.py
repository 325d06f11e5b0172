"""The rows of a dataset as one sequence over its splits, from which any page costs the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from domain.adapters.samples_wanted import Place


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

    def parts(self, start: int, stop: int) -> list[tuple[str, int, int]]:
        """(split, first index, how many) of the rows from `start` on, before `stop`."""
        found = []
        for name, first, end in zip(self.names, self.begins, self.begins[1:], strict=False):
            low, high = max(start, first), min(stop, end)
            if low < high:
                found.append((name, low - first, high - low))
        return found

    def count_before(self, place: Place, *, with_it: bool) -> int:
        """How many rows come before a place, and with that at it."""
        return self.begins[self.names.index(place.split)] + place.index + with_it
