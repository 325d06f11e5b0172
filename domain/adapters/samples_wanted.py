"""Which samples are wanted, in which order, which page of them; and what an answer may have to say about itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from domain.adapters.search_terms import Query
from domain.adapters.wanted import Between


class SampleOrder(StrEnum):
    """ROW: splits in the source's order, then by index. The others have rows of equal rank in the order of ROW."""

    ROW = "ROW"
    RELEVANCE = "RELEVANCE"
    SHORTEST = "SHORTEST"
    LONGEST = "LONGEST"


class NoticeCode(StrEnum):
    """Every way in which an answer may be less, or other, than what was asked."""

    LENIENT = "LENIENT"
    NO_WORDS = "NO_WORDS"
    UNKNOWN_COLUMN = "UNKNOWN_COLUMN"
    NOT_INDEXED = "NOT_INDEXED"
    INDEX_BUILDING = "INDEX_BUILDING"
    INDEX_DAMAGED = "INDEX_DAMAGED"
    ROWS_NOT_SEARCHABLE = "ROWS_NOT_SEARCHABLE"
    TOKENS_UNKNOWN = "TOKENS_UNKNOWN"
    TIMED_OUT = "TIMED_OUT"
    NOT_READY = "NOT_READY"
    TRASHED = "TRASHED"


@dataclass(frozen=True, slots=True)
class Notice:
    """What whoever asked should know beside the answer, in a sentence."""

    code: NoticeCode
    message: str


@dataclass(frozen=True, slots=True)
class Predicate:
    """What must hold for a scalar column; of several conditions, all. None: no such condition.

    `equals`, `one_of`, `least` and `most` (both ends belong to it) are JSON values: times are ISO text, decimals
    numbers or text. `contains`: a part of a text, letter for letter. Null and NaN meet no condition but `is_null`.
    """

    column: str
    equals: Any = None
    one_of: Sequence[Any] | None = None
    contains: str | None = None
    is_null: bool | None = None
    least: Any = None
    most: Any = None


@dataclass(frozen=True, slots=True)
class SamplesWanted:
    """Which rows: those for which all holds. None, no bounds, nothing in `where`: does not matter.

    `split` must be one of the dataset's. `word_count` is of the main text, `token_count` of a tokenization.
    """

    split: str | None = None
    query: Query | None = None
    word_count: Between[int] = field(default_factory=Between[int])
    token_count: Between[int] = field(default_factory=Between[int])
    where: Sequence[Predicate] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in an order: its split and index, and before these its `rank`.

    `rank`: the words of its text for SHORTEST and LONGEST, its score for RELEVANCE, None for ROW.
    """

    split: str
    index: int
    rank: float | None = None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """At most `limit` rows of a result in an order: from number `at` on, or after one place and before another.

    `backward`: the last of them, not the first. `at` counts from 0 and goes with neither a place nor `backward`.
    """

    order: SampleOrder = SampleOrder.ROW
    limit: int = 50
    at: int | None = None
    after: Place | None = None
    before: Place | None = None
    backward: bool = False

    def range(self, total: int, count_before: "CountBefore") -> tuple[int, int]:
        """The rows of the page, of so many in its order: from the first number on, before the second."""
        start = self.at or 0 if self.after is None else count_before(self.after, with_it=True)
        stop = total if self.before is None else count_before(self.before, with_it=False)
        if self.backward:
            return max(start, stop - self.limit), stop
        return start, max(start, min(stop, start + self.limit))


class CountBefore(Protocol):
    """How many rows of an order come before a place, and with that at it."""

    def __call__(self, place: Place, *, with_it: bool) -> int: ...
