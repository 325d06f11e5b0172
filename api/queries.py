"""Everything that can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import Annotated, TypeVar

import strawberry
from strawberry import ID, UNSET

from api.checks import or_none
from api.connections import After, Before, Connection, First, Last, Listed, asked, connection_of, page_of
from api.context import Context, Info, One
from api.errors import bad_input
from api.events import AfterPosition, EventBatch, EventsFilter, FirstEvents, read_events, wanted_of
from api.fields import resolved
from api.filters import DatasetsFilter, DatasetsOrder, JobFilter, JobsFilter, wanted_datasets
from api.hub import AccessToken, HubDataset, Repository, Revision, look_up
from api.ids import key_of, kind_and_key
from api.inputs import TokenizeDatasetInput
from api.nodes import Node
from api.plans import plan_tokenization
from api.presets import PRESETS, TokenizationPreset, preset
from api.samples import read_sample
from api.scalars import Position
from api.selected import selected_fields
from api.storage import Storage, read_storage
from api.types import Dataset, Job, Tokenization, TokenizationPlan, dataset, export, job, one, tokenization
from domain.adapters import views
from domain.adapters.orders import LAST_USED_FIRST
from domain.adapters.paging import Slice
from domain.adapters.views import Row

T = TypeVar("T")

MOST_NODES = 100
BY_LAST_USE = Listed("datasets", "place")
JOBS = Listed("jobs", "created_at")

# Where the rows of a kind of node are, and what makes it of one.
NODES: Mapping[str, tuple[Callable[[Context], One[Row]], Callable[[Row], Node]]] = {
    "Dataset": (attrgetter("datasets"), dataset),
    "Job": (attrgetter("jobs"), job),
    "Tokenization": (attrgetter("tokenizations"), tokenization),
    "Export": (attrgetter("exports"), export),
    "TokenizationPreset": (attrgetter("presets"), preset),
}

Tokenize = Annotated[TokenizeDatasetInput, strawberry.argument(description="What would be asked for.")]
Id = Annotated[ID, strawberry.argument(description="Its id, as an answer gave it.")]


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

    @resolved("Datasets.")
    async def datasets(  # noqa: PLR0913, PLR0917  the contract's arguments
        self,
        info: Info,
        filter: DatasetsFilter = UNSET,
        order_by: DatasetsOrder = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> Connection[Dataset]:
        order, listed = (order_by.order(), order_by.listed()) if order_by else (LAST_USED_FIRST, BY_LAST_USE)
        page, wanted = page_of(asked(first, after, last, before), listed), wanted_datasets(filter)
        found = info.context.popular_view(views.datasets_view, wanted, page, order)
        return await _read(info, found, listed, dataset, partial(info.context.view, views.datasets_count, wanted))

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
        page = page_of(asked(first, after, last, before), JOBS)
        wanted = (filter or JobFilter()).wanted()
        found = info.context.view(views.jobs_view, wanted, page)
        return await _read(info, found, JOBS, job, partial(info.context.view, views.jobs_count, wanted))

    @resolved("Presets, by name.")
    async def presets(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> Connection[TokenizationPreset]:
        page = page_of(asked(first, after, last, before), PRESETS)
        found = info.context.view(views.presets_view, page)
        return await _read(info, found, PRESETS, preset, partial(info.context.view, views.presets_count))

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
        return await look_up(info, repository, or_none(revision), or_none(access_token))

    @resolved(
        "What tokenizeDataset would come to with the same input: plan first. It keeps nothing. Ask by POST, for the "
        "token's sake."
    )
    async def plan_tokenization(self, info: Info, input: Tokenize) -> TokenizationPlan:
        return await plan_tokenization(info, input)

    @resolved("The storage: how much room there is, and what it is used for.")
    async def storage(self, info: Info) -> Storage:
        return await read_storage(info)

    @resolved("The place of the newest event: subscribe from here to hear of all that follows.")
    async def position(self, info: Info) -> Position:
        return info.context.position(await info.context.newest())


async def _read(
    info: Info, page: Awaitable[Slice], listed: Listed, make: Callable[[Row], T], count: Callable[[], Awaitable[int]]
) -> Connection[T]:
    """A page of a list, which is counted at the same time where somebody asks how long it is."""
    if "totalCount" not in selected_fields(info):
        return connection_of(await page, listed, make, count)
    found, total = await asyncio.gather(page, count())
    return connection_of(found, listed, make, partial(_known, total))


async def _known(total: int) -> int:
    return total


async def _node(info: Info, id_: str) -> Node | None:
    kind = (kind_and_key(id_) or ("",))[0]
    if kind == "Sample":
        return await read_sample(info, id_)
    if kind not in NODES:
        return None
    things, make = NODES[kind]
    return await one(things(info.context), key_of(kind, id_), make)
