"""Keyset paging: a page is the rows between two places of a total order, so it is stable under inserts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, tuple_

Place = tuple[datetime, str]
"""Where a row stands in its order: the time that it is ordered by, and its id."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` rows after one place and before another; `backward`: the last of them, not the first."""

    limit: int
    backward: bool = False
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a page in their order, and whether there are more on either side."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool


def newest_first(query: Select[Any], rows: FromClause, column: str, page: Page) -> Select[Any]:
    """The query cut to a page of `rows` by (`column`, id), both descending, and to one row more: see `slice_of`."""
    order = (rows.c[column], rows.c.id)
    if page.after is not None:
        query = query.where(tuple_(*order) < page.after)
    if page.before is not None:
        query = query.where(tuple_(*order) > page.before)
    return query.order_by(*directed(order, backward=page.backward)).limit(page.limit + 1)


def directed(order: Sequence[ColumnElement[Any]], *, backward: bool) -> list[ColumnElement[Any]]:
    """The columns of a descending order, turned round for reading it from its end."""
    return [column.asc() if backward else column.desc() for column in order]


def slice_of(found: Sequence[Any], page: Page) -> Slice:
    """What the rows of a query of `newest_first` are as a page."""
    rows, more = found[: page.limit], len(found) > page.limit
    if page.backward:
        return Slice(rows[::-1], has_next=page.before is not None, has_previous=more)
    return Slice(rows, has_next=more, has_previous=page.after is not None)
