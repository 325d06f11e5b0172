"""Pages of samples: as they stand in their files, or of what a search and filters find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from api.connections import Asked
from api.context import Context, Info
from api.errors import bad_input
from api.plain import given_or
from api.sample_connection import Overall, SampleConnection, Seen, connection_of, facets_of, no_samples
from api.sample_cursors import Cursors, list_of
from api.sample_enums import NoticeCode, SampleOrder
from api.sample_filters import SampleFilter, is_unconditional, told_filter
from api.sample_rows import Rows
from api.sample_search import Answered, SamplesAsked, answer_search, notices_of, samples_asked, tokens_of
from api.samples import Shown, marking_of
from api.selected import is_selected_within, selected_fields
from domain.adapters.samples_wanted import Notice, PageWanted, Place
from domain.adapters.views import Row
from domain.dataset import DatasetStatus

OF_PAGE = {"nodes", "edges", "pageInfo"}
PURGED = Notice(NoticeCode.TRASHED, "The dataset is being purged: its rows are gone.")


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is asked for, which fields of its answer are, and whether its rows are to be marked."""

    asked: Asked
    at: int | None
    fields: frozenset[str]
    is_marked: bool

    def wanted(self, order: SampleOrder, cursors: Cursors) -> PageWanted:
        """What the search is asked for; no rows where nothing of them is. Raises BAD_USER_INPUT."""
        after, before = cursors.read(self.asked.after), cursors.read(self.asked.before)
        limit = 0 if OF_PAGE.isdisjoint(self.fields) else self.asked.limit
        return PageWanted(order, limit, self.at, after, before, self.asked.backward)


async def read_samples(
    info: Info, row: Row, filter_: SampleFilter | None, order: Any, at: Any, page: Asked
) -> SampleConnection:
    """A page of a dataset's rows; empty until it is ready. Raises BAD_USER_INPUT."""
    is_marked = is_selected_within(info, "highlights")
    wanted = Page(page, _checked(given_or(at, None), page), selected_fields(info), is_marked)
    asked = await samples_asked(info.context, row, told_filter(filter_), given_or(order, SampleOrder.ROW))
    if row["status"] == DatasetStatus.PURGING:
        return no_samples(PURGED)
    if row["folder"] is None:
        status = str(row["status"]).lower()
        return no_samples(Notice(NoticeCode.NOT_READY, f"The dataset is {status}: it has no rows until it is ready."))
    try:
        return await info.context.searching.run(_read, info.context, asked, wanted)
    except FileNotFoundError:  # purged since the row was read
        return no_samples(PURGED)


def _checked(at: int | None, page: Asked) -> int | None:
    if at is not None and (page.backward or page.after or page.before):
        raise bad_input("`at` begins a page itself: give it without `after`, `before` and `last`.")
    if at is not None and at < 0:
        raise bad_input(f"`at` is a number from 0 on; it was {at}.")
    return at


def _read(context: Context, asked: SamplesAsked, page: Page) -> SampleConnection:
    if is_unconditional(asked.told) and asked.order in (SampleOrder.ROW, SampleOrder.RELEVANCE):
        return _read_in_order(context, asked, page)
    return answer_search(context, asked, partial(_read_found, asked, page))


def _read_in_order(context: Context, asked: SamplesAsked, page: Page) -> SampleConnection:
    """A page of all rows, or of a split: nothing is searched, but for what is told of all."""
    splits = _chosen(asked)
    rows, list_ = Rows.of(splits), list_of(asked.dataset["id"], asked.told, "", asked.order)
    cursors = Cursors(list_, splits)
    start, stop = page.wanted(asked.order, cursors).range(rows.total, rows.count_before)
    folder = context.samples.open(context.storage / asked.dataset["folder"])
    found = [row for split, first, count in rows.parts(start, stop) for row in folder.samples(split, first, count)]
    shown = Shown(asked.dataset, marking_of(asked.dataset), is_marked=page.is_marked)
    seen = Seen(
        [shown.sample(row, tokens=tokens_of(context, asked, row)) for row in found],
        [cursors.write(Place(row.split, row.index)) for row in found],
        has_next=stop < rows.total,
        has_previous=start > 0 and rows.total > 0,
    )
    if "facets" in page.fields:
        overall = answer_search(context, asked, partial(_overall, asked, page))
    else:
        overall = Overall(rows.total, notices=notices_of(context, asked))
    return connection_of(seen, overall, asked.download)


def _read_found(asked: SamplesAsked, page: Page, answered: Answered) -> SampleConnection:
    """A page of what a search, or filters, find."""
    understood = answered.understood
    list_ = list_of(asked.dataset["id"], asked.told, understood.searched_as, asked.order)
    cursors = Cursors(list_, asked.splits)
    found = answered.found.page(page.wanted(asked.order, cursors))
    marking = replace(marking_of(asked.dataset), language=answered.language)
    shown = Shown(asked.dataset, marking, understood.query, is_marked=page.is_marked)
    seen = Seen(
        [shown.sample(each.row, each.words, each.tokens) for each in found.samples],
        [cursors.write(each.place) for each in found.samples],
        found.has_next,
        found.has_previous,
    )
    return connection_of(seen, _overall(asked, page, answered, found.notices), asked.download)


def _overall(asked: SamplesAsked, page: Page, answered: Answered, of_page: Sequence[Notice] = ()) -> Overall:
    """What is told of all; `of_page`: what a page had to say."""
    found = answered.found
    facets = found.facets() if "facets" in page.fields else None
    missing = [*found.notices, *of_page, *(facets.notices if facets else ())]
    return Overall(
        found.total,
        facets_of(facets) if facets else None,
        partial=bool(missing),
        searched_as=answered.understood.searched_as if "search" in asked.told else None,
        notices=[*answered.said, *missing],
    )


def _chosen(asked: SamplesAsked) -> list[tuple[str, int]]:
    wanted = asked.told.get("split")
    chosen = [(name, rows) for name, rows in asked.splits if wanted in (None, name)]
    if not chosen and asked.splits:
        names = ", ".join(name for name, _ in asked.splits)
        raise bad_input(f"filter.split: There is no split {str(wanted)[:100]!r}: the dataset has {names}.")
    return chosen
