"""What has happened with files of this machine. Stored as all events are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequested:
    """The files are to be copied here (keys: from, path, split, format, size: as they were when it was asked)."""

    job_id: str
    source: Mapping[str, Any]
    name: str
    files: Sequence[Mapping[str, Any]]
    text_column: str | None = None
    on_error: str = "FAIL"

    def summary(self) -> str:
        files = "1 file" if len(self.files) == 1 else f"{len(self.files):,} files"
        return f"Import of {self.source['path']} was requested: {files}, {self.source['sizeBytes']:,} bytes"
