"""What a search of samples found: pages of it in any order, and its facets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.adapters.coverage import not_covered
from domain.adapters.found_rows import FoundRows, Spot
from domain.adapters.relevance import ByRelevance
from domain.adapters.sample_orders import ByLength, ByRow, Order
from domain.adapters.samples import Row
from domain.adapters.samples_wanted import Notice, NoticeCode, PageWanted, Place, SampleOrder
from domain.adapters.search_terms import Query
from domain.adapters.searched import Searched
from domain.adapters.token_lengths import tokens_of_row
from domain.errors import ErrorCode, Refused

PLACES_AT_ONCE = 10_000
BY_LENGTH = (SampleOrder.SHORTEST, SampleOrder.LONGEST)


@dataclass(frozen=True, slots=True)
class FoundSample:
    """A row that was found. `words` of its text: None where it is not indexed; `tokens`: None where not known."""

    row: Row
    place: Place
    words: int | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page, whether there is more on either side of it, and what is to be said about its order."""

    samples: Sequence[FoundSample]
    has_next: bool
    has_previous: bool
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True)
class SampleFacets:
    """How many rows were found in each split of the dataset, and in each bin of words of their text.

    `lengths` is a histogram of LengthCounts. Rows that are not indexed have no length; then there is a notice.
    """

    splits: Sequence[tuple[str, int]]
    lengths: Sequence[Mapping[str, int]]
    notices: Sequence[Notice] = ()


class Found:
    """The answer to one search, to be read by one thread at a time.

    `notices` say what was not looked at, if anything; then the answer is `partial`.
    """

    def __init__(
        self, searched: Searched, query: Query | None, rows: FoundRows, notices: Sequence[Notice], deadline: float
    ) -> None:
        self.notices = notices
        self._searched = searched
        self._query = query
        self._rows = rows
        self._deadline = deadline
        self._orders: dict[SampleOrder, Order] = {}

    @property
    def total(self) -> int:
        """How many rows were found, exactly."""
        return self._rows.total

    @property
    def partial(self) -> bool:
        return bool(self.notices)

    def page(self, wanted: PageWanted) -> FoundPage:
        """A page of the rows found; as quick at any place. INVALID_INPUT for a page that cannot be."""
        order = self._order(wanted.order)
        start, stop = self._range(wanted, order)
        samples = self._read(order.spots(start, stop))
        has_next, has_previous = stop < self.total, start > 0 and self.total > 0
        return FoundPage(samples, has_next, has_previous, list(self._order_notices(wanted.order)))

    def places(self, order: SampleOrder) -> Iterator[Sequence[Place]]:
        """All rows found, in an order, some thousands at a time."""
        ordered = self._order(order)
        for start in range(0, self.total, PLACES_AT_ONCE):
            yield [spot.place for spot in ordered.spots(start, min(start + PLACES_AT_ONCE, self.total))]

    def facets(self) -> SampleFacets:
        splits = [(name, self._rows.in_split(name)) for name, _ in self._searched.splits]
        return SampleFacets(splits, self._rows.lengths.histogram(), list(self._length_notices()))

    def _order(self, order: SampleOrder) -> Order:
        if order not in self._orders:
            self._orders[order] = self._ordered(order)
        return self._orders[order]

    def _ordered(self, order: SampleOrder) -> Order:
        if order is SampleOrder.RELEVANCE and self._query:
            return ByRelevance(self._rows, self._query, self._deadline)
        if order in BY_LENGTH:
            return ByLength(self._rows, longest_first=order is SampleOrder.LONGEST)
        return ByRow(self._rows)

    def _range(self, page: PageWanted, order: Order) -> tuple[int, int]:
        """The numbers of a page's rows: from the first on, before the second."""
        if page.at is not None and (page.backward or page.after or page.before):
            message = "`at` begins a page itself: give it without `after`, `before` and `last`."
            raise Refused(ErrorCode.INVALID_INPUT, message, "at")
        if page.at is not None and page.at < 0:
            raise Refused(ErrorCode.INVALID_INPUT, f"`at` is a number from 0 on; it was {page.at}.", "at")
        return page.range(self.total, order.count_before)

    def _read(self, spots: Sequence[Spot]) -> list[FoundSample]:
        rows = self._searched.samples.at([(spot.place.split, spot.place.index) for spot in spots])
        return [
            FoundSample(row, spot.place, spot.words, self._tokens(spot.place))
            for row, spot in zip(rows, spots, strict=True)
        ]

    def _tokens(self, place: Place) -> int | None:
        counts = self._searched.token_counts(place.split) if self._searched.token_counts else None
        return tokens_of_row(counts, place.index)

    def _order_notices(self, order: SampleOrder) -> Iterator[Notice]:
        if order in BY_LENGTH:
            yield from self._length_notices()
        ordered = self._order(order)
        if isinstance(ordered, ByRelevance) and ordered.not_ranked:
            yield not_covered(NoticeCode.TIMED_OUT, ordered.not_ranked, self.total)

    def _length_notices(self) -> Iterator[Notice]:
        unknown = self.total - self._rows.lengths.rows
        code = NoticeCode.NOT_INDEXED if self._searched.index is None else NoticeCode.INDEX_BUILDING
        if unknown:
            yield not_covered(code, unknown, self.total)
