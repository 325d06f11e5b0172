"""Samples that are wanted are found: range by range of rows, condition by condition, until the time is over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any

import pyarrow as pa

from domain.adapters.coverage import not_covered
from domain.adapters.found_rows import FoundRows
from domain.adapters.found_samples import Found
from domain.adapters.predicates import fit
from domain.adapters.row_conditions import ColumnHolds, Condition, Matches, NotCovered, TokensBetween, WordsBetween
from domain.adapters.row_ranges import RowRange, row_ranges
from domain.adapters.rows_on_demand import RowsOnDemand
from domain.adapters.samples_wanted import Notice, NoticeCode, SamplesWanted
from domain.adapters.search_bits import all_rows, no_rows
from domain.adapters.searched import Searched
from domain.adapters.wanted import Between
from domain.errors import ErrorCode, Refused

SEARCH_SECONDS = 5.0
ANY: Between[int] = Between()


def find_samples(searched: Searched, wanted: SamplesWanted, deadline: float | None = None) -> Found:
    """The samples for which all holds that is wanted, or those among the rows that could be looked at until the
    deadline (a time of `monotonic`; SEARCH_SECONDS from now on). INVALID_INPUT names the field; DamagedIndex."""
    until = monotonic() + SEARCH_SECONDS if deadline is None else deadline
    conditions = list(_conditions(searched, wanted))
    ranges = row_ranges(_splits(searched, wanted.split), searched.index)
    found, missed = [], Counter[NoticeCode]()
    for each in ranges:
        try:
            found.append(_rows_for(conditions, each, until))
        except NotCovered as reason:
            found.append(RowsOnDemand.of(no_rows(each.rows)))
            missed[reason.code] += each.rows
    if wanted.query:
        missed[NoticeCode.ROWS_NOT_SEARCHABLE] += sum(
            each.part.rows - each.part.indexed for each in ranges if each.part
        )
    notices = list(_notices(missed, sum(each.rows for each in ranges), has_index=searched.index is not None))
    return Found(searched, wanted.query, FoundRows(ranges, found), notices, until)


def _splits(searched: Searched, split: str | None) -> list[tuple[str, int]]:
    chosen = [(name, rows) for name, rows in searched.splits if split in (None, name)]
    if split is not None and not chosen:
        names = ", ".join(name for name, _ in searched.splits)
        raise Refused(ErrorCode.INVALID_INPUT, f"There is no split {split!r}. Splits: {names}.", "split")
    return chosen


def _conditions(searched: Searched, wanted: SamplesWanted) -> Iterator[Condition]:
    """The quickest first: a range without rows left is not asked further."""
    _check(wanted.word_count, "wordCount")
    _check(wanted.token_count, "tokenCount")
    if wanted.word_count != ANY:
        yield WordsBetween(wanted.word_count)
    if wanted.token_count != ANY:
        if searched.token_counts is None:
            raise Refused(ErrorCode.INVALID_INPUT, "Tokens are counted of a tokenization: name one.", "tokenCount")
        yield TokensBetween(wanted.token_count, searched.token_counts)
    if wanted.query:
        yield Matches(wanted.query)
    for number, predicate in enumerate(wanted.where):
        yield ColumnHolds(fit(predicate, _schema(searched), "where", str(number)), searched.samples)


def _schema(searched: Searched) -> Any:
    """The pyarrow Schema of all splits: one without rows may have none."""
    schemas = (searched.samples.schema(name) for name, rows in searched.splits if rows)
    return next(schemas, pa.schema([]))


def _check(bounds: Between[int], field: str) -> None:
    if bounds.least is not None and bounds.most is not None and bounds.least > bounds.most:
        message = f"The least, {bounds.least}, is above the most, {bounds.most}."
        raise Refused(ErrorCode.INVALID_INPUT, message, field)


def _rows_for(conditions: Sequence[Condition], of: RowRange, deadline: float) -> RowsOnDemand:
    if len(conditions) == 1 and isinstance(conditions[0], Matches):
        return conditions[0].found(of, deadline)
    rows = all_rows(of.rows)
    for condition in conditions:
        if not rows.any():
            break
        rows = condition.narrowed(rows, of, deadline)
    return RowsOnDemand.of(rows)


def _notices(missed: Counter[NoticeCode], rows: int, *, has_index: bool) -> Iterator[Notice]:
    for code, count in missed.items():
        is_building = code is NoticeCode.NOT_INDEXED and has_index
        if count:
            yield not_covered(NoticeCode.INDEX_BUILDING if is_building else code, count, rows)
