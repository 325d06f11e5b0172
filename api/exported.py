"""The files of an export, each with an address from which it can be fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.context import Info
from api.enums import ExportFormat, ExportStatus
from api.fields import resolved
from api.scalars import BigInt
from api.values import JobError, error_of, from_json
from domain.adapters.downloads import Downloads, FileDownload
from domain.adapters.views import Row

PREFIX = "/downloads/"


@strawberry.type(description="A file of an export.")
class ExportFile:
    name: str = strawberry.field(description="What it is called: its split, its number, and how many there are.")
    split: str = strawberry.field(description="The split whose rows it has.")
    row_count: BigInt = strawberry.field(description="How many rows it has.")
    size_bytes: BigInt = strawberry.field(description="How large it is.")
    sha256: str = strawberry.field(description="The hash of its content, also its ETag.")
    url: str = strawberry.field(
        description="Where it can be fetched from, below the address of this API: by GET or HEAD, also in ranges, "
        "without a token. Good for some minutes (MISTUDIO_DOWNLOAD_MINUTES); each answer has a new one."
    )


@strawberry.type
class Exported:
    row: strawberry.Private[Row]
    format: ExportFormat = strawberry.field(description="What its files are.")
    status: ExportStatus = strawberry.field(description="Where it stands.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    size_bytes: BigInt | None = strawberry.field(description="How large its files are together, once it is ready.")

    @resolved("Why it has failed, while it is FAILED.")
    def error(self) -> JobError | None:
        return error_of(self.row)

    @resolved("Its files, in the order of the splits and of their rows; none until it is ready.")
    async def files(self, info: Info) -> list[ExportFile]:
        context = info.context
        return await context.threads.run(_files, context.adapters.downloads, self.row) if self.row["files"] else []


def exported_fields(row: Row) -> dict[str, Any]:
    """The fields of a row's export."""
    return {
        "row": row,
        "format": ExportFormat(row["format"]),
        "status": ExportStatus(row["status"]),
        "created_at": row["created_at"],
        "size_bytes": row["size_bytes"],
    }


def _files(downloads: Downloads, row: Row) -> list[ExportFile]:
    return [
        from_json(ExportFile, file, url=PREFIX + downloads.sign(FileDownload(row["id"], number)))
        for number, file in enumerate(row["files"])
    ]
