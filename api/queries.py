"""Everything that can be read."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from api.checks import given
from api.connections import After, Before, Connection, First, Last, asked, connection_by_time, page_by_time
from api.context import Info
from api.enums import SourceKind
from api.errors import bad_input
from api.events import AfterPosition, EventBatch, EventsFilter, FirstEvents, read_events, wanted_of
from api.fields import resolved
from api.hub import AccessToken, HubDataset, Repository, Revision, look_up
from api.ids import key_of, kind_and_key
from api.nodes import Node
from api.samples import read_sample
from api.scalars import Position
from api.types import Dataset, Job, Tokenization, dataset, job, one, tokenization
from domain.adapters import views
from domain.dataset import DatasetStatus
from domain.jobs import JobKind, JobStatus

V = TypeVar("V")

MOST_NODES = 100
NO_DATASET = str(UUID(int=0))

Id = Annotated[ID, strawberry.argument(description="Its id, as an answer gave it.")]


@strawberry.input(description="Which datasets. What is left out does not matter.")
class DatasetFilter:
    status: list[DatasetStatus] | None = strawberry.field(default=UNSET, description="Those at one of these.")
    source: SourceKind | None = strawberry.field(default=UNSET, description="Those that came from there.")
    tags: list[str] | None = strawberry.field(default=UNSET, description="Those that have all of these tags.")

    def wanted(self) -> views.DatasetsWanted:
        """What the view is asked for."""
        return views.DatasetsWanted(_or_none(self.status), _or_none(self.source), _or_none(self.tags))


@strawberry.input(description="Which jobs. What is left out does not matter.")
class JobFilter:
    kind: list[JobKind] | None = strawberry.field(default=UNSET, description="Those that do one of these.")
    status: list[JobStatus] | None = strawberry.field(default=UNSET, description="Those that stand at one of these.")
    dataset_id: ID | None = strawberry.field(default=UNSET, description="Those done for this dataset.")

    def wanted(self) -> views.JobsWanted:
        """What the view is asked for; an id that names no dataset gives no jobs."""
        dataset_id = key_of("Dataset", self.dataset_id) or NO_DATASET if self.dataset_id else None
        return views.JobsWanted(_or_none(self.kind), _or_none(self.status), dataset_id)


DatasetsFilter = Annotated[DatasetFilter | None, strawberry.argument(description="Which datasets; all when left out.")]
JobsFilter = Annotated[JobFilter | None, strawberry.argument(description="Which jobs; all when left out.")]


@strawberry.type(description="Everything that can be read.")
class Query:
    @resolved("The node with this id, or null where there is none.")
    async def node(self, info: Info, id: Id) -> Node | None:
        return await _node(info, id)

    @resolved("The nodes with these ids, in their order; null where there is none.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[ID], strawberry.argument(description=f"At most {MOST_NODES} ids.")],
    ) -> list[Node | None]:
        if len(ids) > MOST_NODES:
            raise bad_input(f"Ask for {MOST_NODES} nodes at most; these were {len(ids)}.")
        return list(await asyncio.gather(*(_node(info, id_) for id_ in ids)))

    @resolved("The dataset with this id, or null where there is none.")
    async def dataset(self, info: Info, id: Id) -> Dataset | None:
        return await one(info.context.datasets, key_of("Dataset", id), dataset)

    @resolved("Datasets, last used first.")
    async def datasets(
        self,
        info: Info,
        filter: DatasetsFilter = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> Connection[Dataset]:
        page = page_by_time(asked(first, after, last, before), "datasets")
        wanted = filter.wanted() if filter else views.DatasetsWanted()
        found = await info.context.view(views.datasets_view, wanted, page)
        count = partial(info.context.view, views.datasets_count, wanted)
        return connection_by_time(found, ("datasets", "last_used_at"), dataset, count)

    @resolved("The tokenization with this id, or null where there is none.")
    async def tokenization(self, info: Info, id: Id) -> Tokenization | None:
        return await one(info.context.tokenizations, key_of("Tokenization", id), tokenization)

    @resolved("The job with this id, or null where there is none.")
    async def job(self, info: Info, id: Id) -> Job | None:
        return await one(info.context.jobs, key_of("Job", id), job)

    @resolved("Jobs, newest first.")
    async def jobs(
        self,
        info: Info,
        filter: JobsFilter = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> Connection[Job]:
        page = page_by_time(asked(first, after, last, before), "jobs")
        wanted = filter.wanted() if filter else views.JobsWanted()
        found = await info.context.view(views.jobs_view, wanted, page)
        count = partial(info.context.view, views.jobs_count, wanted)
        return connection_by_time(found, ("jobs", "created_at"), job, count)

    @resolved("What has happened, in the order of the log.")
    async def events(
        self,
        info: Info,
        filter: EventsFilter = UNSET,
        after: AfterPosition = UNSET,
        first: FirstEvents = UNSET,
    ) -> EventBatch:
        return await read_events(info, wanted_of(filter), after, first)

    @resolved("A repository of the Hub: look before you download. Ask by POST, for its token's sake.")
    async def hub_dataset(
        self,
        info: Info,
        repository: Repository,
        revision: Revision = UNSET,
        access_token: AccessToken = UNSET,
    ) -> HubDataset:
        return await look_up(info, repository, _or_none(revision), _or_none(access_token))

    @resolved("The place of the newest event: subscribe from here to hear of all that follows.")
    async def position(self, info: Info) -> Position:
        return info.context.position(await info.context.newest())


async def _node(info: Info, id_: str) -> Node | None:
    kind = (kind_and_key(id_) or ("",))[0]
    context = info.context
    match kind:
        case "Dataset":
            return await one(context.datasets, key_of(kind, id_), dataset)
        case "Job":
            return await one(context.jobs, key_of(kind, id_), job)
        case "Tokenization":
            return await one(context.tokenizations, key_of(kind, id_), tokenization)
        case "Sample":
            return await read_sample(info, id_)
    return None


def _or_none(value: V | None) -> V | None:
    return value if given(value) else None
