"""Keyset paging: a page is the rows between two places of a total order, so it is stable under inserts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, tuple_

Place = tuple[Any, str]
"""Where a row stands in its order: the value of the key, and its id."""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows: by a key that is never null, then by the id, both in one direction."""

    key: ColumnElement[Any]
    id: ColumnElement[Any]
    descending: bool = True


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
    return in_order(query, Order(rows.c[column], rows.c.id), page)


def in_order(query: Select[Any], order: Order, page: Page) -> Select[Any]:
    """The query cut to a page of its rows in an order, and to one row more: see `slice_of`."""
    place = tuple_(order.key, order.id)
    after, before = (page.after, page.before) if order.descending else (page.before, page.after)
    if after is not None:
        query = query.where(place < after)
    if before is not None:
        query = query.where(place > before)
    ascending = page.backward == order.descending
    return query.order_by(*directed([order.key, order.id], backward=ascending)).limit(page.limit + 1)


def directed(order: Sequence[ColumnElement[Any]], *, backward: bool) -> list[ColumnElement[Any]]:
    """The columns of a descending order, turned round for reading it from its end."""
    return [column.asc() if backward else column.desc() for column in order]


def slice_of(found: Sequence[Any], page: Page) -> Slice:
    """What the rows of a query of `in_order` are as a page."""
    rows, more = found[: page.limit], len(found) > page.limit
    if page.backward:
        return Slice(rows[::-1], has_next=page.before is not None, has_previous=more)
    return Slice(rows, has_next=more, has_previous=page.after is not None)
