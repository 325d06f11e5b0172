"""Pages of lists, as Relay has them: opaque cursors that name a place and a version, never an offset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

from api.errors import bad_input
from api.fields import resolved
from api.ids import is_uuid
from domain.adapters.paging import Page, Place, Slice
from domain.adapters.public_ids import decode, encode

T = TypeVar("T")

MOST = 100
DEFAULT = 20
DEFAULT_SAMPLES = 50
MOST_EVENTS = 500
DEFAULT_EVENTS = 100
MOST_TOKENS = 500
CURSOR_VERSION = "1"
LARGEST = 2**63 - 1  # of a bigint, which also stands for a number that is not known
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

First = Annotated[
    int | None, strawberry.argument(description="How many at most, from the front (100 or fewer). Not with `last`.")
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many at most, from the end (100 or fewer). Not with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item.")


@strawberry.type(description="An item of a page with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="The item's place in the list, for `after` and `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    nodes: list[T] = strawberry.field(description="The items of this page.")
    cursors: strawberry.Private[Sequence[str]]
    has_next: strawberry.Private[bool]
    has_previous: strawberry.Private[bool]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @resolved("The items of this page, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        return [Edge(node=node, cursor=cursor) for node, cursor in zip(self.nodes, self.cursors, strict=True)]

    @resolved("Where this page stands in its list.")
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self.has_next,
            has_previous_page=self.has_previous,
            start_cursor=self.cursors[0] if self.cursors else None,
            end_cursor=self.cursors[-1] if self.cursors else None,
        )

    @resolved("How many items the whole list has now.")
    async def total_count(self) -> int:
        return await self.count()


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a page, checked: how many, from which end, and the two cursors."""

    limit: int
    backward: bool
    after: str | None
    before: str | None


def asked(first: Any, after: Any, last: Any, before: Any, default: int = DEFAULT) -> Asked:
    """The arguments of a page; raises BAD_USER_INPUT. What was left out may be None or UNSET."""
    first, after, last, before = (None if value is UNSET else value for value in (first, after, last, before))
    if first is not None and last is not None:
        raise bad_input("Give `first` or `last`, not both.")
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= MOST:
            raise bad_input(f"`{name}` is a number from 0 to {MOST}; it was {number}.")
    limit = default if first is None and last is None else first if last is None else last
    return Asked(limit, last is not None, after, before)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that is ordered by a column and the id: its name in cursors, the column, and what that holds."""

    name: str
    column: str
    kind: type[datetime] | type[int] | type[str] = datetime


def page_of(asked: Asked, listed: Listed) -> Page:
    """A page of a list; raises BAD_USER_INPUT for the cursor of another one."""
    after, before = (None if cursor is None else _place(cursor, listed) for cursor in (asked.after, asked.before))
    return Page(asked.limit, asked.backward, after, before)


def connection_of(
    found: Slice, listed: Listed, make: Callable[[Any], T], count: Callable[[], Awaitable[int]]
) -> Connection[T]:
    """The page of a list that was found."""
    return Connection(
        nodes=[make(row) for row in found.rows],
        cursors=[_cursor(listed, (row[listed.column], row["id"])) for row in found.rows],
        has_next=found.has_next,
        has_previous=found.has_previous,
        count=count,
    )


def write_cursor(name: str, *place: object) -> str:
    """An opaque cursor of the list `name`."""
    return encode("\n".join([CURSOR_VERSION, name, *map(str, place)]))


def read_cursor(cursor: str, name: str, parts: int) -> list[str]:
    """The place of a cursor that `write_cursor` made for this list; raises BAD_USER_INPUT."""
    version, *rest = (decode(cursor) or "").split("\n", parts + 1)
    if version != CURSOR_VERSION or len(rest) != parts + 1 or rest[0] != name:
        raise not_a_cursor(cursor)
    return rest[1:]


def not_a_cursor(cursor: str) -> Exception:
    """The cursor was made for another list, or not by us."""
    return bad_input(f"{cursor[:100]!r} is no cursor of this list: give one that this list gave.")


def _cursor(listed: Listed, place: Place) -> str:
    value, key = place
    return write_cursor(listed.name, (value - EPOCH) // MICROSECOND if listed.kind is datetime else value, key)


def _place(cursor: str, listed: Listed) -> Place:
    text, key = read_cursor(cursor, listed.name, 2)
    try:
        place = _value(text, listed.kind), key
    except (ValueError, OverflowError):
        raise not_a_cursor(cursor) from None
    if not is_uuid(key) or _cursor(listed, place) != cursor:
        raise not_a_cursor(cursor)
    return place


def _value(text: str, kind: type) -> datetime | int | str:
    """What a cursor says of a place; raises ValueError, OverflowError for what no row can have."""
    if kind is datetime:
        return EPOCH + int(text) * MICROSECOND
    if kind is str:
        if "\0" in text:
            raise ValueError(text)
        return text
    if not -1 <= int(text) <= LARGEST:
        raise OverflowError(text)
    return int(text)
