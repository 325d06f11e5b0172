"""A list of datasets that is watched: as it is, and what becomes of it, from any position."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import strawberry
from strawberry import ID

from api.context import Context
from api.enums import ChangeKind
from api.ids import global_id
from api.ring import CAPACITY, Batch
from api.running import Runs
from api.scalars import Position
from api.types import KIND_OF_STATUS, Dataset, dataset
from domain.adapters import views
from domain.adapters.paging import Page, Place
from domain.adapters.views import Row
from domain.adapters.wanted import DatasetsWanted
from domain.dataset import stream_of
from domain.jobs import JobKind
from domain.log import Recorded

MOST_DATASETS = 100
# Who has missed more than this is told the list anew: that is less.
MOST_MISSED = CAPACITY
DATASET_STREAMS = stream_of("")

KIND = "What this is. Whatever it is, put `datasets` into the list by their ids, and take `removedIds` out of it."
WHERE = (
    "Subscribe again after this to go on from here. Null where more comes of the same moment, and within a SNAPSHOT:"
    " after a break in the middle of those, subscribe again after the last one that was given."
)


@strawberry.type(
    description="A change of a list of datasets. When many come while a client is slow, it is told the newest of each."
)
class DatasetChange:
    kind: ChangeKind = strawberry.field(description=KIND)
    datasets: list[Dataset] = strawberry.field(description="Datasets as they are now, 100 at most.")
    removed_ids: list[ID] = strawberry.field(description="The ids of those that belong to the list no more.")
    position: Position | None = strawberry.field(description=WHERE)


@dataclass(slots=True)
class Told:
    """How far each part of a list was told. Parts are by creation: part n goes up to and with `ends[n]`."""

    ends: list[Place] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def of(self, row: Row) -> int:
        """The position up to which the client knows of this dataset; 0 where the list was not told in parts."""
        if not self.positions:
            return 0
        return self.positions[bisect_left(self.ends, (row["created_at"], row["id"]))]


@dataclass(slots=True)
class Changed:
    """Rows that belong to the list, as they are now, and the ids of those that no longer do."""

    rows: list[Row] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class DatasetsWatch:
    """One client's view of the datasets that are wanted. What it holds does not grow with what happens."""

    def __init__(self, context: Context, wanted: DatasetsWanted) -> None:
        self._context = context
        self._wanted = wanted
        self._told = Told()

    async def changes(self, after: int | None) -> AsyncGenerator[DatasetChange]:
        """From a position on; None, or one that is too far back: the list anew, and from then on."""
        is_anew = after is None or await self._context.newest() - after > MOST_MISSED
        if is_anew:
            async for part in self._parts():
                yield part
        position = self._told.positions[0] if is_anew else after or 0
        async with aclosing(self._context.feed.watch_all(position, anew=is_anew)) as news:
            async for told in news:
                if isinstance(told, Batch):
                    position, changed = told.cursor, await self._changed(told.events)
                else:
                    changed = await self._progressed(told, position)
                for change in self._tell(changed, position):
                    yield change

    async def _parts(self) -> AsyncGenerator[DatasetChange]:
        """The list, part by part: each is of one moment, and what happens between them is told after."""
        page: Page | None = Page(MOST_DATASETS)
        while page:
            found, newest = await self._context.view(views.datasets_as_of_view, self._wanted, page)
            self._told.positions.append(newest)
            if found.rows:
                yield self._change(ChangeKind.SNAPSHOT, found.rows)
            page = None
            if found.has_next:
                end = found.rows[-1]["created_at"], found.rows[-1]["id"]
                self._told.ends.append(end)
                page = Page(MOST_DATASETS, after=end)

    async def _changed(self, events: Sequence[Recorded]) -> Changed:
        """What a batch of events makes of the list: of each dataset only the last of it."""
        streams: dict[str, list[Recorded]] = {}
        for recorded in events:
            if recorded.stream.startswith(DATASET_STREAMS):
                streams.setdefault(recorded.stream, []).append(recorded)
        begins = {stream: (stream, found[0].version - 1) for stream, found in streams.items()}
        rows = await self._context.feed.states.load(list(begins.values()))
        changed = Changed()
        for stream, found in streams.items():
            self._follow(rows[begins[stream]], found, changed)
        return changed

    def _follow(self, row: Row | None, events: Sequence[Recorded], changed: Changed) -> None:
        was_wanted, is_news = row is not None and self._wanted.holds(row), False
        for recorded in events:
            row = self._context.feed.states.after(row, recorded)
            if recorded.position > self._told.of(row):
                is_news = True
            else:
                was_wanted = self._wanted.holds(row)
        if not is_news or row is None:
            return
        if self._wanted.holds(row):
            changed.rows.append(row)
        elif was_wanted:
            changed.removed.append(row["id"])

    async def _progressed(self, found: Mapping[str, Runs], position: int) -> Changed:
        """Of what has come further, the datasets that show it; those with events yet to be told come with these."""
        rows = await self._context.view(views.dataset_view, list(found))
        shown = [row for key, row in rows.items() if row["position"] <= position and shows(row, found[key])]
        return Changed([row for row in shown if self._wanted.holds(row)])

    def _tell(self, changed: Changed, position: int) -> Iterator[DatasetChange]:
        """The changes, in messages of bounded size; the last one tells where the client is now."""
        if self._told.positions:
            for part in _parts_of(changed.rows, changed.removed):
                yield self._change(ChangeKind.SNAPSHOT, *part)
            if position >= self._told.positions[-1]:
                self._told = Told()
                yield self._change(ChangeKind.SNAPSHOT_END, position=position)
            return
        told = [(ChangeKind.UPSERTED, part) for part in _parts_of(changed.rows, ())]
        told += [(ChangeKind.REMOVED, part) for part in _parts_of((), changed.removed)]
        for number, (kind, part) in enumerate(told, start=1):
            yield self._change(kind, *part, position=position if number == len(told) else None)

    def _change(
        self, kind: ChangeKind, rows: Sequence[Row] = (), removed: Sequence[str] = (), position: int | None = None
    ) -> DatasetChange:
        place = None if position is None else self._context.position(position)
        self._context.reached = place or self._context.reached
        ids = [global_id("Dataset", key) for key in removed]
        return DatasetChange(kind=kind, datasets=[dataset(row) for row in rows], removed_ids=ids, position=place)


def _parts_of(rows: Sequence[Row], removed: Sequence[str]) -> Iterator[tuple[Sequence[Row], Sequence[str]]]:
    """Both in parts of at most MOST_DATASETS; none where there is nothing."""
    for start in range(0, max(len(rows), len(removed)), MOST_DATASETS):
        end = start + MOST_DATASETS
        yield rows[start:end], removed[start:end]


def shows(row: Row, runs: Runs) -> bool:
    """Whether the dataset or a tokenization of it shows one of the runs as its progress."""
    kinds = {run.kind for run in runs}
    return KIND_OF_STATUS.get(row["status"]) in kinds or JobKind.TOKENIZE in kinds
