"""How much of a dataset's text can be searched, and how far the index of it is."""

from __future__ import annotations

from enum import StrEnum

import strawberry

from api.context import Info
from api.described import describe
from api.fields import resolved
from api.progress import Runs, progress_in
from api.scalars import BigInt
from api.values import Progress
from domain.adapters.views import Row
from domain.jobs import JobStatus


class SearchIndexStatus(StrEnum):
    """Where the search index of a dataset stands."""

    NONE = "NONE"
    BUILDING = "BUILDING"
    READY = "READY"
    FAILED = "FAILED"


describe(
    SearchIndexStatus,
    {
        "NONE": "There is none: the dataset has no text, is not ready, or the build was stopped. Ask for it.",
        "BUILDING": "It is being built. What `coverage` says can be searched: the index that was here before, or else "
        "the parts that are done.",
        "READY": "It is whole: all rows that could be indexed can be found.",
        "FAILED": "It could not be built; its job says why. The parts that were done can be searched for a day.",
    },
)


@strawberry.type(description="The search index of a dataset's text.")
class SearchIndex:
    row: strawberry.Private[Row]
    runs: strawberry.Private[Runs | None]
    status: SearchIndexStatus = strawberry.field(description="Where it stands.")
    size_bytes: BigInt | None = strawberry.field(
        description="How large the index is on disk that is searched, beside the dataset's own `sizeBytes`; null while"
        " none is whole."
    )

    @resolved("Which share of the dataset's rows can be found by their text now, from 0 to 1.")
    async def coverage(self, info: Info) -> float:
        rows: int | None = self.row["row_count"]
        if rows is None or self.status is SearchIndexStatus.NONE:
            return 0.0
        if self.row["index_folder"] is not None:
            return _share(self.row["index_rows"], rows)
        return _share(await info.context.indexed_rows.load(self.row["index_job_id"]) or 0, rows)

    @resolved("How far it has come, while it is being built.")
    async def progress(self, info: Info) -> Progress | None:
        if self.status is not SearchIndexStatus.BUILDING:
            return None
        return await progress_in(info, JobStatus.RUNNING, self.runs, self.row["index_job_id"])


def search_index_of(row: Row, runs: Runs | None) -> SearchIndex:
    """The index of a dataset's row; `runs`: the progress of the dataset's running jobs, where it is known already."""
    return SearchIndex(row=row, runs=runs, status=_status(row), size_bytes=row["index_bytes"])


def _status(row: Row) -> SearchIndexStatus:
    """The index that is searched counts for more than a build that did not come to its end."""
    if row["index_status"] == "BUILDING":
        return SearchIndexStatus.BUILDING
    if row["index_folder"] is not None:
        return SearchIndexStatus.READY
    return SearchIndexStatus.FAILED if row["index_status"] == "FAILED" else SearchIndexStatus.NONE


def _share(indexed: int, rows: int) -> float:
    """Of no rows, all are found."""
    return indexed / rows if rows else 1.0
