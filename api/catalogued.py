"""What a dataset says of itself: what it is, where it came from, and where it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import strawberry

from api.context import Info
from api.fields import resolved
from api.ids import global_id
from api.progress import Runs
from api.scalars import BigInt
from api.search_index import SearchIndex, search_index_of
from api.statistics import DatasetStatistics, dataset_statistics_of
from api.values import Column, DatasetSource, JobError, Progress, Split, error_of, from_json, progress_of, source_of
from domain.adapters.projections import WORKING
from domain.adapters.views import Row
from domain.dataset import DatasetStatus
from domain.jobs import JobKind

KIND_OF_STATUS = {status: kind for kind, status in WORKING.items()} | {"PURGING": JobKind.PURGE}


@strawberry.type
class Catalogued:
    row: strawberry.Private[Row]
    runs: strawberry.Private[Runs | None]
    name: str = strawberry.field(description="What it is called here.")
    status: DatasetStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="The number of its events: goes up with every change.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    last_used_at: datetime | None = strawberry.field(description="When something was last done with it.")
    trashed_at: datetime | None = strawberry.field(description="When it was moved to the trash, while it is there.")
    references: list[str] = strawberry.field(
        description="What uses it outside of this service, oldest first: until all are released it is not deleted."
    )
    tags: list[str] = strawberry.field(description="Words to find it by.")
    notes: str | None = strawberry.field(description="What is worth knowing of it, as somebody wrote it down.")
    language: str | None = strawberry.field(
        description="The language of its text, in which searches find all forms of a word; null: they find words as "
        "they are written."
    )
    license: str | None = strawberry.field(description="The license that its source names.")
    size_bytes: BigInt | None = strawberry.field(
        description="How large it is on disk, once it is ready; its search index is told apart."
    )
    row_count: BigInt | None = strawberry.field(description="How many rows it has, once it is ready.")
    skipped_rows: BigInt | None = strawberry.field(
        description="How many rows could not be read and were skipped (`onError: SKIP`), once it is ready."
    )
    text_column: str | None = strawberry.field(description="The column that is read as text.")

    @resolved("When it is purged by itself, while it is in the trash; null: only by hand.")
    def purges_at(self, info: Info) -> datetime | None:
        days, trashed_at = info.context.adapters.settings.trash_days, self.row["trashed_at"]
        return trashed_at + timedelta(days=days) if days and self.status == DatasetStatus.TRASHED else None

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
    def progress(self, info: Info) -> Progress | None:
        kind = KIND_OF_STATUS.get(self.status)
        # most datasets of a list are at rest: only what is read is waited for
        return None if kind is None else cast("Progress | None", self._progress_of(kind, info))

    async def _progress_of(self, kind: JobKind, info: Info) -> Progress | None:
        runs = self.runs
        if runs is None:
            runs = await info.context.progress_of_datasets.load(self.row["id"]) or ()
        return progress_of(next((run for run in runs if run.kind == kind), None))

    @resolved(
        "Figures of its text, once it is ready; null where it has no text column, and until the job that "
        "builds its index has counted one that was chosen instead."
    )
    async def statistics(self, info: Info) -> DatasetStatistics | None:
        found = await info.context.dataset_statistics.load(self.row["id"])
        return None if found is None else dataset_statistics_of(found)

    @resolved("How much of its text can be searched.")
    def search_index(self) -> SearchIndex:
        return search_index_of(self.row, self.runs)


def dataset_fields(row: Row) -> dict[str, Any]:
    """The fields of a dataset's row, for the type that has them all."""
    return {
        "id": global_id("Dataset", row["id"]),
        "row": row,
        "name": row["name"],
        "status": DatasetStatus(row["status"]),
        "version": row["version"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "last_used_at": row["last_used_at"],
        "trashed_at": row["trashed_at"],
        "references": row["used_by"],
        "tags": row["tags"],
        "notes": row["notes"],
        "language": row["language"],
        "license": row["license"],
        "size_bytes": row["size_bytes"],
        "row_count": row["row_count"],
        "skipped_rows": row["skipped_rows"],
        "text_column": row["text_column"],
    }
