"""Everything that can be watched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from api.checks import or_none
from api.context import Context, Info
from api.dataset_changes import DatasetChange, DatasetsWatch, shows
from api.errors import bad_input
from api.events import AfterPosition, EventBatch, EventsFilter, batch_of, wanted_of
from api.fields import subscription
from api.filters import DatasetsFilter, wanted_datasets
from api.ids import key_of
from api.ring import Wanted
from api.scalars import Position
from api.types import Dataset, dataset
from domain.adapters.projections import project_datasets
from domain.adapters.views import Row, RunProgress
from domain.log import Recorded
from domain.trash_events import DatasetPurged

AFTER = (
    "Go on from this position, of a list with the same filter: no part of it is told again. Where it lies too far back,"
    " the list is told anew, as it is when this is left out; what a client had of it is then to be dropped."
)


@strawberry.type(description="Everything that can be watched.")
class Subscription:
    @subscription(
        "A dataset as it is now, at once, and then with every change of it, each once, and every progress. It "
        "completes when the dataset is purged."
    )
    async def dataset_changed(
        self,
        info: Info,
        id: Annotated[ID, strawberry.argument(description="The dataset.")],
    ) -> AsyncGenerator[Dataset]:
        key = key_of("Dataset", id)
        row = None if key is None else await info.context.datasets.load(key)
        if row is None:
            raise bad_input("There is no dataset with this id.")
        return _states(info.context, row)

    @subscription(
        "A list of datasets as it is now, in parts, and then every change of it: those that come into it or change, "
        "and those that leave it. The progress of their work is a change too. To go on after a break, subscribe again "
        "after the last `position`."
    )
    async def datasets_changed(
        self,
        info: Info,
        filter: DatasetsFilter = UNSET,
        after: Annotated[Position | None, strawberry.argument(description=AFTER)] = UNSET,
    ) -> AsyncGenerator[DatasetChange]:
        left_off = info.context.left_off or or_none(after)
        position = None if left_off is None else await info.context.place(left_off)
        return DatasetsWatch(info.context, wanted_datasets(filter)).changes(position)

    @subscription(
        "Every event behind a position once: history in chunks of at most 500, then live as they happen. To go on "
        "after a break, subscribe again after the last `cursor`."
    )
    async def events(
        self,
        info: Info,
        after: AfterPosition = UNSET,
        filter: EventsFilter = UNSET,
    ) -> AsyncGenerator[EventBatch]:
        wanted = wanted_of(filter)
        position = await info.context.place(info.context.left_off or or_none(after))
        return _batches(info.context, position, wanted)


async def _batches(context: Context, position: int, wanted: Wanted) -> AsyncGenerator[EventBatch]:
    async with aclosing(context.feed.follow(position, wanted)) as batches:
        async for batch in batches:
            context.reached = context.position(batch.cursor)
            yield batch_of(context, batch, wanted)


async def _states(context: Context, row: Row) -> AsyncGenerator[Dataset]:
    """The dataset of a row and of what becomes of it: each event changes the row that is held, none is left out."""
    runs: Sequence[RunProgress] | None = None
    async with aclosing(context.feed.watch(row["id"], row["position"])) as changes:
        async for change in changes:
            if isinstance(change, Recorded):
                if isinstance(change.event, DatasetPurged):
                    return
                row = {**row, **project_datasets(change).values}
            else:
                is_first, runs = runs is None, change
                if not is_first and not shows(row, runs):
                    continue
            context.reached = context.position(row["position"])
            yield dataset(row, runs)
