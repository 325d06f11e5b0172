"""Figures over lengths that stay exact however many rows: how often each length occurs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

HISTOGRAM_BINS = 20
SHORT_BELOW = 1 << 14

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LengthCounts:
    """Distinct lengths, ascending, and how many rows have each. Of no rows, every figure is 0."""

    lengths: Numbers
    counts: Numbers

    @classmethod
    def empty(cls) -> "LengthCounts":
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def of(cls, lengths: npt.NDArray[np.integer[Any]]) -> "LengthCounts":
        """From the length of each row, in any order."""
        found, counts = np.unique(lengths, return_counts=True)
        return cls(found.astype(np.int64), counts.astype(np.int64))

    @classmethod
    def of_all(cls, parts: Iterable[npt.NDArray[np.unsignedinteger[Any]]]) -> "LengthCounts":
        """From the lengths of the rows of all parts. Short ones are counted in place, which is quicker than sorting."""
        short, long = np.zeros(SHORT_BELOW, np.int64), cls.empty()
        for lengths in parts:
            counts = np.bincount(np.minimum(lengths, SHORT_BELOW), minlength=SHORT_BELOW + 1)
            short += counts[:-1]
            if counts[-1]:
                long = long.merged(cls.of(lengths[lengths >= SHORT_BELOW]))
        present = np.flatnonzero(short)
        return cls(np.concatenate((present, long.lengths)), np.concatenate((short[present], long.counts)))

    @classmethod
    def from_json(cls, figures: Mapping[str, Any]) -> "LengthCounts":
        return cls(np.array(figures["lengths"], np.int64), np.array(figures["counts"], np.int64))

    def to_json(self) -> dict[str, list[int]]:
        return {"lengths": self.lengths.tolist(), "counts": self.counts.tolist()}

    def merged(self, other: "LengthCounts") -> "LengthCounts":
        """The rows of both."""
        lengths, places = np.unique(np.concatenate((self.lengths, other.lengths)), return_inverse=True)
        counts = np.zeros(len(lengths), np.int64)
        np.add.at(counts, places, np.concatenate((self.counts, other.counts)))
        return LengthCounts(lengths, counts)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())

    @property
    def total(self) -> int:
        """The sum of the lengths of all rows."""
        return int(self.lengths @ self.counts)

    @property
    def shortest(self) -> int:
        return int(self.lengths[0]) if len(self.lengths) else 0

    @property
    def longest(self) -> int:
        return int(self.lengths[-1]) if len(self.lengths) else 0

    @property
    def mean(self) -> float:
        return self.total / self.rows if self.rows else 0.0

    @property
    def median(self) -> float:
        """The middle length, for an even number of rows the mean of the two in the middle."""
        if not self.rows:
            return 0.0
        middle = np.array([(self.rows - 1) // 2, self.rows // 2])
        return float(self.lengths[np.searchsorted(np.cumsum(self.counts), middle, side="right")].mean())

    def histogram(self) -> list[dict[str, int]]:
        """20 bins {"from", "to", "count"}: [from, to) of one whole width from the shortest on."""
        width = max(1, -(-(self.longest - self.shortest + 1) // HISTOGRAM_BINS))
        counts = np.zeros(HISTOGRAM_BINS, np.int64)
        np.add.at(counts, (self.lengths - self.shortest) // width, self.counts)
        starts = range(self.shortest, self.shortest + HISTOGRAM_BINS * width, width)
        return [
            {"from": start, "to": start + width, "count": count}
            for start, count in zip(starts, counts.tolist(), strict=True)
        ]
