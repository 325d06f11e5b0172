"""Datasets, their jobs and their tokenizations: the nodes of the graph, made from rows of the read models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from api.connections import (
    After,
    Asked,
    Before,
    Connection,
    First,
    Last,
    Listed,
    asked,
    connection_of,
    page_of,
)
from api.context import Children, Info, One
from api.events import AfterPosition, EventBatch, FirstEvents, read_events
from api.exported import Exported, exported_fields
from api.fields import resolved
from api.ids import global_id
from api.nodes import Node
from api.planned import Planned, planned_fields
from api.progress import Runs, progress_in
from api.ring import Wanted
from api.sampled import Sampled
from api.scalars import BigInt
from api.statistics import DatasetStatistics, dataset_statistics_of
from api.tokenized import Tokenized, tokenized_fields
from api.values import (
    Column,
    DatasetSource,
    JobError,
    Progress,
    Split,
    error_of,
    from_json,
    progress_of,
    source_of,
)
from domain.adapters.projections import WORKING
from domain.adapters.views import Row
from domain.dataset import DatasetStatus, stream_of
from domain.jobs import JobKind, JobStatus

T = TypeVar("T")

KIND_OF_STATUS = {status: kind for kind, status in WORKING.items()} | {"PURGING": JobKind.PURGE}


@strawberry.type(description="A dataset, from the request for it to its tokens.")
class Dataset(Sampled, Node):
    runs: strawberry.Private[Runs | None]
    name: str = strawberry.field(description="What it is called here.")
    status: DatasetStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="The number of its events: goes up with every change.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    last_used_at: datetime | None = strawberry.field(description="When something was last done with it.")
    tags: list[str] = strawberry.field(description="Words to find it by.")
    license: str | None = strawberry.field(description="The license that its source names.")
    size_bytes: BigInt | None = strawberry.field(description="How large it is on disk, once it is ready.")
    row_count: BigInt | None = strawberry.field(description="How many rows it has, once it is ready.")
    skipped_rows: BigInt | None = strawberry.field(
        description="How many rows could not be read and were skipped (`onError: SKIP`), once it is ready."
    )
    text_column: str | None = strawberry.field(description="The column that is read as text.")

    @resolved("Where it came from.")
    def source(self) -> DatasetSource:
        return source_of(self.row)

    @resolved("Its parts, in the order of its source; none until it is ready.")
    def splits(self) -> list[Split]:
        return [from_json(Split, split) for split in self.row["splits"]]

    @resolved("Its columns; none until it is ready.")
    def columns(self) -> list[Column]:
        return [from_json(Column, column) for column in self.row["columns"]]

    @resolved("The folder for `datasets.load_from_disk`, once it is ready.")
    def path(self, info: Info) -> str | None:
        folder = info.context.folder(self.row)
        return None if folder is None else str(folder)

    @resolved("Why it could not be brought here, while it is FAILED, and in the trash if it was.")
    def error(self) -> JobError | None:
        return error_of(self.row)

    @resolved("How far its download, ingest or purge has come, while it runs.")
    async def progress(self, info: Info) -> Progress | None:
        kind = KIND_OF_STATUS.get(self.status)
        if kind is None:
            return None
        runs = self.runs
        if runs is None:
            runs = await info.context.progress_of_datasets.load(self.row["id"]) or ()
        return progress_of(next((run for run in runs if run.kind == kind), None))

    @resolved("Figures of its text, once it is ready; null where it has no text column.")
    async def statistics(self, info: Info) -> DatasetStatistics | None:
        found = await info.context.dataset_statistics.load(self.row["id"])
        return None if found is None else dataset_statistics_of(found)

    @resolved("What it was tokenized to, newest first.")
    async def tokenizations(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> Connection[Tokenization]:
        of_all, make = info.context.tokenizations_of_datasets, partial(tokenization, runs=self.runs)
        return await _children(of_all, self.row["id"], "tokenizations", make, asked(first, after, last, before))

    @resolved("The work that was done for it, newest first.")
    async def jobs(
        self, info: Info, first: First = UNSET, after: After = UNSET, last: Last = UNSET, before: Before = UNSET
    ) -> Connection[Job]:
        of_all, make = info.context.jobs_of_datasets, partial(job, runs=self.runs)
        return await _children(of_all, self.row["id"], "jobs", make, asked(first, after, last, before))

    @resolved("What has happened to it.")
    async def history(self, info: Info, after: AfterPosition = UNSET, first: FirstEvents = UNSET) -> EventBatch:
        return await read_events(info, Wanted(stream_of(self.row["id"])), after, first)


@strawberry.type(description="A piece of work that takes its time.")
class Job(Node):
    row: strawberry.Private[Row]
    runs: strawberry.Private[Runs | None]
    kind: JobKind = strawberry.field(description="What it does.")
    status: JobStatus = strawberry.field(description="Where it stands.")
    attempt: int = strawberry.field(description="From 1 on; goes up with every retry that was asked for.")
    dataset_name: str = strawberry.field(description="The name of its dataset.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")

    @resolved("Why it has failed, while it is FAILED.")
    def error(self) -> JobError | None:
        return error_of(self.row)

    @resolved("The dataset that it is done for.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.row["dataset_id"], dataset)

    @resolved("The tokenization that it makes, if it makes one.")
    async def tokenization(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.row["tokenization_id"], tokenization)

    @resolved("How far it has come, while it runs.")
    async def progress(self, info: Info) -> Progress | None:
        return await progress_in(info, self.status, self.runs, self.row["id"])


@strawberry.type(description="The tokens of a dataset, made with one tokenizer and one recipe.")
class Tokenization(Tokenized, Node):
    runs: strawberry.Private[Runs | None]

    @resolved("The dataset whose tokens these are.")
    async def dataset(self, info: Info) -> Dataset | None:
        return await one(info.context.datasets, self.row["dataset_id"], dataset)

    @resolved("The work that makes it.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.row["job_id"], job)

    @resolved("How far it has come, while it runs.")
    async def progress(self, info: Info) -> Progress | None:
        return await progress_in(info, self.status, self.runs, self.row["job_id"])

    @resolved("What it was estimated to come to when it began; null for those from before there were plans.")
    def plan(self) -> TokenizationPlan | None:
        return None if self.row["plan"] is None else tokenization_plan(self.row["plan"])

    @resolved("Its exports, newest first.")
    async def exports(self, info: Info) -> list[Export]:
        found = await info.context.exports_of_tokenizations.load(self.row["id"]) or ()
        return [export(row, self.runs) for row in found]


@strawberry.type(
    description="What a tokenization is estimated to come to, from a sample of rows: of one dataset the same, as "
    "many as are tried in a second."
)
class TokenizationPlan(Planned):
    existing_key: strawberry.Private[str | None]

    @resolved("The same tokenization, where it is made or here already: to ask for it gives this one.")
    async def existing(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.existing_key, tokenization)


@strawberry.type(description="The tokens of a dataset as files to be taken away.")
class Export(Exported, Node):
    runs: strawberry.Private[Runs | None]

    @resolved("The tokenization whose tokens these are.")
    async def tokenization(self, info: Info) -> Tokenization | None:
        return await one(info.context.tokenizations, self.row["tokenization_id"], tokenization)

    @resolved("The work that writes it.")
    async def job(self, info: Info) -> Job | None:
        return await one(info.context.jobs, self.row["job_id"], job)

    @resolved("How far it has come, while it runs.")
    async def progress(self, info: Info) -> Progress | None:
        return await progress_in(info, self.status, self.runs, self.row["job_id"])


def dataset(row: Row, runs: Runs | None = None) -> Dataset:
    """The dataset of a row; `runs`: the progress of its running jobs, where it is known already."""
    return Dataset(
        id=global_id("Dataset", row["id"]),
        row=row,
        runs=runs,
        name=row["name"],
        status=DatasetStatus(row["status"]),
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_used_at=row["last_used_at"],
        tags=row["tags"],
        license=row["license"],
        size_bytes=row["size_bytes"],
        row_count=row["row_count"],
        skipped_rows=row["skipped_rows"],
        text_column=row["text_column"],
    )


def job(row: Row, runs: Runs | None = None) -> Job:
    """The job of a row; `runs`: the progress of all running jobs of its dataset, where it is known already."""
    return Job(
        id=global_id("Job", row["id"]),
        row=row,
        runs=runs,
        kind=JobKind(row["kind"]),
        status=JobStatus(row["status"]),
        attempt=row["attempt"],
        dataset_name=row["dataset_name"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def tokenization(row: Row, runs: Runs | None = None) -> Tokenization:
    """The tokenization of a row; `runs`: as for a job."""
    return Tokenization(id=global_id("Tokenization", row["id"]), runs=runs, **tokenized_fields(row))


def tokenization_plan(plan: Mapping[str, Any], existing: str | None = None) -> TokenizationPlan:
    """The plan of its JSON; `existing`: the tokenization that is the same."""
    return TokenizationPlan(existing_key=existing, **planned_fields(plan))


def export(row: Row, runs: Runs | None = None) -> Export:
    """The export of a row; `runs`: as for a job."""
    return Export(id=global_id("Export", row["id"]), runs=runs, **exported_fields(row))


async def one(things: One[Row], key: str | None, make: Callable[[Row], T]) -> T | None:
    """The thing of a key, or None where there is none."""
    row = None if key is None else await things.load(key)
    return None if row is None else make(row)


async def _children(things: Children, parent: str, name: str, make: Callable[[Row], T], page: Asked) -> Connection[T]:
    listed = Listed(name, "created_at")
    found = await things.load(parent, page_of(page, listed))
    return connection_of(found, listed, make, partial(things.count, parent))
