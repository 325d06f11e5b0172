"""What is wanted of samples as conditions on ranges of rows: each leaves fewer of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import numpy as np
import numpy.typing as npt

from domain.adapters.column_tests import ColumnTest
from domain.adapters.row_ranges import RowRange
from domain.adapters.rows_on_demand import RowsOnDemand
from domain.adapters.samples import SampleFolder
from domain.adapters.samples_wanted import NoticeCode
from domain.adapters.search_bits import Bits, all_rows, no_rows, rows_that
from domain.adapters.search_parts import SearchPart
from domain.adapters.search_terms import Query, Term
from domain.adapters.searched import TokenCounts
from domain.adapters.token_lengths import UNKNOWN_TOKENS
from domain.adapters.wanted import Between


class NotCovered(Exception):  # noqa: N818  not a fault: it is told beside the answer
    """Whether a condition holds for the rows of a range cannot be said; `code` says why."""

    def __init__(self, code: NoticeCode) -> None:
        super().__init__(code)
        self.code = code


class Condition(Protocol):
    """Something that holds for a row or does not."""

    def narrowed(self, within: Bits, rows: RowRange, deadline: float) -> Bits:
        """Those `within` a range for which it holds. NotCovered, of TIMED_OUT too when `monotonic()` is past it."""


@dataclass(frozen=True, slots=True)
class ColumnHolds:
    """A predicate on a column."""

    test: ColumnTest
    samples: SampleFolder

    def narrowed(self, within: Bits, rows: RowRange, deadline: float) -> Bits:
        in_time(deadline)
        of_rows = (rows.split, self.test.column, rows.start, rows.stop)
        codes = self.samples.codes(*of_rows)
        if codes is not None:
            return self.test.coded(within, codes)
        return self.test.narrowed(self._with_words(within, rows.part), self.samples.column(*of_rows))

    def _with_words(self, within: Bits, part: SearchPart | None) -> Bits:
        """Those that the index does not rule out, where it knows all rows."""
        if part is None or part.indexed < part.rows or not self.test.words or self.test.column not in part.columns:
            return within
        return within & part.having(Term(tuple(self.test.words), column=self.test.column))


@dataclass(frozen=True, slots=True)
class TokensBetween:
    bounds: Between[int]
    counts: TokenCounts

    def narrowed(self, within: Bits, rows: RowRange, deadline: float) -> Bits:
        in_time(deadline)
        counts = self.counts(rows.split)
        if counts is None:
            raise NotCovered(NoticeCode.TOKENS_UNKNOWN)
        of_rows = counts[rows.start : rows.stop]
        return within & rows_that(_lie_in(self.bounds, of_rows) & (of_rows != UNKNOWN_TOKENS))


@dataclass(frozen=True, slots=True)
class WordsBetween:
    """In the dataset's text column."""

    bounds: Between[int]

    def narrowed(self, within: Bits, rows: RowRange, deadline: float) -> Bits:
        in_time(deadline)
        return within & rows_that(_lie_in(self.bounds, _part_of(rows).words))


@dataclass(frozen=True, slots=True)
class Matches:
    """A search."""

    query: Query

    def found(self, rows: RowRange, deadline: float) -> RowsOnDemand:
        """All rows of a range for which it holds, as `narrowed` has them."""
        (terms, *others) = self.query.alternatives
        if others or len(terms) > 1 or terms[0].is_negated:
            return RowsOnDemand.of(self.narrowed(all_rows(rows.rows), rows, deadline))
        part = _part_of(rows)
        in_time(deadline)
        return part.found(terms[0])

    def narrowed(self, within: Bits, rows: RowRange, deadline: float) -> Bits:
        part = _part_of(rows)
        found = no_rows(rows.rows)
        for terms in self.query.alternatives:
            found |= self._with_all(terms, within, part, deadline)
        return found

    def _with_all(self, terms: Sequence[Term], within: Bits, part: SearchPart, deadline: float) -> Bits:
        for term in terms:
            if not within.any():
                break
            in_time(deadline)
            having = part.having(term)
            within = within & (~having if term.is_negated else having)
        return within


def in_time(deadline: float) -> None:
    """NotCovered past the deadline."""
    if monotonic() > deadline:
        raise NotCovered(NoticeCode.TIMED_OUT)


def _part_of(rows: RowRange) -> SearchPart:
    if rows.part is None:
        raise NotCovered(NoticeCode.NOT_INDEXED)
    return rows.part


def _lie_in(bounds: Between[int], counts: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    lie = np.ones(len(counts), np.bool_)
    if bounds.least is not None:
        lie &= counts >= bounds.least
    if bounds.most is not None:
        lie &= counts <= bounds.most
    return lie
