"""What has happened to the search index of a dataset. Stored as all events are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.index_commands import IndexReason

WHY: Mapping[str, str] = {
    IndexReason.READY: "follows",
    IndexReason.ASKED: "was requested",
    IndexReason.LANGUAGE: "begins anew in another language",
    IndexReason.TEXT_COLUMN: "begins anew with another text column",
    IndexReason.DAMAGED: "begins anew: the index was damaged",
    IndexReason.RESTORED: "goes on after the trash",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRequested:
    job_id: str
    reason: str

    def summary(self) -> str:
        return f"Indexing of the text {WHY[self.reason]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCompleted:
    """`folder` takes the place of the index that was here, if one was. `statistics` of the text column, where there
    were none."""

    job_id: str
    folder: str
    size_bytes: int
    rows: int
    indexed_rows: int
    language: str | None
    parts: int
    statistics: Mapping[str, Any] | None = None
    sums_sha256: str | None = None

    def summary(self) -> str:
        return f"Searchable: {self.indexed_rows:,} of {self.rows:,} rows, an index of {self.size_bytes:,} bytes"


IndexEvent = IndexRequested | IndexCompleted
