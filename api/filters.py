"""Which of a list, and in which order: what `datasets` and `jobs` are given, and the views are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from api.checks import given, or_none, refuse, together
from api.connections import Listed
from api.enums import DatasetOrderField, Direction, SourceKind
from api.errors import bad_input
from api.ids import key_of
from api.scalars import BigInt
from domain.adapters import views
from domain.adapters.catalogue_query import understood
from domain.adapters.orders import dataset_order
from domain.adapters.paging import Order
from domain.adapters.wanted import Between, DatasetsWanted
from domain.dataset import DatasetStatus
from domain.errors import Refused
from domain.jobs import JobKind, JobStatus

V = TypeVar("V")

AT_STATUS = "Those at one of these. When left out: all but those in the trash, and those that are being purged."
SEARCH = (
    "Those that have these words in their names, repositories, configs, file names, tags, columns (of very many, the "
    "first) or notes. Words are runs of letters and digits, in any case; Chinese, Japanese and Korean are found by any "
    "part, and the last word may be half typed. All must be found, in any order; in quotes, or joined as in "
    "`acme/english`, one after the other. `or` finds either side, `-` leaves out, `*` ends a word that may go on. "
    "A blank one finds all, one of signs alone none. At most 10,000 characters and 32 terms."
)
UNUSED = (
    "Those of which nothing is in use: nobody references them, and there is no tokenization of them; one that was "
    "released, and whose tokenizations were deleted, is unused again. `false`: all others."
)
OLDER = (
    "Those that were last used, or brought here if they never were, so many days ago or earlier: at the moment when "
    "this is asked. A list that is watched keeps to that moment: what grows old meanwhile comes with the next "
    "subscription, and what is used leaves it."
)
MOST_DAYS = 36_500
NO_DATASET = str(UUID(int=0))
KINDS = {
    **dict.fromkeys((DatasetOrderField.NAME, DatasetOrderField.STATUS, DatasetOrderField.SOURCE), str),
    **dict.fromkeys((DatasetOrderField.SIZE, DatasetOrderField.ROWS), int),
}


@strawberry.input(description="Numbers between two bounds, which belong to them. A bound that is left out is none.")
class BigIntRange:
    min: BigInt | None = strawberry.field(default=UNSET, description="The least.")
    max: BigInt | None = strawberry.field(default=UNSET, description="The largest.")


@strawberry.input(description="Moments between two bounds, which belong to them. A bound that is left out is none.")
class DateTimeRange:
    min: datetime | None = strawberry.field(default=UNSET, description="The earliest.")
    max: datetime | None = strawberry.field(default=UNSET, description="The latest.")


@strawberry.input(
    description="Which datasets. What is left out does not matter, but the trash is shown by `status` alone."
)
class DatasetFilter:
    search: str | None = strawberry.field(default=UNSET, description=SEARCH)
    status: list[DatasetStatus] | None = strawberry.field(default=UNSET, description=AT_STATUS)
    source: SourceKind | None = strawberry.field(default=UNSET, description="Those that came from there.")
    tags: list[str] | None = strawberry.field(default=UNSET, description="Those that have all of these tags.")
    size_bytes: BigIntRange | None = strawberry.field(
        default=UNSET, description="Those of this size on disk. One that is not ready has none yet."
    )
    created_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Those asked for at this time.")
    unused: bool | None = strawberry.field(default=UNSET, description=UNUSED)
    older_than_days: int | None = strawberry.field(default=UNSET, description=OLDER)

    def refusals(self) -> list[Refused]:
        """All that is wrong with it."""
        return together(_wrong_tags(self.tags), _wrong_search(self.search), _wrong_days(self.older_than_days))

    def wanted(self) -> DatasetsWanted:
        """What the view is asked for. Raises BAD_USER_INPUT."""
        for refused in self.refusals():
            raise bad_input(refused.message)
        size, created = or_none(self.size_bytes), or_none(self.created_at)
        search = or_none(self.search)
        return DatasetsWanted(
            _tuple(self.status),
            or_none(self.source),
            _tuple(self.tags),
            Between[int](or_none(size.min), or_none(size.max)) if size else Between[int](),
            Between[datetime](or_none(created.min), or_none(created.max)) if created else Between[datetime](),
            None if search is None else understood(search),
            or_none(self.unused),
            _older_than(or_none(self.older_than_days)),
        )

    @property
    def is_open(self) -> bool:
        """Whether it leaves nothing out, but those that are shown by `status` alone."""
        wanted = self.wanted()
        return replace(wanted, tags=wanted.tags or None) == DatasetsWanted()


@strawberry.input(description="The order of datasets. What is not known yet comes last, in either direction.")
class DatasetOrder:
    field: DatasetOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(description="Which end comes first.")

    def order(self) -> Order:
        """What the view is asked for."""
        return dataset_order(self.field, descending=self.direction == Direction.DESC)

    def listed(self) -> Listed:
        """The list in this order, which its cursors name."""
        return Listed(f"datasets {self.field} {self.direction}", "place", KINDS.get(self.field, datetime))


@strawberry.input(description="Which jobs. What is left out does not matter.")
class JobFilter:
    kind: list[JobKind] | None = strawberry.field(default=UNSET, description="Those that do one of these.")
    status: list[JobStatus] | None = strawberry.field(default=UNSET, description="Those that stand at one of these.")
    dataset_id: ID | None = strawberry.field(default=UNSET, description="Those done for this dataset.")

    def wanted(self) -> views.JobsWanted:
        """What the view is asked for; an id that names no dataset gives no jobs."""
        asked = or_none(self.dataset_id)
        dataset_id = None if asked is None else key_of("Dataset", asked) or NO_DATASET
        return views.JobsWanted(or_none(self.kind), or_none(self.status), dataset_id)


DatasetsFilter = Annotated[
    DatasetFilter | None, strawberry.argument(description="Which datasets; all but those in the trash when left out.")
]
DatasetsOrder = Annotated[
    DatasetOrder | None, strawberry.argument(description="In which order; last used first when left out.")
]
JobsFilter = Annotated[JobFilter | None, strawberry.argument(description="Which jobs; all when left out.")]


def wanted_datasets(filter_: DatasetFilter | None) -> DatasetsWanted:
    """What a filter, or none, lets through."""
    return filter_.wanted() if filter_ else DatasetsWanted()


def _wrong_tags(tags: list[str] | None) -> Iterator[Refused]:
    if any("\0" in tag for tag in or_none(tags) or ()):
        yield refuse("A tag has no NUL in it.", "tags")


def _wrong_search(search: str | None) -> Iterator[Refused]:
    try:
        understood(or_none(search) or "")
    except Refused as refused:
        yield refuse(refused.message, "search")


def _wrong_days(days: int | None) -> Iterator[Refused]:
    if given(days) and not 0 <= int(days or 0) <= MOST_DAYS:
        yield refuse(f"Ask for 0 to {MOST_DAYS:,} days.", "olderThanDays")


def _older_than(days: int | None) -> Between[datetime]:
    return Between[datetime]() if days is None else Between[datetime](None, datetime.now(UTC) - timedelta(days=days))


def _tuple(values: Sequence[V] | None) -> tuple[V, ...] | None:
    found = or_none(values)
    return None if found is None else tuple(found)
