"""The rows of a dataset in ranges: each what one part of its index covers, or where there is none, so many rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.adapters.search_indexes import SearchIndex
from domain.adapters.search_parts import SearchPart

ROWS_WITHOUT_PART = 100_000


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows [start, stop) of a split, counted from 0 in the range; `part` None: they are not indexed."""

    split: str
    start: int
    stop: int
    part: SearchPart | None = None

    @property
    def rows(self) -> int:
        return self.stop - self.start


def row_ranges(splits: Sequence[tuple[str, int]], index: SearchIndex | None) -> list[RowRange]:
    """Ranges that have every row of these splits (name, rows) once, in this order."""
    return [each for split, rows in splits for each in _of_split(split, rows, index.parts if index else [])]


def _of_split(split: str, rows: int, parts: Sequence[SearchPart]) -> Iterator[RowRange]:
    reached = 0
    for part in sorted((part for part in parts if part.split == split), key=lambda part: part.start):
        yield from _without_part(split, reached, part.start)
        yield RowRange(split, part.start, part.stop, part)
        reached = part.stop
    yield from _without_part(split, reached, rows)


def _without_part(split: str, start: int, stop: int) -> Iterator[RowRange]:
    for begin in range(start, stop, ROWS_WITHOUT_PART):
        yield RowRange(split, begin, min(begin + ROWS_WITHOUT_PART, stop))
