"""A list of datasets that is watched: as it is, and what becomes of it, from any position."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import strawberry
from strawberry import ID

from api.catalogued import KIND_OF_STATUS
from api.context import Context
from api.enums import ChangeKind
from api.ids import global_id
from api.ring import CAPACITY, Batch
from api.running import Runs
from api.scalars import Position
from api.types import Dataset, dataset
from domain.adapters import views
from domain.adapters.paging import Page, Place
from domain.adapters.views import Row
from domain.adapters.wanted import DatasetsWanted
from domain.dataset import stream_of
from domain.jobs import JobKind

MOST_DATASETS = 100
# Who has missed more than this is told the list anew: that is less.
MOST_MISSED = CAPACITY
DATASET_STREAMS = stream_of("")

KIND = "What this is. Whatever it is, put `datasets` into the list by their ids, and take `removedIds` out of it."
WHERE = "Subscribe again after this to go on from here. Null within a SNAPSHOT: one that is cut begins anew."


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
class Step:
    """A change of a list, up to a position: the newest rows, by id, that it brings up to date or takes out."""

    kind: ChangeKind
    rows: dict[str, Row] = field(default_factory=dict)
    position: int = 0


class DatasetsWatch:
    """One client's view of the datasets that are wanted. What it holds does not grow with what happens."""

    def __init__(self, context: Context, wanted: DatasetsWanted) -> None:
        self._context = context
        self._wanted = wanted
        self._told = Told()
        self._states = context.feed.states

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
                    position, steps = told.cursor, await self._steps(told)
                else:
                    steps = await self._progressed(told, position)
                for change in self._tell(steps, position):
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

    async def _steps(self, batch: Batch) -> list[Step]:
        """What a batch of events makes of the list. Each step is as long as it can be, so a client that is slow is told
        the newest of each dataset, and one that is cut after any step has missed nothing and is told nothing twice."""
        events = [recorded for recorded in batch.events if recorded.stream.startswith(DATASET_STREAMS)]
        begins: dict[str, int] = {}
        for recorded in events:
            begins.setdefault(recorded.stream, recorded.version - 1)
        rows = {stream: row for (stream, _), row in (await self._states.load(list(begins.items()))).items()}
        steps: list[Step] = []
        for recorded in events:
            before = rows[recorded.stream]
            after = rows[recorded.stream] = self._states.after(before, recorded)
            if recorded.position > self._told.of(after):
                self._step(steps, before, after)
        if steps:
            steps[-1].position = batch.cursor
        return steps

    def _step(self, steps: list[Step], before: Row | None, after: Row) -> None:
        """Add what one event makes of one row."""
        if self._wanted.holds(after):
            kind = ChangeKind.UPSERTED
        elif before is not None and self._wanted.holds(before):
            kind = ChangeKind.REMOVED
        else:
            return
        if not steps or steps[-1].kind is not kind or len(steps[-1].rows) == MOST_DATASETS:
            steps.append(Step(kind))
        steps[-1].rows[after["id"]] = after
        steps[-1].position = after["position"]

    async def _progressed(self, found: Mapping[str, Runs], position: int) -> list[Step]:
        """Of what has come further, the datasets that show it; those with events yet to be told come with these."""
        rows = await self._context.view(views.dataset_view, list(found))
        shown = [key for key, row in rows.items() if row["position"] <= position and shows(row, found[key])]
        wanted = [key for key in shown if self._wanted.holds(rows[key])]
        parts = [wanted[start : start + MOST_DATASETS] for start in range(0, len(wanted), MOST_DATASETS)]
        return [Step(ChangeKind.UPSERTED, {key: rows[key] for key in part}, position) for part in parts]

    def _tell(self, steps: Sequence[Step], position: int) -> Iterator[DatasetChange]:
        """The steps as a client is told them: until the list is whole they are parts of it."""
        is_part = bool(self._told.positions)
        for step in steps:
            rows, removed = (step.rows, {}) if step.kind is ChangeKind.UPSERTED else ({}, step.rows)
            kind, place = (ChangeKind.SNAPSHOT, None) if is_part else (step.kind, step.position)
            yield self._change(kind, list(rows.values()), list(removed), position=place)
        if is_part and position >= self._told.positions[-1]:
            self._told = Told()
            yield self._change(ChangeKind.SNAPSHOT_END, position=position)

    def _change(
        self, kind: ChangeKind, rows: Sequence[Row] = (), removed: Sequence[str] = (), position: int | None = None
    ) -> DatasetChange:
        place = None if position is None else self._context.position(position)
        self._context.reached = place or self._context.reached
        ids = [global_id("Dataset", key) for key in removed]
        return DatasetChange(kind=kind, datasets=[dataset(row) for row in rows], removed_ids=ids, position=place)


def shows(row: Row, runs: Runs) -> bool:
    """Whether the dataset, its index, a tokenization or an export of it shows one of the runs as its progress."""
    kinds = {run.kind for run in runs}
    return not kinds.isdisjoint({KIND_OF_STATUS.get(row["status"]), JobKind.INDEX, JobKind.TOKENIZE, JobKind.EXPORT})
