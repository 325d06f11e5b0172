"""Datasets, their jobs and their tokenizations: the nodes of the graph, made from rows of the read models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from api.catalogued import Catalogued, dataset_fields
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
from api.tokenized import Tokenized, tokenized_fields
from api.values import (
    JobError,
    Progress,
    error_of,
)
from domain.adapters.views import Row
from domain.dataset import stream_of
from domain.jobs import JobKind, JobStatus

T = TypeVar("T")


@strawberry.type(description="A dataset, from the request for it to its tokens.")
class Dataset(Catalogued, Sampled, Node):
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
    return Dataset(runs=runs, **dataset_fields(row))


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
