"""Ranges have every row of the splits once: those of parts, and between them those that no part has."""

from dataclasses import dataclass
from typing import Any, cast

from domain.adapters.row_ranges import ROWS_WITHOUT_PART, row_ranges
from domain.adapters.search_indexes import SearchIndex


@dataclass(frozen=True)
class Part:
    """As much of a part as ranges ask for."""

    split: str
    start: int
    stop: int


@dataclass(frozen=True)
class Index:
    parts: list[Part]


def ranges(splits: list[tuple[str, int]], *parts: Part) -> list[tuple[Any, ...]]:
    index = cast("SearchIndex", Index(list(parts))) if parts else None
    return [(each.split, each.start, each.stop, each.part) for each in row_ranges(splits, index)]


def test_parts_stand_where_their_rows_are_and_gaps_are_filled() -> None:
    first, last, other = Part("a", 2, 5), Part("a", 8, 9), Part("b", 0, 3)
    assert ranges([("b", 3), ("a", 10), ("none", 0)], last, other, first) == [
        ("b", 0, 3, other),
        ("a", 0, 2, None),
        ("a", 2, 5, first),
        ("a", 5, 8, None),
        ("a", 8, 9, last),
        ("a", 9, 10, None),
    ]


def test_rows_without_an_index_come_so_many_at_a_time() -> None:
    rows = 2 * ROWS_WITHOUT_PART + 1
    assert [(start, stop) for _, start, stop, _ in ranges([("a", rows)])] == [
        (0, ROWS_WITHOUT_PART),
        (ROWS_WITHOUT_PART, 2 * ROWS_WITHOUT_PART),
        (2 * ROWS_WITHOUT_PART, rows),
    ]


def test_other_splits_have_no_part_in_it() -> None:
    assert ranges([("a", 3)], Part("b", 0, 3)) == [("a", 0, 3, None)]
